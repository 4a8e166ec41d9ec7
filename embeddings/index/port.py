"""What finds the vectors nearest to a vector."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.training import Rows

NOTHING = -1
"""Row that fills up an answer with fewer than ``k`` vectors."""


class VectorIndex(Protocol):
    """Search by inner product. Safe to ask from several threads."""

    def __len__(self) -> int:
        """Vectors in the index."""

    def search(self, vectors: NDArray[np.float32], k: int) -> tuple[Rows, NDArray[np.float32]]:
        """The rows with the largest inner products.

        Args:
            vectors: ``(n, dim)`` float32.
            k: how many for each.

        Returns:
            ``(n, k)`` int32 rows, best first, `NOTHING` where there are fewer, and ``(n, k)`` float32 inner products,
            ``-inf`` there.

        Raises:
            InvalidValue: ``vectors`` has another width, or ``k`` is below 1.
        """
