"""Compiled loops of the spectral filter."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from graph.compiled import parallel_kernel

CHUNK = 64
"""Rows that one thread takes at a time: few enough that hubs spread evenly."""


@parallel_kernel
def multiply(
    indptr: NDArray[Any],
    indices: NDArray[Any],
    data: NDArray[np.float32],
    block: NDArray[np.float32],
    product: NDArray[np.float32],
) -> None:
    """Fill ``product`` with a CSR matrix times a dense block, rows spread over the threads."""
    rows = len(indptr) - 1
    for chunk in numba.prange((rows + CHUNK - 1) // CHUNK):
        for row in range(chunk * CHUNK, min(rows, chunk * CHUNK + CHUNK)):
            total = product[row]
            total[:] = 0
            for edge in range(indptr[row], indptr[row + 1]):
                weight = data[edge]
                other = block[indices[edge]]
                for column in range(len(total)):
                    total[column] += weight * other[column]
