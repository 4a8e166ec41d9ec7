"""Compiled loops of rating prediction by neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel

Ints = NDArray[Any]
Floats = NDArray[np.float32]


@kernel
def deviations(
    rows: Ints,
    columns: Ints,
    near_indptr: Ints,
    near_indices: Ints,
    near_data: Floats,
    indptr: Ints,
    indices: Ints,
    data: Floats,
    most: int,
    found: Floats,
) -> None:
    """Fill ``found`` with the weighted mean of what each row's neighbours gave to the column; NaN where none did.

    Args:
        rows: ``(m,)`` of the matrix.
        columns: ``(m,)`` of the matrix.
        near_indptr: neighbours of each row, most similar first.
        near_indices: likewise.
        near_data: likewise; similarities above 0.
        indptr: of the matrix, columns sorted within a row.
        indices: likewise.
        data: likewise; ratings less what was expected.
        most: neighbours that count for one pair, the most similar of those who rated the column.
        found: ``(m,)``.
    """
    for pair in range(len(rows)):
        row, column = rows[pair], columns[pair]
        total, weight, heard = 0.0, 0.0, 0
        for edge in range(near_indptr[row], near_indptr[row + 1]):
            other = near_indices[edge]
            start, end = indptr[other], indptr[other + 1]
            place = start + np.searchsorted(indices[start:end], column)
            if place < end and indices[place] == column:
                total += near_data[edge] * data[place]
                weight += near_data[edge]
                heard += 1
                if heard == most:
                    break
        found[pair] = total / weight if weight > 0 else np.nan
