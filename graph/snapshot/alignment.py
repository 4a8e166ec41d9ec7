"""Whether rows of one snapshot mean the same nodes as those of another, so that a model of one fits the other.

Rows are never reused while a store lives. A store that was made anew from a log from which somebody had been erased
numbers its nodes anew.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.snapshot.snapshot import Snapshot
from graph.snapshot.text import TextColumn

COMPARED = 1 << 16
"""Ids compared at a time, which bounds the memory."""


def same_rows(old: Snapshot, new: Snapshot) -> bool:
    """Whether every row of ``old`` is the same node in ``new``, or has been erased in one of them."""
    return all(
        label in new.vocabularies and _same(vocabulary.texts, new.vocabularies[label].texts)
        for label, vocabulary in old.vocabularies.items()
    )


def _same(old: TextColumn, new: TextColumn) -> bool:
    if len(new) < len(old):
        return False
    return all(_same_part(old, new, first, min(first + COMPARED, len(old))) for first in range(0, len(old), COMPARED))


def _same_part(old: TextColumn, new: TextColumn, first: int, end: int) -> bool:
    lengths = [np.diff(each.offsets[first : end + 1]) for each in (old, new)]
    both = (lengths[0] > 0) & (lengths[1] > 0)
    if (lengths[0][both] != lengths[1][both]).any():
        return False
    starts = [each.offsets[first:end][both] for each in (old, new)]
    length = lengths[0][both]
    return bool((old.blob[_places(starts[0], length)] == new.blob[_places(starts[1], length)]).all())


def _places(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Every place of the stretches that begin at ``starts``."""
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()))
