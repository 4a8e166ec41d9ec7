"""Items of the people who are most alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.classic.similar import check_similarity, nearest
from embeddings.settings import check_learnable, check_range
from embeddings.training import Progress, Rows, TrainingData, silent


@dataclass(frozen=True, slots=True)
class UserNeighbours:
    """Each user's nearest users.

    Attributes:
        similarity: users × users float32; row ``u`` holds the users nearest to ``u``.
        matrix: users × items, what people chose.
    """

    similarity: sp.csr_array
    matrix: sp.csr_array

    def score(self, users: Rows) -> NDArray[np.float32]:
        """Sum of the similarities of the neighbours who have an item: ``(len(users), items)``."""
        return np.asarray((self.similarity[users] @ self.matrix).toarray(), np.float32)

    def tables(self) -> Mapping[str, NDArray[np.float32]]:
        """None: the neighbourhoods are no inner products."""
        return {}


@dataclass(frozen=True)
class UserKnn:
    """Similarity between users by what they chose, shrunk where few items speak for it.

    Attributes:
        neighbours: similar users kept of each user.
        shrink: added to the denominator of the cosine, in items; more distrusts small counts more.
        similarity: ``cosine``, ``pearson``, ``adjusted_cosine``, ``euclidean`` or ``manhattan``.
    """

    name: ClassVar[str] = "user_knn"
    summary: ClassVar[str] = "Items of the most similar people, each counting as much as they are similar."
    source: ClassVar[str] = "Herlocker et al., An algorithmic framework for collaborative filtering, SIGIR 1999"
    needs_torch: ClassVar[bool] = False

    neighbours: int = 100
    shrink: float = 10.0
    similarity: str = "cosine"

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: no neighbour is kept, the shrinkage is negative, or no similarity is called so.
        """
        check_range(self, "neighbours", 1)
        check_range(self, "shrink", 0)
        check_similarity(self)

    def fit(
        self,
        data: TrainingData,
        *,
        rng: np.random.Generator,  # noqa: ARG002
        progress: Progress = silent,
    ) -> UserNeighbours:
        """Compare users: O(sum of squared item degrees) time, O(users × neighbours) memory.

        Raises:
            NothingToLearn: there is no interaction.
        """
        check_learnable(data)
        matrix = data.matrix()
        near = nearest(matrix, self.similarity, neighbours=self.neighbours, shrink=self.shrink)
        progress(1.0, "similar people")
        return UserNeighbours(near, matrix)
