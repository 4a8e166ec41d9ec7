"""Items that the same people chose, only the nearest kept."""

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
class ItemNeighbours:
    """Each item's nearest items.

    Attributes:
        matrix: users × items, what people chose.
        similarity: items × items float32; column ``i`` holds the items nearest to ``i``.
    """

    matrix: sp.csr_array
    similarity: sp.csr_array

    def score(self, users: Rows) -> NDArray[np.float32]:
        """Sum over the user's items of their similarity to each item: ``(len(users), items)``."""
        return np.asarray((self.matrix[users] @ self.similarity).toarray(), np.float32)

    def tables(self) -> Mapping[str, NDArray[np.float32]]:
        """None: the neighbourhoods are no inner products."""
        return {}


@dataclass(frozen=True)
class ItemKnn:
    """Similarity between items by who chose them, shrunk where few people speak for it.

    Attributes:
        neighbours: similar items kept of each item.
        shrink: added to the denominator of the cosine, in people; more distrusts small counts more.
        similarity: ``cosine``, ``pearson``, ``adjusted_cosine``, ``euclidean`` or ``manhattan``.
    """

    name: ClassVar[str] = "item_knn"
    summary: ClassVar[str] = "Sum of the similarities between an item and the user's own."
    source: ClassVar[str] = "Sarwar et al., Item-based collaborative filtering, WWW 2001; shrinkage: Bell & Koren 2007"
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
    ) -> ItemNeighbours:
        """Compare items: O(sum of squared user degrees) time, O(items × neighbours) memory.

        Raises:
            NothingToLearn: there is no interaction.
        """
        check_learnable(data)
        matrix = data.matrix()
        by_item = matrix.T.tocsr()
        near = nearest(by_item, self.similarity, neighbours=self.neighbours, shrink=self.shrink)
        progress(1.0, "similar items")
        return ItemNeighbours(matrix, near.T.tocsr())
