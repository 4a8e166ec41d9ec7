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
LAST_MARK = int(np.iinfo(np.int32).max)
"""After it a tally is made anew."""


@dataclass(slots=True)
class Tally:
    """A table that counts what is reached; see `recommend.sources.kernels`.

    Each query gets a part of the memory that fits what it touches, so that a small one stays in the processor's caches
    whatever large ones came before.
    """

    table: NDArray[Any] = field(default_factory=lambda: np.zeros(2 * SMALLEST, ENTRY))
    used: NDArray[np.int32] = field(default_factory=lambda: np.zeros(SMALLEST, np.int32))
    mark: int = 0
    _all: NDArray[Any] = field(init=False)
    _all_used: NDArray[np.int32] = field(init=False)

    def __post_init__(self) -> None:
        self._all, self._all_used = self.table, self.used

    def begin(self, touches: int, questions: int = 1) -> int:
        """Room for so many distinct rows, nothing counted yet; the mark of the new query.

        Several questions, one after the other in the same room, have the marks that follow.
        """
        size = 1 << (min(max(touches, SMALLEST), LARGEST) - 1).bit_length()
        if size > len(self._all_used) or self.mark > LAST_MARK - questions:
            largest = max(size, len(self._all_used))
            self._all = np.zeros(2 * largest, ENTRY)
            self._all_used = np.zeros(largest, np.int32)
            self.mark = 0
        if 2 * size != len(self.table) or self.mark == 0:
            self.table, self.used = self._all[: 2 * size], self._all_used[:size]
        self.mark += questions
        return self.mark - questions + 1


class Scratch(threading.local):
    """The tallies of this thread: one for people, one for what is wanted."""

    def __init__(self) -> None:
        self.people = Tally()
        self.targets = Tally()


SCRATCH = Scratch()
