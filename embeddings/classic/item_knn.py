"""Items that the same people chose: cosine between items, only the nearest kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.ranking import best
from embeddings.settings import check_learnable, check_range
from embeddings.training import Progress, Rows, TrainingData, silent

BLOCK_CELLS = 20_000_000
"""Cells of one dense block of similarities: bounds the memory to about 200 MB."""


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
    """Cosine similarity between items, shrunk where few people speak for it, with the ``neighbours`` nearest kept.

    Attributes:
        neighbours: similar items kept of each item.
        shrink: added to the denominator of the cosine, in people; more distrusts small counts more.
    """

    name: ClassVar[str] = "item_knn"
    summary: ClassVar[str] = "Sum of the cosine similarities between an item and the user's own."
    source: ClassVar[str] = "Sarwar et al., Item-based collaborative filtering, WWW 2001; shrinkage: Bell & Koren 2007"
    needs_torch: ClassVar[bool] = False

    neighbours: int = 100
    shrink: float = 10.0

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: no neighbour is kept, or the shrinkage is negative.
        """
        check_range(self, "neighbours", 1)
        check_range(self, "shrink", 0)

    def fit(
        self,
        data: TrainingData,
        *,
        rng: np.random.Generator,  # noqa: ARG002
        progress: Progress = silent,
    ) -> ItemNeighbours:
        """Compare items block by block: O(sum of squared user degrees) time, O(items × neighbours) memory.

        Raises:
            NothingToLearn: there is no interaction.
        """
        check_learnable(data)
        matrix = data.matrix()
        by_item = matrix.T.tocsr()
        norms = np.sqrt(np.diff(by_item.indptr).astype(np.float32))
        block = max(1, BLOCK_CELLS // data.item_count)
        parts = []
        for start in range(0, data.item_count, block):
            rows = np.arange(start, min(start + block, data.item_count))
            parts.append(self._nearest(by_item, matrix, norms, rows))
            progress(float(rows[-1] + 1) / data.item_count, "similar items")
        kept: sp.csr_array = sp.vstack(parts, format="csr")
        return ItemNeighbours(matrix, kept.T.tocsr())

    def _nearest(
        self, by_item: sp.csr_array, matrix: sp.csr_array, norms: NDArray[np.float32], rows: NDArray[np.int64]
    ) -> sp.csr_array:
        """The nearest items of ``rows``, as rows of a sparse matrix."""
        shared = (by_item[rows] @ matrix).toarray()
        shared[np.arange(len(rows)), rows] = 0
        shared /= norms[rows, None] * norms[None, :] + np.float32(self.shrink + 1e-9)
        columns = best(shared, min(self.neighbours, shared.shape[1]))
        values = np.take_along_axis(shared, columns, axis=1)
        owner = np.repeat(np.arange(len(rows)), columns.shape[1])
        found = sp.csr_array((values.ravel(), (owner, columns.ravel())), shape=(len(rows), len(norms)))
        found.eliminate_zeros()
        return found
