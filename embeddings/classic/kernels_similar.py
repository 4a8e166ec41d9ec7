"""Compiled loops of the similarity between rows of a sparse matrix, only the nearest rows kept."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel, parallel_kernel

Ints = NDArray[Any]
Floats = NDArray[np.float32]

COSINE, PEARSON, ADJUSTED, EUCLIDEAN, MANHATTAN = range(5)
LANES = 64
"""Pieces of the work; each has its own sums over all rows."""


@kernel
def of_chosen(kind: int, shared: float, mine: float, other: float, offsets: Floats, width: float) -> float:
    """Similarity of two rows of zeros and ones.

    Args:
        kind: one of the five.
        shared: columns that both have.
        mine: columns of the one.
        other: columns of the other.
        offsets: ``(3,)`` for ``ADJUSTED``: sums of the column means over either row, and of their squares over all.
        width: columns in all.
    """
    if kind == COSINE:
        top, below = shared, mine * other
    elif kind == PEARSON:
        top = shared - mine * other / width
        below = (mine - mine * mine / width) * (other - other * other / width)
    elif kind == ADJUSTED:
        top = shared - offsets[0] - offsets[1] + offsets[2]
        below = (mine - 2 * offsets[0] + offsets[2]) * (other - 2 * offsets[1] + offsets[2])
    elif kind == EUCLIDEAN:
        return float(1.0 / (1.0 + np.sqrt(max(0.0, mine + other - 2 * shared))))
    else:
        return 1.0 / (1.0 + max(0.0, mine + other - 2 * shared))
    return float(top / np.sqrt(below)) if below > 1e-9 else 0.0


@kernel
def of_rated(kind: int, sums: NDArray[np.float64]) -> float:
    """Similarity of two rows over the columns that both rated.

    Args:
        kind: one of the five; ``ADJUSTED`` is the cosine of ratings that were centred before.
        sums: ``(7,)``: columns, then over them x, y, x², y², xy and ``abs(x - y)``.
    """
    count, x, y, xx, yy, xy, apart = sums
    if kind == EUCLIDEAN:
        return float(1.0 / (1.0 + np.sqrt(max(0.0, (xx + yy - 2 * xy) / count))))
    if kind == MANHATTAN:
        return float(1.0 / (1.0 + apart / count))
    if kind == PEARSON:
        xy, xx, yy = xy - x * y / count, xx - x * x / count, yy - y * y / count
    below = xx * yy
    return float(xy / np.sqrt(below)) if xx > 1e-6 and yy > 1e-6 else 0.0


@kernel
def keep(value: float, row: int, kept: int, rows: Ints, values: Floats) -> int:
    """Put a row into a list of the best so far, best first, ties in the order of arrival; tell its new length."""
    most = len(rows)
    if kept == most and not value > values[most - 1]:
        return kept
    place = min(kept, most - 1)
    while place > 0 and value > values[place - 1]:
        values[place] = values[place - 1]
        rows[place] = rows[place - 1]
        place -= 1
    values[place] = value
    rows[place] = row
    return min(kept + 1, most)


@parallel_kernel
def nearest_chosen(
    kind: int,
    shrink: float,
    indptr: Ints,
    indices: Ints,
    back_indptr: Ints,
    back_indices: Ints,
    means: Floats,
    near: Ints,
    values: Floats,
) -> None:
    """Fill ``near`` and ``values`` with the most similar rows of each row of a matrix of zeros and ones.

    Args:
        kind: one of the five.
        shrink: see `embeddings.classic.similar.nearest`.
        indptr: of the matrix by rows.
        indices: likewise.
        back_indptr: of the matrix by columns.
        back_indices: likewise.
        means: ``(rows + 1,)`` for ``ADJUSTED``: sums of the column means by row; last that of their squares.
        near: ``(rows, neighbours)``, -1 where there are no more.
        values: ``(rows, neighbours)``, above 0, best first.
    """
    count, width = len(indptr) - 1, len(back_indptr) - 1
    for lane in numba.prange(LANES):
        shared = np.zeros(count, np.float32)
        touched = np.empty(count, np.int32)
        offsets = np.zeros(3, np.float32)
        offsets[2] = means[count]
        for row in range(lane, count, LANES):
            found = 0
            for edge in range(indptr[row], indptr[row + 1]):
                column = indices[edge]
                for step in range(back_indptr[column], back_indptr[column + 1]):
                    other = back_indices[step]
                    if shared[other] == 0:
                        touched[found] = other
                        found += 1
                    shared[other] += 1
            mine = np.float64(indptr[row + 1] - indptr[row])
            offsets[0] = means[row]
            kept = 0
            ordered = np.sort(touched[:found])
            for place in range(found):
                other = ordered[place]
                theirs = np.float64(indptr[other + 1] - indptr[other])
                if other != row:
                    offsets[1] = means[other]
                    value = of_chosen(kind, np.float64(shared[other]), mine, theirs, offsets, width)
                    size = np.sqrt(mine * theirs)
                    value *= size / (size + shrink)
                    if value > 0:
                        kept = keep(value, other, kept, near[row], values[row])
                shared[other] = 0


@parallel_kernel
def nearest_rated(
    kind: int,
    shrink: float,
    least: int,
    indptr: Ints,
    indices: Ints,
    data: Floats,
    back_indptr: Ints,
    back_indices: Ints,
    back_data: Floats,
    near: Ints,
    values: Floats,
) -> None:
    """As `nearest_chosen` for ratings: only columns that both rows rated count.

    Args:
        kind: one of the five.
        shrink: a similarity is multiplied by ``n / (n + shrink)`` of ``n`` shared columns.
        least: shared columns below which two rows are not compared.
        indptr: of the matrix by rows.
        indices: likewise.
        data: likewise; ratings.
        back_indptr: of the matrix by columns.
        back_indices: likewise.
        back_data: likewise.
        near: ``(rows, neighbours)``, -1 where there are no more.
        values: ``(rows, neighbours)``, above 0, best first.
    """
    count = len(indptr) - 1
    for lane in numba.prange(LANES):
        sums = np.zeros((count, 7), np.float64)
        touched = np.empty(count, np.int32)
        for row in range(lane, count, LANES):
            found = 0
            for edge in range(indptr[row], indptr[row + 1]):
                column, x = indices[edge], np.float64(data[edge])
                for step in range(back_indptr[column], back_indptr[column + 1]):
                    other, y = back_indices[step], np.float64(back_data[step])
                    total = sums[other]
                    if total[0] == 0:
                        touched[found] = other
                        found += 1
                    total[0] += 1
                    total[1] += x
                    total[2] += y
                    total[3] += x * x
                    total[4] += y * y
                    total[5] += x * y
                    total[6] += abs(x - y)
            kept = 0
            ordered = np.sort(touched[:found])
            for place in range(found):
                other = ordered[place]
                shared = sums[other, 0]
                if other != row and shared >= least:
                    value = of_rated(kind, sums[other]) * shared / (shared + shrink)
                    if value > 0:
                        kept = keep(value, other, kept, near[row], values[row])
                sums[other] = 0
