"""The memory of an overlay: one array of patches for all edge sets, written by one thread while others read."""

from __future__ import annotations

import mmap
import time
from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import OverlayFull
from graph.live import kernels
from graph.model import Rows
from graph.snapshot.csr import read_only
from graph.snapshot.kernels_row import PATCH, Edges

LISTED = 1 << 16
"""Free blocks of one size that are remembered."""
REST_S = 0.2
"""How long a block rests before it is written again: far longer than any kernel reads a row, which is all that holds on
to a block."""
LOOK_S = 0.02
"""Most that one look adds to that time, so that a process that was stopped has not rested."""


def zeros(count: int, dtype: Any) -> NDArray[Any]:
    """An array of zeros that takes memory only where it has been written."""
    kind = np.dtype(dtype)
    return np.frombuffer(mmap.mmap(-1, max(1, count * kind.itemsize)), kind, count)


class Space:
    """Room for patches; one thread writes.

    Args:
        patches: how many there is room for; memory is taken as it is used, 8 bytes a patch and as many where its place
            is told.
    """

    def __init__(self, patches: int) -> None:
        self._patches = zeros(patches, PATCH)
        self.patches = read_only(self._patches)
        """What readers see."""
        self._space = np.array([1, 0], np.int64)  # a head of 0 means no patches, so no block begins at 0
        self._spare = zeros(kernels.CLASSES * (LISTED + 1), np.int64).reshape(kernels.CLASSES, LISTED + 1)
        self._resting: deque[tuple[float, NDArray[np.int64]]] = deque()
        self._looked_at = time.monotonic()
        self._rested_s = 0.0

    @property
    def used_bytes(self) -> int:
        """Memory that patches have taken so far."""
        return int(self._space[0]) * PATCH.itemsize

    @property
    def used_share(self) -> float:
        """Part of the room that has been taken."""
        return float(self._space[0]) / len(self._patches)

    def change(
        self,
        edges: Edges,
        heads: NDArray[np.int64],
        rows: Rows,
        others: Rows,
        stamps: NDArray[np.uint32],
        ways: NDArray[np.int8],
    ) -> None:
        """Let edges of rows come and go, all of them at once for whoever reads one row.

        Args:
            edges: what readers see, over ``heads``.
            heads: of the direction, to be written.
            rows: ``(k,)`` in any order.
            others: ``(k,)`` rows at the other end.
            stamps: ``(k,)``; 0 of edges without stamps.
            ways: ``(k,)`` `kernels.CAME` or `kernels.WENT`; one edge is in there once.

        Raises:
            OverlayFull: there is no room; nothing was changed.
        """
        self._wake()
        order = np.lexsort((-others, stamps, rows))
        changed, new = np.empty(len(rows), np.int32), np.empty(len(rows), np.int64)
        given = (rows[order], others[order], stamps[order], ways[order])
        count = kernels.write_patches(edges, self._patches, *given, self._space, self._spare, changed, new)
        if count < 0:
            raise OverlayFull(len(self._patches))
        freed = np.empty(count, np.int64)
        gone = kernels.publish(heads, changed[:count], new[:count], freed)
        if gone:
            self._resting.append((self._rested_s, freed[:gone].copy()))

    def _wake(self) -> None:
        now = time.monotonic()
        self._rested_s += min(now - self._looked_at, LOOK_S)
        self._looked_at = now
        while self._resting and self._resting[0][0] < self._rested_s - REST_S:
            kernels.give_back(self._resting.popleft()[1], self._spare)
