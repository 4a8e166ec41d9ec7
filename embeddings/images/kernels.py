"""Compiled loops over 64-bit codes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel

Codes = NDArray[np.uint64]
Rows = NDArray[np.int32]

CHUNKS = 4
CHUNK_BITS = 16


@kernel
def popcount(word: np.uint64) -> int:
    """Bits that are set."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@kernel
def buckets(codes: Codes, starts: NDArray[np.int64], order: Rows) -> None:
    """Sort places of codes by each of their chunks.

    Args:
        codes: ``(n,)``.
        starts: ``(CHUNKS, 65537)`` zeros; becomes where each chunk's places begin.
        order: ``(CHUNKS, n)``; becomes the places.
    """
    for chunk in range(CHUNKS):
        shift = np.uint64(chunk * CHUNK_BITS)
        for code in codes:
            starts[chunk, ((code >> shift) & np.uint64(0xFFFF)) + np.uint64(1)] += 1
        for value in range(1, starts.shape[1]):
            starts[chunk, value] += starts[chunk, value - 1]
        cursor = starts[chunk].copy()
        for place in range(len(codes)):
            value = (codes[place] >> shift) & np.uint64(0xFFFF)
            order[chunk, cursor[value]] = place
            cursor[value] += 1


@kernel
def within(
    codes: Codes,
    starts: NDArray[np.int64],
    order: Rows,
    masks: NDArray[np.uint64],
    wanted: np.uint64,
    radius: int,
    found: Rows,
    distances: Rows,
) -> int:
    """Places of codes at most ``radius`` bits away; each once.

    A code so near agrees with the wanted one, but for ``radius // CHUNKS`` bits, in at least one chunk. It is taken at
    the first chunk where it does.

    Returns:
        How many there are; only as many as ``found`` holds are written.
    """
    count = 0
    slack = radius // CHUNKS
    for chunk in range(CHUNKS):
        shift = np.uint64(chunk * CHUNK_BITS)
        own = (wanted >> shift) & np.uint64(0xFFFF)
        for mask in masks:
            value = own ^ mask
            for at in range(starts[chunk, value], starts[chunk, value + np.uint64(1)]):
                place = order[chunk, at]
                other = wanted ^ codes[place]
                far = popcount(other)
                if far > radius:
                    continue
                earlier = False
                for before in range(chunk):
                    part = (other >> np.uint64(before * CHUNK_BITS)) & np.uint64(0xFFFF)
                    if popcount(part) <= slack:
                        earlier = True
                        break
                if earlier:
                    continue
                if count < len(found):
                    found[count] = place
                    distances[count] = far
                count += 1
    return count


@kernel
def scan(codes: Codes, wanted: np.uint64, radius: int, found: Rows, distances: Rows) -> int:
    """As `within`, by looking at every code."""
    count = 0
    for place in range(len(codes)):
        far = popcount(wanted ^ codes[place])
        if far <= radius:
            if count < len(found):
                found[count] = place
                distances[count] = far
            count += 1
    return count
