"""A linear item-to-item model in closed form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.linalg import lapack

from embeddings.classic.attributes import attribute_matrix
from embeddings.classic.paths import scaled
from embeddings.settings import check_learnable, check_range
from embeddings.training import Progress, Rows, TrainingData, silent

Dense = NDArray[np.float32]

BLOCK_ROWS = 1024
"""Rows of a Gram matrix that are made or mirrored at once."""


@dataclass(frozen=True, slots=True)
class Ease:
    """Predict each item from the others by ridge regression with a diagonal of zeros.

    With ``attributes`` each attribute counts as one more person, who chose the items that have it: the regression must
    explain both what people chose and what is known of items, and an item that nobody has gets weights too. A common
    attribute is divided by a power of how many items have it.

    Solved over items or, without attributes, over people where they are fewer; the two give the same scores. Memory
    is twice the square of that number times 4 bytes, time its cube.
    """

    name: ClassVar[str] = "ease"
    summary: ClassVar[str] = "linear item-to-item weights in closed form, attributes as further rows"
    source: ClassVar[str] = (
        "Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019; attributes as rows: Jeunen et al., "
        "Closed-Form Models for Collaborative Filtering with Side-Information, RecSys 2020; we differ in attributes "
        "held down by their degree, a tilt of the scores by popularity, and in solving over people where they are fewer"
    )
    needs_torch: ClassVar[bool] = False

    reg: float = 200.0
    """Weight of the L2 penalty."""
    lift: float = 0.0
    """Exponent of popularity that scores are multiplied by; above 0 lifts popular items."""
    attributes: float = 0.0
    """Worth of an attribute beside a person; 0 leaves attributes out."""
    entity_exponent: float = 0.5
    """How much a common attribute is held down, 0 to 2."""
    own: float = 2.0
    """How much an item counts as having the attribute that it is itself, where an attribute of others is an item."""

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        check_range(self, "reg", 1e-06)
        check_range(self, "lift", -2, 2)
        check_range(self, "attributes", 0, 1e6)
        check_range(self, "entity_exponent", 0, 2)
        check_range(self, "own", 0, 100)

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> FittedEase:
        """Solve for the weights; nothing is drawn.

        Raises:
            NothingToLearn: there is no interaction.
        """
        del rng
        check_learnable(data)
        matrix, known = data.matrix(), self._known(data)
        counts = np.bincount(data.items, minlength=data.item_count)
        described = np.diff(known.indptr) if known is not None else np.zeros_like(counts)
        tilt = np.maximum(counts, 0.5).astype(np.float32) ** np.float32(self.lift)
        seen, active = np.flatnonzero(counts + described), np.flatnonzero(np.diff(matrix.indptr))
        small = matrix[active][:, seen].tocsr()
        over_people = known is None and small.shape[0] < small.shape[1]
        progress(0.1, f"solving for {min(small.shape) if known is None else len(seen)} rows")
        solved = (
            _over_people(small, self.reg)
            if over_people
            else _over_items(small, self.reg, None if known is None else known[seen])
        )
        places = np.full(data.user_count, -1, np.int64)
        places[active] = np.arange(len(active))
        progress(1.0, "solved")
        return FittedEase(small, solved, seen, places, tilt, over_people)

    def _known(self, data: TrainingData) -> sp.csr_array | None:
        """Items × attributes, weighed so that the Gram matrix of its rows adds to that of the interactions."""
        if not self.attributes or not len(data.attribute_items):
            return None
        known = attribute_matrix(data)
        common = np.bincount(known.indices, minlength=known.shape[1]).astype(np.float32)
        if data.entity_items is not None:
            known = known + self.own * _themselves(data.entity_items, known.shape)
        weighed: sp.csr_array = (known @ scaled(common, self.entity_exponent / 2)).tocsr()
        return (weighed * np.float32(np.sqrt(self.attributes))).astype(np.float32)


@dataclass(frozen=True, slots=True)
class FittedEase:
    """The solved weights.

    Attributes:
        matrix: users × those items.
        solved: items × items weights, or, solved over people, users × items: what is taken off the interactions.
        seen: ``(items that occur or are described,)`` their rows.
        places: ``(user_count,)`` row in ``matrix``, -1 without interactions.
        tilt: ``(item_count,)`` factors.
        over_people: which of the two ``solved`` is.
    """

    matrix: sp.csr_array
    solved: Dense
    seen: NDArray[np.int64]
    places: NDArray[np.int64]
    tilt: Dense
    over_people: bool

    def score(self, users: Rows) -> Dense:
        """Scores ``(len(users), item_count)``, of either sign."""
        result = np.zeros((len(users), len(self.tilt)), np.float32)
        places = self.places[users]
        known = np.flatnonzero(places >= 0)
        rows = self.matrix[places[known]]
        found = rows.toarray() - self.solved[places[known]] if self.over_people else rows @ self.solved
        result[np.ix_(known, self.seen)] = found * self.tilt[self.seen]
        return result

    def tables(self) -> Mapping[str, Dense]:
        """None: weights are by item."""
        return {}


def _themselves(entity_items: Rows, shape: tuple[int, int]) -> sp.csr_array:
    """Items × attributes: 1 where the attribute is the item."""
    entities = np.flatnonzero(entity_items >= 0)
    ones = np.ones(len(entities), np.float32)
    return sp.csr_array((ones, (entity_items[entities], entities)), shape=shape)


def _over_items(matrix: sp.csr_array, reg: float, known: sp.csr_array | None) -> Dense:
    """Item weights ``B = I - P / diag(P)`` with ``P = (XᵀX + AAᵀ + reg)⁻¹``; ``A`` are the weighed attributes."""
    gram = (matrix.T @ matrix).toarray()
    if known is not None:
        for start in range(0, len(gram), BLOCK_ROWS):
            gram[start : start + BLOCK_ROWS] += (known[start : start + BLOCK_ROWS] @ known.T).toarray()
    weights = inverse(gram, reg)
    weights /= -np.diag(weights)
    np.fill_diagonal(weights, 0.0)
    return weights


def _over_people(matrix: sp.csr_array, reg: float) -> Dense:
    """``X P / diag(P)`` without ``P``: ``X P = K⁻¹ X`` with ``K = X Xᵀ + reg``, by the push-through identity."""
    through = np.asarray(inverse((matrix @ matrix.T).toarray(), reg) @ matrix, np.float32)
    owner = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    taken = np.bincount(matrix.indices, through[owner, matrix.indices], minlength=matrix.shape[1])
    return np.asarray(through * (reg / np.maximum(1.0 - taken, 1e-6)), np.float32)


def inverse(gram: Dense, reg: float) -> Dense:
    """The inverse of ``gram + reg`` for a symmetric ``gram``, which is overwritten: ``(n, n)``, O(n³)."""
    gram[np.diag_indices_from(gram)] += reg
    factor, info = lapack.spotrf(gram.T, lower=1, overwrite_a=1)
    assert info == 0, "a Gram matrix with a ridge has a Cholesky factor"
    inverse, info = lapack.spotri(factor, lower=1, overwrite_c=1)
    assert info == 0, "a Cholesky factor can be inverted"
    for start in range(0, len(inverse), BLOCK_ROWS):
        end = start + BLOCK_ROWS
        inverse[start:end, end:] = inverse[end:, start:end].T
        corner = np.tril(inverse[start:end, start:end])
        inverse[start:end, start:end] = corner + np.tril(corner, -1).T
    return np.ascontiguousarray(inverse.T, np.float32)
