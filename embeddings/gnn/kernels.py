"""Compiled loops of graph convolution: sums over neighbours, whole or in part, and draws of items not chosen."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel, parallel_kernel

CHUNK = 64
"""Rows that one thread takes at a time: few enough that hubs spread evenly."""

STEP = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)


@kernel
def mixed(seed: np.uint64, place: int) -> np.uint64:
    """The draw of a seed at a place: splitmix64, so that threads need no common state."""
    word = seed + (np.uint64(place) + np.uint64(1)) * STEP
    word = (word ^ (word >> np.uint64(30))) * FIRST
    word = (word ^ (word >> np.uint64(27))) * SECOND
    return word ^ (word >> np.uint64(31))


@kernel
def sum_rows(
    indptr: NDArray[Any],
    indices: NDArray[np.int32],
    data: NDArray[np.float32],
    block: NDArray[np.float32],
    counted: NDArray[np.bool_],
    rows: NDArray[np.int32],
    span: tuple[int, int],
    product: NDArray[np.float32],
) -> None:
    """Fill some rows of ``product`` with a CSR matrix times a dense block; the others stay as they are.

    Args:
        indptr: ``(n + 1,)``.
        indices: ``(m,)``.
        data: ``(m,)``.
        block: ``(n, d)``.
        counted: ``(n,)`` rows of the block that are not zero, or empty when all may count.
        rows: which rows to fill; empty for all.
        span: places in ``rows``, or rows, to begin and end at.
        product: ``(n, d)``, filled.
    """
    width = block.shape[1]
    sparse = len(counted) > 0
    total = np.empty(width, np.float32)
    for place in range(span[0], span[1]):
        row = rows[place] if len(rows) else place
        total[:] = 0
        for edge in range(indptr[row], indptr[row + 1]):
            other = indices[edge]
            if sparse and not counted[other]:
                continue
            weight = data[edge]
            for column in range(width):
                total[column] += weight * block[other, column]
        for column in range(width):
            product[row, column] = total[column]


@parallel_kernel
def sum_neighbours(
    indptr: NDArray[Any],
    indices: NDArray[np.int32],
    data: NDArray[np.float32],
    block: NDArray[np.float32],
    counted: NDArray[np.bool_],
    rows: NDArray[np.int32],
    product: NDArray[np.float32],
) -> None:
    """`sum_rows` of all of them, spread over the threads."""
    count = len(rows) or len(indptr) - 1
    for chunk in numba.prange((count + CHUNK - 1) // CHUNK):
        span = (chunk * CHUNK, min(count, chunk * CHUNK + CHUNK))
        sum_rows(indptr, indices, data, block, counted, rows, span, product)


@kernel
def shake_row(row: NDArray[np.float32], first: int, length: np.float32, seed: np.uint64) -> None:
    """Add to a row a random vector with the row's own signs, of the given length."""
    added = np.empty(len(row), np.float32)
    square = np.float32(1e-12)
    for column in range(len(row)):
        added[column] = np.float32(mixed(seed, first + column) >> np.uint64(40)) * np.float32(2.0**-24)
        square += added[column] * added[column]
    scale = length / np.sqrt(square)
    for column in range(len(row)):
        if row[column] > 0:
            row[column] += scale * added[column]
        elif row[column] < 0:
            row[column] -= scale * added[column]


@parallel_kernel
def shake(block: NDArray[np.float32], rows: NDArray[np.int32], length: np.float32, seed: np.uint64) -> None:
    """`shake_row` of some rows, or of all where none is named; XSimGCL's noise."""
    count = len(rows) or len(block)
    for chunk in numba.prange((count + CHUNK - 1) // CHUNK):
        for place in range(chunk * CHUNK, min(count, chunk * CHUNK + CHUNK)):
            row = rows[place] if len(rows) else place
            shake_row(block[row], row * block.shape[1], length, seed)


@kernel
def _among(indices: NDArray[np.int32], left: int, right: int, item: np.int32) -> bool:
    """Whether a sorted part of ``indices`` holds the item."""
    end = right
    while left < right:
        middle = (left + right) >> 1
        if indices[middle] < item:
            left = middle + 1
        else:
            right = middle
    return left < end and indices[left] == item


@kernel
def draw_negatives(
    indptr: NDArray[Any],
    indices: NDArray[np.int32],
    users: NDArray[np.int32],
    item_count: int,
    limits: NDArray[np.uint64],
    alias: NDArray[np.int32],
    seed: np.uint64,
    drawn: NDArray[np.int32],
) -> None:
    """Fill ``drawn`` ``(len(users), k)`` with items that the users have not chosen; after ten tries any will do.

    Args:
        indptr: of users × items with sorted rows.
        indices: likewise.
        users: ``(b,)`` rows.
        item_count: items to draw from.
        limits: Walker's alias table in 32 bits: an item stays itself below its limit; empty to draw uniformly.
        alias: what it becomes else.
        seed: of this call.
        drawn: filled.
    """
    many = drawn.shape[1]
    low = np.uint64(0xFFFFFFFF)
    for place in range(len(users)):
        start, end = indptr[users[place]], indptr[users[place] + 1]
        for each in range(many):
            for attempt in range(10):
                word = mixed(seed, (place * many + each) * 10 + attempt)
                item = np.int32(((word >> np.uint64(32)) * np.uint64(item_count)) >> np.uint64(32))
                if len(limits) and (word & low) >= limits[item]:
                    item = alias[item]
                drawn[place, each] = item
                if not _among(indices, start, end, item):
                    break


@kernel
def alias_table(weights: NDArray[np.float64], limits: NDArray[np.uint64], alias: NDArray[np.int32]) -> None:
    """Walker's table of weights whose mean is 1, by Vose's method; ``weights`` is used up."""
    count = len(weights)
    small, large = np.empty(count, np.int32), np.empty(count, np.int32)
    smalls, larges = 0, 0
    for item in range(count):
        if weights[item] < 1.0:
            small[smalls] = item
            smalls += 1
        else:
            large[larges] = item
            larges += 1
    whole = np.uint64(1) << np.uint64(32)
    for item in range(count):
        limits[item] = whole
        alias[item] = item
    while smalls and larges:
        smalls -= 1
        less, more = small[smalls], large[larges - 1]
        limits[less] = np.uint64(weights[less] * 4294967296.0)
        alias[less] = more
        weights[more] -= 1.0 - weights[less]
        if weights[more] < 1.0:
            larges -= 1
            small[smalls] = more
            smalls += 1
