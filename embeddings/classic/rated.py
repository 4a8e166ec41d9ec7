"""Predicting ratings: by biases, and by neighbours with means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.classic.kernels_rated import deviations
from embeddings.classic.similar import check_similarity, nearest_rated
from embeddings.ratings import Ratings, check_ratings
from embeddings.settings import check_range
from embeddings.training import Progress, Rows, silent

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Biases:
    """``mean + b_u + b_i``.

    Attributes:
        mean: of all ratings.
        users: ``(users,)`` float32.
        items: ``(items,)`` float32.
    """

    mean: float
    users: Floats
    items: Floats

    def predict(self, users: Rows, items: Rows) -> Floats:
        """The ratings of ``(m,)`` users for ``(m,)`` items."""
        return np.asarray(self.mean + self.users[users] + self.items[items], np.float32)


@dataclass(frozen=True)
class Bias:
    """How far an item lies above the mean, then how far a person does; few ratings count little.

    Attributes:
        item_reg: ratings of the mean that an item begins with.
        user_reg: ratings as expected that a person begins with.
    """

    name: ClassVar[str] = "bias"
    summary: ClassVar[str] = "The mean, the item's and the person's distance from it: what other models must beat."
    source: ClassVar[str] = "Koren, Factor in the neighbors, TKDD 2010, section 2.1"

    item_reg: float = 5.0
    user_reg: float = 5.0

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        check_range(self, "item_reg", 0)
        check_range(self, "user_reg", 0)

    def fit(
        self,
        ratings: Ratings,
        *,
        rng: np.random.Generator,  # noqa: ARG002
        progress: Progress = silent,
    ) -> Biases:
        """Add up, in O(ratings).

        Raises:
            NothingToLearn: there is no rating.
        """
        check_ratings(ratings)
        mean = float(ratings.values.mean())
        left = ratings.values - np.float32(mean)
        of_items = _shrunk(ratings.items, left, ratings.item_count, self.item_reg)
        left = left - of_items[ratings.items]
        of_users = _shrunk(ratings.users, left, ratings.user_count, self.user_reg)
        progress(1.0, "biases")
        return Biases(mean, of_users, of_items)


@dataclass(frozen=True, slots=True)
class RatedNeighbours:
    """Neighbours of each user or item, and how far each rating lies from what was expected.

    Attributes:
        expected: what a pair is expected to give without neighbours.
        means: ``(n,)`` mean rating of each row, NaN for a row without ratings.
        near: rows × rows, most similar first in each row.
        apart: rows × columns: ratings less the row's mean.
        by_item: rows are items rather than users.
        neighbours: that count for one pair.
    """

    expected: Biases
    means: Floats
    near: sp.csr_array
    apart: sp.csr_array
    by_item: bool
    neighbours: int

    def predict(self, users: Rows, items: Rows) -> Floats:
        """The row's mean and what neighbours add; the biases where the row is new or no neighbour knows the column."""
        rows, columns = (items, users) if self.by_item else (users, items)
        found = np.empty(len(rows), np.float32)
        near, apart = self.near, self.apart
        deviations(
            rows,
            columns,
            near.indptr,
            near.indices,
            near.data,
            apart.indptr,
            apart.indices,
            apart.data,
            self.neighbours,
            found,
        )
        found += self.means[rows]
        return np.where(np.isnan(found), self.expected.predict(users, items), found).astype(np.float32)


@dataclass(frozen=True)
class UserKnnRatings:
    """``mean_u + Σ s(u, v) (r_vi - mean_v) / Σ s(u, v)`` over the most similar people who rated the item.

    Attributes:
        neighbours: that count for one pair.
        kept: similar people kept of each.
        shrink: a similarity is multiplied by ``n / (n + shrink)`` of ``n`` items that both rated.
        least: items that both must have rated.
        similarity: ``cosine``, ``pearson``, ``adjusted_cosine``, ``euclidean`` or ``manhattan``.
    """

    name: ClassVar[str] = "user_knn"
    summary: ClassVar[str] = "A person's mean, and how far people who rate alike stand from theirs."
    source: ClassVar[str] = "Herlocker et al., An algorithmic framework for collaborative filtering, SIGIR 1999"

    neighbours: int = 40
    kept: int = 400
    shrink: float = 5.0
    least: int = 2
    similarity: str = "pearson"

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range, or no similarity is called so.
        """
        _check_neighbours(self)

    def fit(
        self,
        ratings: Ratings,
        *,
        rng: np.random.Generator,
        progress: Progress = silent,
    ) -> RatedNeighbours:
        """Compare people: O(sum of squared ratings of an item) time, O(users × kept) memory.

        Raises:
            NothingToLearn: there is no rating.
        """
        return _neighbours(self, ratings, rng, progress, by_item=False)


@dataclass(frozen=True)
class ItemKnnRatings:
    """``mean_i + Σ s(i, j) (r_uj - mean_j) / Σ s(i, j)`` over the most similar items that the person rated.

    Attributes:
        neighbours: that count for one pair.
        kept: similar items kept of each.
        shrink: a similarity is multiplied by ``n / (n + shrink)`` of ``n`` people who rated both.
        least: people who must have rated both.
        similarity: ``cosine``, ``pearson``, ``adjusted_cosine``, ``euclidean`` or ``manhattan``.
    """

    name: ClassVar[str] = "item_knn"
    summary: ClassVar[str] = "An item's mean, and how far the person stands from the means of items rated alike."
    source: ClassVar[str] = "Sarwar et al., Item-based collaborative filtering, WWW 2001"

    neighbours: int = 40
    kept: int = 400
    shrink: float = 5.0
    least: int = 2
    similarity: str = "adjusted_cosine"

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range, or no similarity is called so.
        """
        _check_neighbours(self)

    def fit(
        self,
        ratings: Ratings,
        *,
        rng: np.random.Generator,
        progress: Progress = silent,
    ) -> RatedNeighbours:
        """Compare items: O(sum of squared ratings of a user) time, O(items × kept) memory.

        Raises:
            NothingToLearn: there is no rating.
        """
        return _neighbours(self, ratings, rng, progress, by_item=True)


def _check_neighbours(model: UserKnnRatings | ItemKnnRatings) -> None:
    for each in ("neighbours", "kept", "least"):
        check_range(model, each, 1)
    check_range(model, "shrink", 0)
    check_similarity(model)


def _neighbours(
    model: UserKnnRatings | ItemKnnRatings,
    ratings: Ratings,
    rng: np.random.Generator,
    progress: Progress,
    *,
    by_item: bool,
) -> RatedNeighbours:
    expected = Bias().fit(ratings, rng=rng)
    matrix = ratings.matrix()
    rows = matrix.T.tocsr() if by_item else matrix
    near = nearest_rated(rows, model.similarity, neighbours=model.kept, shrink=model.shrink, least=model.least)
    counts = np.diff(rows.indptr)
    owners = np.repeat(np.arange(rows.shape[0]), counts)
    sums = np.bincount(owners, rows.data, rows.shape[0])
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan).astype(np.float32)
    apart = sp.csr_array((rows.data - means[owners], rows.indices, rows.indptr), shape=rows.shape)
    progress(1.0, "neighbours")
    return RatedNeighbours(expected, means, near, apart, by_item, model.neighbours)


def _shrunk(rows: Rows, values: Floats, count: int, reg: float) -> Floats:
    sums, counts = np.bincount(rows, values, count), np.bincount(rows, minlength=count)
    return np.asarray(sums / np.maximum(counts + reg, 1e-9), np.float32)
