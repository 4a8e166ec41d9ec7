"""Models that know items by their attributes, and so reach items that nobody has yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.classic.kernels import spread
from embeddings.classic.paths import scaled
from embeddings.classic.popularity import PopularItems
from embeddings.settings import check_learnable, check_range
from embeddings.training import Progress, Rows, TrainingData, silent

EVERY = -1
"""Stands for all relations together."""


@dataclass(frozen=True, slots=True)
class AttributeKnn:
    """Items that share attributes with the user's items; a rare attribute says more than a common one."""

    name: ClassVar[str] = "attribute_knn"
    summary: ClassVar[str] = "items that share attributes with what the user has"
    source: ClassVar[str] = "content-based cosine over attributes; Lops et al., Recommender Systems Handbook, 2011"
    needs_torch: ClassVar[bool] = False

    relation: int = EVERY
    """Which relation counts; -1: all."""
    entity_exponent: float = 0.5
    """How much a common attribute is held down, 0 to 1."""
    item_exponent: float = 0.5
    """How much an item with many attributes is held down, 0 to 1."""

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        check_range(self, "relation", EVERY)
        check_range(self, "entity_exponent", 0, 2)
        check_range(self, "item_exponent", 0, 2)

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> FittedAttributeKnn:
        """Normalise the matrices; nothing is drawn.

        Raises:
            NothingToLearn: there is no interaction.
        """
        del rng
        check_learnable(data)
        known = attribute_matrix(data, self.relation)
        entities = np.bincount(known.indices, minlength=known.shape[1]).astype(np.float32)
        items = np.diff(known.indptr).astype(np.float32)
        rows = scaled(items, self.item_exponent) @ known
        profile = (data.matrix() @ rows @ scaled(entities, self.entity_exponent)).tocsr()
        progress(1.0, "normalised")
        return FittedAttributeKnn(profile.astype(np.float32), rows.T.tocsr().astype(np.float32))


@dataclass(frozen=True, slots=True)
class FittedAttributeKnn:
    """What users like and what items are, in attributes.

    Attributes:
        profile: users × attributes.
        described: attributes × items.
    """

    profile: sp.csr_array
    described: sp.csr_array

    def score(self, users: Rows) -> NDArray[np.float32]:
        """Scores ``(len(users), item_count)``, 0 for an item that shares nothing."""
        own, next_ = self.profile[users], self.described
        scores = np.empty((len(users), next_.shape[1]), np.float32)
        spread(own.indptr, own.indices, own.data, next_.indptr, next_.indices, next_.data, scores)
        return scores

    def tables(self) -> Mapping[str, NDArray[np.float32]]:
        """None: it has no vectors."""
        return {}


@dataclass(frozen=True, slots=True)
class AttributeTaste:
    """Popular items of the kinds that a user takes more often than others do.

    Score: popularity times the mean over the item's attributes of
    ``P(attribute | user) / P(attribute)``, where a user's share is smoothed by ``prior`` interactions of everybody.
    """

    name: ClassVar[str] = "attribute_taste"
    summary: ClassVar[str] = "popular items of the user's kinds"
    source: ClassVar[str] = "smoothed lift of attributes times popularity; no paper"
    needs_torch: ClassVar[bool] = False

    relation: int = EVERY
    """Which relation counts; -1: all. Best with few attributes: categories, brands."""
    prior: float = 1.0
    """Interactions of everybody that each user's taste begins with; above 0."""
    power: float = 1.0
    """Exponent of popularity."""

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        check_range(self, "relation", EVERY)
        check_range(self, "prior", 1e-06)
        check_range(self, "power", 0, 10)

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> FittedTaste:
        """Count; nothing is drawn.

        Raises:
            NothingToLearn: there is no interaction.
        """
        del rng
        check_learnable(data)
        known, matrix = attribute_matrix(data, self.relation), data.matrix()
        popularity = np.bincount(data.items, minlength=data.item_count).astype(np.float32)
        common = np.asarray(popularity @ known, np.float32)
        share = common / max(1.0, float(common.sum()))
        items = np.diff(known.indptr).astype(np.float32)
        mean = (scaled(items, 1.0) @ known @ scaled(share * common.sum(), 1.0) * common.sum()).T.tocsr()
        taken = (matrix @ known).tocsr()
        base = np.asarray(share @ mean, np.float32)
        progress(1.0, "counted")
        return FittedTaste(taken, mean, base, popularity**self.power, self.prior)


@dataclass(frozen=True, slots=True)
class FittedTaste:
    """Counts of attributes by user, and what they lift.

    Attributes:
        taken: users × attributes, how often.
        mean: attributes × items, the mean's shares divided by how common an attribute is.
        base: ``(items,)`` what a user without a taste gets.
        popularity: ``(items,)``.
        prior: weight of ``base``.
    """

    taken: sp.csr_array
    mean: sp.csr_array
    base: NDArray[np.float32]
    popularity: NDArray[np.float32]
    prior: float

    def score(self, users: Rows) -> NDArray[np.float32]:
        """Scores ``(len(users), item_count)``; an item without attributes counts as one that is nobody's kind."""
        taken = self.taken[users]
        total = np.asarray(taken.sum(axis=1)).reshape(-1, 1) + self.prior
        lift = ((taken @ self.mean).toarray() + self.prior * self.base) / total
        return np.asarray(lift * self.popularity, np.float32)

    def tables(self) -> Mapping[str, NDArray[np.float32]]:
        """None: it has no vectors."""
        return {}


@dataclass(frozen=True, slots=True)
class AttributeCount:
    """Items of which much is known: alone a poor model, in a blend a measure of what attributes overstate."""

    name: ClassVar[str] = "attribute_count"
    summary: ClassVar[str] = "items of which much is known, the same for everybody; for blends"
    source: ClassVar[str] = "a count; no paper"
    needs_torch: ClassVar[bool] = False

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> PopularItems:
        """Count; nothing is drawn.

        Raises:
            NothingToLearn: there is no interaction.
        """
        del rng
        check_learnable(data)
        progress(1.0, "counted")
        return PopularItems(np.bincount(data.attribute_items, minlength=data.item_count).astype(np.float32))


def attribute_matrix(data: TrainingData, relation: int = EVERY) -> sp.csr_array:
    """Items × attributes, float32: 1 where the relation joins the two."""
    of = np.ones(len(data.attribute_items), bool) if relation == EVERY else data.attribute_relations == relation
    shape = (data.item_count, max(1, data.attribute_count))
    ones = np.ones(int(of.sum()), np.float32)
    return sp.csr_array((ones, (data.attribute_items[of], data.attribute_entities[of])), shape=shape)
