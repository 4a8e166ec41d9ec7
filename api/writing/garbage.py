"""How often a process that takes events in looks for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

ALLOCATED = 200_000
"""Objects between two looks; a batch of events is tens of thousands of them, none in a cycle."""


@contextmanager
def collected_rarely() -> Iterator[None]:
    """Meanwhile the process looks for cycles rarely, and never among what was there before."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(ALLOCATED, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
