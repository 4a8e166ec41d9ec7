"""Machine code that moves probability along edges. It works on read-only maps too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel


@kernel
def push(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], rank: NDArray[np.float64], moved: NDArray[np.float64]
) -> None:
    """Write into ``moved`` what every node's neighbours get when it shares its ``rank`` evenly among its edges.

    What a node without edges holds goes nowhere: the sum of ``moved`` is less by it.
    """
    moved[:] = 0.0
    for row in range(len(indptr) - 1):
        begin, end = indptr[row], indptr[row + 1]
        if begin == end:
            continue
        share = rank[row] / (end - begin)
        for edge in range(begin, end):
            moved[indices[edge]] += share
