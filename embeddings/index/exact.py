"""Every vector compared: exact, and the faster way for small tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.index.port import NOTHING
from embeddings.ranking import best
from embeddings.training import Rows
from graph.errors import InvalidValue

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ExactIndex:
    """All inner products.

    Attributes:
        vectors: ``(n, dim)`` float32; may be memory-mapped, is not copied.
    """

    vectors: Floats

    def __len__(self) -> int:
        return len(self.vectors)

    def search(self, vectors: Floats, k: int) -> tuple[Rows, Floats]:
        """As `VectorIndex.search`; equal products are ordered by row."""
        check_query(vectors, k, self.vectors.shape[1])
        scores = vectors @ self.vectors.T
        rows = best(scores, min(k, len(self)))
        return padded(rows.astype(np.int32), np.take_along_axis(scores, rows, axis=1), k)


def check_query(vectors: Floats, k: int, dim: int) -> None:
    """Refuse what cannot be searched for.

    Raises:
        InvalidValue: the width differs, or ``k`` is below 1.
    """
    if vectors.ndim != 2 or vectors.shape[1] != dim:
        raise InvalidValue("vectors", f"expected rows of {dim} numbers, got the shape {vectors.shape}")
    if k < 1:
        raise InvalidValue("k", f"{k} is below 1")


def padded(rows: Rows, scores: Floats, k: int) -> tuple[Rows, Floats]:
    """Fill up to ``k`` columns."""
    missing = ((0, 0), (0, k - rows.shape[1]))
    return np.pad(rows, missing, constant_values=NOTHING), np.pad(scores, missing, constant_values=-np.inf)
