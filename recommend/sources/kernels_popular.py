"""Compiled steps of the sources that offer what many people want."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel
from graph.snapshot.kernels_row import Edges, newest
from recommend.sources.kernels import Floats, Rows

EVERYTHING = 1 << 40


@kernel
def shares(groups: Edges, anchors: Rows, scores: Floats, most: int) -> tuple[Rows, Floats, Rows]:
    """The groups that products lie in, by what the products are worth.

    Args:
        groups: product → group.
        anchors: ``(a,)`` products.
        scores: ``(a,)`` what each is worth.
        most: groups returned.

    Returns:
        Groups, what the products in each are worth together, and the first product of each: by falling worth, ties by
        row. O(a * groups).
    """
    room = 0
    for anchor in anchors:
        room += len(newest(groups, anchor, EVERYTHING)[0])
    rows, sums, causes = np.empty(room, np.int32), np.empty(room, np.float32), np.empty(room, np.int32)
    count = 0
    for at in range(len(anchors)):
        for group in newest(groups, anchors[at], EVERYTHING)[0]:
            place = 0
            while place < count and rows[place] != group:
                place += 1
            if place == count:
                rows[place], sums[place], causes[place] = group, np.float32(0), anchors[at]
                count += 1
            sums[place] += scores[at]
    for place in range(min(most, count)):
        best = place
        for other in range(place + 1, count):
            if sums[other] > sums[best] or (sums[other] == sums[best] and rows[other] < rows[best]):
                best = other
        rows[place], rows[best] = rows[best], rows[place]
        sums[place], sums[best] = sums[best], sums[place]
        causes[place], causes[best] = causes[best], causes[place]
    kept = min(most, count)
    return rows[:kept].copy(), sums[:kept].copy(), causes[:kept].copy()


@kernel
def merged(
    rows: Rows, worth: Floats, starts: NDArray[np.int64], limit: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The best of several lists, each row once.

    Args:
        rows: ``(m,)`` one list after the other.
        worth: ``(m,)`` falling within a list.
        starts: ``(s + 1,)`` where lists begin.
        limit: most that are returned.

    Returns:
        Places in ``rows``, best first, ties by row, and the list that each is of. O(m * s).
    """
    size = 64
    while size < 2 * limit:
        size *= 2
    taken = np.full(size, -1, np.int32)
    at = starts[:-1].copy()
    places, lists = np.empty(limit, np.int32), np.empty(limit, np.int32)
    count = 0
    while count < limit:
        best = -1
        for each in range(len(at)):
            if at[each] == starts[each + 1]:
                continue
            if best < 0:
                best = each
                continue
            one, other = at[each], at[best]
            if worth[one] > worth[other] or (worth[one] == worth[other] and rows[one] < rows[other]):
                best = each
        if best < 0:
            break
        place = at[best]
        at[best] += 1
        slot = (rows[place] * 40503) & (size - 1)
        while taken[slot] >= 0 and taken[slot] != rows[place]:
            slot = (slot + 1) & (size - 1)
        if taken[slot] < 0:
            taken[slot] = rows[place]
            places[count], lists[count] = place, best
            count += 1
    return places[:count].copy(), lists[:count].copy()
