"""Compiled loops of the neighbourhood models."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from graph.compiled import parallel_kernel

Ints = NDArray[Any]
Floats = NDArray[np.float32]


@parallel_kernel
def spread(
    indptr: Ints,
    indices: Ints,
    data: Floats,
    next_indptr: Ints,
    next_indices: Ints,
    next_data: Floats,
    total: Floats,
) -> None:
    """Fill ``total`` with the product of two CSR matrices, dense, one row a thread.

    Where the product is nearly full this spares building a sparse one.
    """
    for row in numba.prange(len(indptr) - 1):
        sums = total[row]
        sums[:] = 0
        for edge in range(indptr[row], indptr[row + 1]):
            weight = data[edge]
            middle = indices[edge]
            for step in range(next_indptr[middle], next_indptr[middle + 1]):
                sums[next_indices[step]] += weight * next_data[step]


@parallel_kernel
def spread_dense(weights: Floats, next_indptr: Ints, next_indices: Ints, next_data: Floats, total: Floats) -> None:
    """Fill ``total`` with a dense matrix, mostly zeros, times a CSR matrix, one row a thread."""
    for row in numba.prange(len(weights)):
        sums = total[row]
        sums[:] = 0
        for middle in range(weights.shape[1]):
            weight = weights[row, middle]
            if weight != 0:
                for step in range(next_indptr[middle], next_indptr[middle + 1]):
                    sums[next_indices[step]] += weight * next_data[step]
