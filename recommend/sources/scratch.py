"""Working memory of the kernels: one tally a thread and purpose, reused from query to query."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommend.sources.kernels import ENTRY

SMALLEST = 1024
LARGEST = 1 << 20
"""Most rows that one query can reach; what lies beyond is not counted."""


@dataclass(slots=True)
class Tally:
    """A table that counts what is reached; see `recommend.sources.kernels`."""

    table: NDArray[Any] = field(default_factory=lambda: np.zeros(2 * SMALLEST, ENTRY))
    used: NDArray[np.int32] = field(default_factory=lambda: np.zeros(SMALLEST, np.int32))
    mark: int = 0

    def begin(self, touches: int) -> int:
        """Room for so many distinct rows, nothing counted yet; the mark of the new query."""
        wanted = min(max(touches, SMALLEST), LARGEST)
        if wanted > len(self.used) or self.mark == np.iinfo(np.int32).max:
            size = 1 << (max(wanted, len(self.used)) - 1).bit_length()
            self.table = np.zeros(2 * size, ENTRY)
            self.used = np.zeros(size, np.int32)
            self.mark = 0
        self.mark += 1
        return self.mark


class Scratch(threading.local):
    """The tallies of this thread: one for people, one for what is wanted."""

    def __init__(self) -> None:
        self.people = Tally()
        self.targets = Tally()


SCRATCH = Scratch()
