"""Short paths through people: items of people who share items with the user, or whom the user follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.classic.kernels import spread, spread_dense
from embeddings.settings import check_learnable, check_range
from embeddings.training import Progress, Rows, TrainingData, silent

BLOCK_USERS = 256
"""People whose way through others is held at once."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Walk user → item → person → item, hubs held down on the way, with followed people as a second way to a person.

    With ``X`` the matrix of interactions, ``S`` that of follows, ``D`` degrees: scores are
    ``(D_u^-½ X D_i^-a Xᵀ D_u^-b + follow · Ŝ) X D_i^-tilt``, where ``Ŝ`` is ``S`` with both degrees normalised by ½.
    """

    name: ClassVar[str] = "paths"
    summary: ClassVar[str] = "items at the end of short paths through people alike and people followed"
    source: ClassVar[str] = (
        "RP3beta: Paudel et al., Updatable, accurate, diverse, and scalable recommendations, TiiS 2016; we differ in "
        "free exponents for people, and in follows"
    )
    needs_torch: ClassVar[bool] = False

    item_exponent: float = 0.5
    """How much a popular item says less about who is alike, 0 to 1."""
    user_exponent: float = 0.5
    """How much a busy person is held down, 0 to 1."""
    tilt: float = 0.2
    """How much popular items are held down at the end; below 0 lifts them."""
    follow: float = 0.0
    """Weight of followed people beside people alike."""

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        check_range(self, "item_exponent", 0, 2)
        check_range(self, "user_exponent", 0, 2)
        check_range(self, "tilt", -2, 2)
        check_range(self, "follow", 0, 100)

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> FittedPaths:
        """Normalise the matrices; nothing is drawn.

        Raises:
            NothingToLearn: there is no interaction.
        """
        del rng
        check_learnable(data)
        matrix = data.matrix()
        people, items = _degrees(matrix)
        back = scaled(items, self.item_exponent) @ matrix.T @ scaled(people, self.user_exponent)
        own = scaled(people, 0.5) @ matrix
        follows = None
        if self.follow and len(data.followers):
            follows = self.follow * normalised_follows(data)
        progress(1.0, "normalised")
        return FittedPaths(_single(own), _single(back), _single(matrix @ scaled(items, self.tilt)), follows)


@dataclass(frozen=True, slots=True)
class FittedPaths:
    """The three steps as matrices.

    Attributes:
        own: users × items, the first step.
        back: items × users, the second.
        onward: users × items, the third.
        follows: users × users, the other way to a person, or None.
    """

    own: sp.csr_array
    back: sp.csr_array
    onward: sp.csr_array
    follows: sp.csr_array | None

    def score(self, users: Rows) -> NDArray[np.float32]:
        """Scores ``(len(users), item_count)``, 0 where no path leads."""
        scores = np.empty((len(users), self.onward.shape[1]), np.float32)
        for start in range(0, len(users), BLOCK_USERS):
            rows = users[start : start + BLOCK_USERS]
            own, back, onward = self.own[rows], self.back, self.onward
            people = np.empty((len(rows), back.shape[1]), np.float32)
            spread(own.indptr, own.indices, own.data, back.indptr, back.indices, back.data, people)
            if self.follows is not None:
                people += self.follows[rows].toarray()
            spread_dense(people, onward.indptr, onward.indices, onward.data, scores[start : start + BLOCK_USERS])
        return scores

    def tables(self) -> Mapping[str, NDArray[np.float32]]:
        """None: it has no vectors."""
        return {}


def scaled(degrees: NDArray[np.float32], exponent: float) -> sp.dia_array:
    """The diagonal of ``degree^-exponent``, 0 for a node without edges."""
    values = np.where(degrees > 0, np.maximum(degrees, 1.0) ** -float(exponent), 0.0)
    return sp.diags_array(values.astype(np.float32))


def normalised_follows(data: TrainingData) -> sp.csr_array:
    """Users × users: who follows whom, divided by the root of both degrees."""
    ones = np.ones(len(data.followers), np.float32)
    shape = (data.user_count, data.user_count)
    follows = sp.csr_array((ones, (data.followers, data.followees)), shape=shape)
    out, into = _degrees(follows)
    normalised: sp.csr_array = (scaled(out, 0.5) @ follows @ scaled(into, 0.5)).tocsr()
    return normalised


def _degrees(matrix: sp.csr_array) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rows = np.diff(matrix.indptr).astype(np.float32)
    return rows, np.bincount(matrix.indices, minlength=matrix.shape[1]).astype(np.float32)


def _single(matrix: Any) -> sp.csr_array:
    """The matrix by rows, in float32."""
    rows: sp.csr_array = matrix.tocsr().astype(np.float32)
    return rows
