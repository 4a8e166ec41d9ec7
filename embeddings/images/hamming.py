"""Which codes differ in a few bits only: an exact index over 64-bit codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from embeddings.images import kernels
from embeddings.images.kernels import CHUNK_BITS, CHUNKS, Codes, Rows
from graph.errors import InvalidValue

BY_CHUNKS_UP_TO = 3 * CHUNKS - 1
"""Radius up to which chunks are looked up; further out, more buckets would be opened than a scan takes."""


@dataclass(frozen=True, slots=True)
class HammingIndex:
    """Codes by each of their four chunks of 16 bits.

    12 bytes a code besides the codes, and 2 MiB. A question within 7 bits opens 68 buckets, one within 11 bits 548.

    Attributes:
        codes: ``(n,)`` uint64.
        starts: ``(4, 65537)`` where the places of each chunk's value begin.
        order: ``(4, n)`` places by chunk.

    Source:
        Norouzi, Punjani, Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", CVPR 2012. Ours has a fixed
        number of chunks, and asks one radius rather than the nearest k.
    """

    codes: Codes
    starts: NDArray[np.int64]
    order: Rows

    @classmethod
    def of(cls, codes: Codes) -> HammingIndex:
        """Index codes, in O(n) time."""
        starts = np.zeros((CHUNKS, (1 << CHUNK_BITS) + 1), np.int64)
        order = np.empty((CHUNKS, len(codes)), np.int32)
        codes = np.ascontiguousarray(codes, np.uint64)
        kernels.buckets(codes, starts, order)
        return cls(codes, starts, order)

    def __len__(self) -> int:
        return len(self.codes)

    def within(self, code: int, radius: int) -> tuple[Rows, Rows]:
        """Every code that differs in at most ``radius`` bits.

        Returns:
            Places ``(k,)`` int32 and distances ``(k,)`` int32, nearest first, ties by place.

        Raises:
            InvalidValue: ``radius`` is not in 0–64.
        """
        if not 0 <= radius <= 64:
            raise InvalidValue("distance", f"{radius} is not in 0–64")
        found, distances = np.empty(1024, np.int32), np.empty(1024, np.int32)
        count = self._ask(code, radius, found, distances)
        if count > len(found):
            found, distances = np.empty(count, np.int32), np.empty(count, np.int32)
            self._ask(code, radius, found, distances)
        found, distances = found[:count], distances[:count]
        order = np.lexsort((found, distances))
        return found[order], distances[order]

    def _ask(self, code: int, radius: int, found: Rows, distances: Rows) -> int:
        wanted = np.uint64(code)
        if radius > BY_CHUNKS_UP_TO:
            return int(kernels.scan(self.codes, wanted, radius, found, distances))
        masks = _masks(radius // CHUNKS)
        return int(kernels.within(self.codes, self.starts, self.order, masks, wanted, radius, found, distances))

    def pairs(self, radius: int) -> Iterator[tuple[int, int, int]]:
        """All pairs of places that differ in at most ``radius`` bits, and in how many; the lower place first."""
        for place, code in enumerate(self.codes.tolist()):
            others, distances = self.within(code, radius)
            later = others > place
            for other, far in zip(others[later].tolist(), distances[later].tolist(), strict=True):
                yield place, other, far


@lru_cache
def _masks(bits: int) -> NDArray[np.uint64]:
    """Every 16-bit word of at most ``bits`` set bits."""
    words = [
        sum(1 << bit for bit in chosen)
        for count in range(bits + 1)
        for chosen in combinations(range(CHUNK_BITS), count)
    ]
    return np.array(words, np.uint64)
