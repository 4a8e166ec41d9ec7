"""What the people whom one follows have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.classic.kernels import spread, spread_dense
from embeddings.classic.paths import BLOCK_USERS, normalised_follows, scaled
from embeddings.settings import check_learnable, check_range
from embeddings.training import Progress, Rows, TrainingData, silent


@dataclass(frozen=True, slots=True)
class Friends:
    """Count the followed people, each divided by the root of both degrees, who have an item."""

    name: ClassVar[str] = "friends"
    summary: ClassVar[str] = "items of the people whom one follows"
    source: ClassVar[str] = "neighbourhood voting over the follow graph; no paper"
    needs_torch: ClassVar[bool] = False

    second: float = 0.3
    """Weight of people followed by those, in ``[0, 1]``."""
    user_exponent: float = 0.0
    """How much a busy person is held down, 0 to 1."""

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        check_range(self, "second", 0, 1)
        check_range(self, "user_exponent", 0, 2)

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> FittedFriends:
        """Normalise the matrices; nothing is drawn.

        Raises:
            NothingToLearn: there is no interaction.
        """
        del rng
        check_learnable(data)
        matrix = data.matrix()
        people = np.diff(matrix.indptr).astype(np.float32)
        items = (scaled(people, self.user_exponent) @ matrix).tocsr().astype(np.float32)
        progress(1.0, "normalised")
        return FittedFriends(normalised_follows(data), items, self.second)


@dataclass(frozen=True, slots=True)
class FittedFriends:
    """Follows, and what people have.

    Attributes:
        follows: users × users.
        items: users × items.
        second: weight of the second step.
    """

    follows: sp.csr_array
    items: sp.csr_array
    second: float

    def score(self, users: Rows) -> NDArray[np.float32]:
        """Scores ``(len(users), item_count)``, 0 where nobody followed has the item."""
        scores = np.empty((len(users), self.items.shape[1]), np.float32)
        for start in range(0, len(users), BLOCK_USERS):
            near, all_follows, items = self.follows[users[start : start + BLOCK_USERS]], self.follows, self.items
            people = np.empty(near.shape, np.float32)
            spread(
                near.indptr, near.indices, near.data, all_follows.indptr, all_follows.indices, all_follows.data, people
            )
            people *= np.float32(self.second)
            people += near.toarray()
            spread_dense(people, items.indptr, items.indices, items.data, scores[start : start + BLOCK_USERS])
        return scores

    def tables(self) -> Mapping[str, NDArray[np.float32]]:
        """None: it has no vectors."""
        return {}
