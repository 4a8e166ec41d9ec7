"""Machine code that sorts edges into rows and finds ids. Everything here works on read-only maps too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel

SHORT = 24
"""Rows up to this length are sorted by insertion."""

HASH_START = np.uint64(14695981039346656037)
HASH_PRIME = np.uint64(1099511628211)
HALF_WORD = np.uint64(32)
LOW_WORD = np.uint64(0xFFFFFFFF)
EMPTY = -1


@kernel
def count_rows(rows: NDArray[np.int32], ends: NDArray[np.int64]) -> int:
    """Add each row's number of edges to ``ends[row + 1]``; the first edge whose row is out of range, or -1."""
    last = len(ends) - 1
    for edge in range(len(rows)):
        row = rows[edge]
        if row < 0 or row >= last:
            return edge
        ends[row + 1] += 1
    return -1


@kernel
def scatter(
    rows: NDArray[np.int32],
    others: NDArray[np.int32],
    stamps: NDArray[np.uint32],
    span: tuple[int, int],
    cursor: NDArray[np.int64],
    keys: NDArray[np.uint64],
) -> None:
    """Put the edges of rows in ``[span[0], span[1])`` into their rows' places, as keys that sort newest first.

    A key holds the inverted stamp above the other end. ``stamps`` may be empty: edges without time.
    """
    timed = len(stamps) > 0
    first, last = span
    for edge in range(len(rows)):
        row = rows[edge]
        if first <= row < last:
            key = np.uint64(others[edge])
            if timed:
                key |= (LOW_WORD - np.uint64(stamps[edge])) << HALF_WORD
            keys[cursor[row]] = key
            cursor[row] += 1


@kernel
def sort_rows(indptr: NDArray[np.int64], span: tuple[int, int], keys: NDArray[np.uint64]) -> None:
    """Sort the keys of each row in ``[span[0], span[1])``, smallest first."""
    for row in range(span[0], span[1]):
        start, end = indptr[row], indptr[row + 1]
        if end - start > SHORT:
            keys[start:end].sort()
            continue
        for here in range(start + 1, end):
            key = keys[here]
            place = here
            while place > start and keys[place - 1] > key:
                keys[place] = keys[place - 1]
                place -= 1
            keys[place] = key


@kernel
def unpack(
    keys: NDArray[np.uint64], span: tuple[int, int], indices: NDArray[np.int32], stamps: NDArray[np.uint32]
) -> None:
    """Take the keys in ``[span[0], span[1])`` apart into other ends and stamps (none where ``stamps`` is empty)."""
    timed = len(stamps) > 0
    for edge in range(span[0], span[1]):
        key = keys[edge]
        indices[edge] = np.int32(key & LOW_WORD)
        if timed:
            stamps[edge] = np.uint32(LOW_WORD - (key >> HALF_WORD))


@kernel
def count_codes(stamps: NDArray[np.uint32], mask: int, counts: NDArray[np.int64]) -> int:
    """Add to ``counts`` how often each code occurs in the bits of ``mask``; the highest stamp, or 0."""
    newest = np.uint32(0)
    low = np.uint32(mask)
    for edge in range(len(stamps)):
        stamp = stamps[edge]
        counts[stamp & low] += 1
        newest = max(newest, stamp)
    return int(newest)


@kernel
def hash_of(blob: NDArray[np.uint8], start: int, end: int) -> np.uint64:
    """FNV-1a of some bytes, its halves folded together so that the low bits are as good as the high ones."""
    value = HASH_START
    for here in range(start, end):
        value = (value ^ np.uint64(blob[here])) * HASH_PRIME
    return value ^ (value >> HALF_WORD)


@kernel
def find_row(
    blob: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    slots: NDArray[np.int32],
    wanted: NDArray[np.uint8],
    start: int,
    end: int,
) -> int:
    """The row whose bytes are ``wanted[start:end]``, or ``-1 - slot`` with the slot where it would go."""
    mask = np.uint64(len(slots) - 1)
    slot = hash_of(wanted, start, end) & mask
    while slots[slot] != EMPTY:
        row = slots[slot]
        first = offsets[row]
        if offsets[row + 1] - first == end - start:
            same = True
            for here in range(end - start):
                if blob[first + here] != wanted[start + here]:
                    same = False
                    break
            if same:
                return int(row)
        slot = (slot + np.uint64(1)) & mask
    return -1 - int(slot)


@kernel
def fill_slots(blob: NDArray[np.uint8], offsets: NDArray[np.int64], slots: NDArray[np.int32]) -> int:
    """Enter every row that has an id; the first row whose id another row has too, or -1."""
    for row in range(len(offsets) - 1):
        if offsets[row] == offsets[row + 1]:
            continue
        found = find_row(blob, offsets, slots, blob, offsets[row], offsets[row + 1])
        if found >= 0:
            return row
        slots[-1 - found] = row
    return -1


@kernel
def find_rows(
    blob: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    slots: NDArray[np.int32],
    wanted: NDArray[np.uint8],
    wanted_offsets: NDArray[np.int64],
    rows: NDArray[np.int32],
) -> None:
    """`find_row` for many; -1 for what is not there."""
    for which in range(len(rows)):
        found = find_row(blob, offsets, slots, wanted, wanted_offsets[which], wanted_offsets[which + 1])
        rows[which] = max(found, EMPTY)
