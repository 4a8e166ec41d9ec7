"""A linear item-to-item model in closed form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.linalg import lapack

from embeddings.settings import check_learnable, check_range
from embeddings.training import Progress, Rows, TrainingData, silent

Dense = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ease:
    """Predict each item from the others by ridge regression with a diagonal of zeros.

    Solved over items or over people, whichever are fewer; the two give the same scores. Memory is the square of that
    number times 4 bytes, time its cube.
    """

    name: ClassVar[str] = "ease"
    summary: ClassVar[str] = "linear item-to-item weights in closed form"
    source: ClassVar[str] = (
        "Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019; we differ in a tilt of the scores by "
        "popularity, and in solving over people where they are fewer"
    )
    needs_torch: ClassVar[bool] = False

    reg: float = 200.0
    """Weight of the L2 penalty."""
    lift: float = 0.0
    """Exponent of popularity that scores are multiplied by; above 0 lifts popular items."""

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        check_range(self, "reg", 1e-06)
        check_range(self, "lift", -2, 2)

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> FittedEase:
        """Solve for the weights; nothing is drawn.

        Raises:
            NothingToLearn: there is no interaction.
        """
        del rng
        check_learnable(data)
        matrix = data.matrix()
        counts = np.bincount(data.items, minlength=data.item_count)
        tilt = np.maximum(counts, 0.5).astype(np.float32) ** np.float32(self.lift)
        seen, active = np.flatnonzero(counts), np.flatnonzero(np.diff(matrix.indptr))
        small = matrix[active][:, seen].tocsr()
        progress(0.1, f"solving for {min(small.shape)} rows")
        solve = _over_people if small.shape[0] < small.shape[1] else _over_items
        solved = solve(small, self.reg)
        places = np.full(data.user_count, -1, np.int64)
        places[active] = np.arange(len(active))
        progress(1.0, "solved")
        return FittedEase(small, solved, seen, places, tilt, small.shape[0] < small.shape[1])


@dataclass(frozen=True, slots=True)
class FittedEase:
    """The solved weights.

    Attributes:
        matrix: users × items that occur.
        solved: items × items weights, or, solved over people, users × items: what is taken off the interactions.
        seen: ``(items that occur,)`` their rows.
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


def _over_items(matrix: sp.csr_array, reg: float) -> Dense:
    """Item weights ``B = I - P / diag(P)`` with ``P = (XᵀX + reg)⁻¹``."""
    inverse = _inverse((matrix.T @ matrix).toarray(), reg)
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return np.asarray(weights, np.float32)


def _over_people(matrix: sp.csr_array, reg: float) -> Dense:
    """``X P / diag(P)`` without ``P``: ``X P = K⁻¹ X`` with ``K = X Xᵀ + reg``, by the push-through identity."""
    through = np.asarray(_inverse((matrix @ matrix.T).toarray(), reg) @ matrix, np.float32)
    owner = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    taken = np.bincount(matrix.indices, through[owner, matrix.indices], minlength=matrix.shape[1])
    return np.asarray(through * (reg / np.maximum(1.0 - taken, 1e-6)), np.float32)


def _inverse(gram: Dense, reg: float) -> Dense:
    """The inverse of ``gram + reg`` for a symmetric ``gram``."""
    gram[np.diag_indices_from(gram)] += reg
    factor, info = lapack.spotrf(gram, lower=1)
    assert info == 0, "a Gram matrix with a ridge has a Cholesky factor"
    inverse, info = lapack.spotri(factor, lower=1)
    assert info == 0, "a Cholesky factor can be inverted"
    lower = np.tril(inverse)
    return np.asarray(lower + np.tril(lower, -1).T, np.float32)
