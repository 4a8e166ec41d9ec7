"""One row of edges as answers see it: what the snapshot holds, patched by what happened since.

A row's *patches* are entries in one shared array: edges that came and marks of edges that went, in the order of the
row from its oldest edge to its newest. A *plain* row only has edges that came and are newer than all of the snapshot's,
which is what most events make: its patches follow each other. In a *placed* row each patch is followed by its place:
how many edges of the snapshot are older than it, and how many edges more there are up to it than the snapshot has, so
that the k-th edge is found by halving. A row's *head* says where its patches lie; it is one aligned word, and what it
points at is never changed while a reader may look, so that nobody waits for anybody.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel

PATCH = np.dtype([("other", np.int32), ("stamp", np.uint32)])
"""``other`` is the row at the other end, or ``-1 - row`` for an edge of the snapshot that went. In a placed row the
next entry says in the same fields how many edges of the snapshot's row are older, and how many edges came less those
that went, up to and with this one, as the 32 bits of a signed number."""

HEAD_BITS = 24
COUNT_BITS = HEAD_BITS - 1
COUNT_MASK = (1 << COUNT_BITS) - 1
PLACED = 1 << COUNT_BITS
"""A head is ``start << HEAD_BITS | count``, with `PLACED` where places are told; 0 for a row without patches."""


class Edges(NamedTuple):
    """One direction of an edge set, as kernels take it.

    Attributes:
        indptr: ``(n + 1,)`` int64 of the snapshot; later rows have only patches.
        indices: ``(m,)`` int32 of the snapshot, newest edge of a row first.
        stamps: ``(m,)`` uint32; empty where ``timed`` is False.
        heads: ``(rows there may be,)`` int64; empty where nothing happened since the snapshot.
        patches: of `PATCH`, shared by all rows.
        timed: False: every edge counts alike, and its stamp is not looked at.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    stamps: NDArray[np.uint32]
    heads: NDArray[np.int64]
    patches: NDArray[Any]
    timed: bool


@kernel
def base_degree(edges: Edges, row: int) -> int:
    """Edges of a row of the snapshot."""
    if row < 0 or row >= len(edges.indptr) - 1:
        return 0
    return int(edges.indptr[row + 1] - edges.indptr[row])


@kernel
def head_of(edges: Edges, row: int) -> int:
    """Where the row's patches lie; 0 for none."""
    if row < 0 or row >= len(edges.heads):
        return 0
    return int(edges.heads[row])


@kernel
def entries(head: int) -> int:
    """How many entries the patches of a row take."""
    count = head & COUNT_MASK
    return 2 * count if head & PLACED else count


@kernel
def entry_of(head: int, number: int) -> int:
    """Where the patch with this number lies; 0 is the oldest one."""
    return (head >> HEAD_BITS) + (2 * number if head & PLACED else number)


@kernel
def more_at(edges: Edges, head: int, number: int) -> int:
    """How many edges more there are up to a patch than the snapshot's row has."""
    if not head & PLACED:
        return number + 1
    more = int(edges.patches[entry_of(head, number) + 1].stamp)
    return more - (1 << 32) if more >> 31 else more


@kernel
def older_at(edges: Edges, row: int, head: int, number: int) -> int:
    """How many edges of the snapshot's row are older than a patch."""
    if not head & PLACED:
        return base_degree(edges, row)
    return int(edges.patches[entry_of(head, number) + 1].other)


@kernel
def more_of(edges: Edges, head: int) -> int:
    """How many edges more a row has than the snapshot's."""
    count = head & COUNT_MASK
    return more_at(edges, head, count - 1) if count else 0


@kernel
def degree(edges: Edges, row: int) -> int:
    """Edges of a row; 0 beyond the last."""
    return base_degree(edges, row) + more_of(edges, head_of(edges, row))


@kernel
def degrees(edges: Edges, count: int) -> NDArray[np.int64]:
    """``(count,)`` edges of the first rows."""
    found = np.empty(count, np.int64)
    for row in range(count):
        found[row] = degree(edges, row)
    return found


@kernel
def degrees_of(edges: Edges, rows: NDArray[np.int32]) -> NDArray[np.int64]:
    """``(k,)`` edges of these rows."""
    found = np.empty(len(rows), np.int64)
    for at in range(len(rows)):
        found[at] = degree(edges, rows[at])
    return found


@kernel
def edge_at(edges: Edges, row: int, place: int) -> tuple[int, int]:
    """The edge at a place of a row, newest first: the row at its other end, and its stamp (0 where not timed).

    ``place`` is in ``[0, degree)``. O(log patches of the row).
    """
    head = head_of(edges, row)
    return _patched_at(edges, row, head, base_degree(edges, row) + more_of(edges, head) - 1 - place)


@kernel
def _patched_at(edges: Edges, row: int, head: int, wanted: int) -> tuple[int, int]:
    """The edge with ``wanted`` older ones."""
    count = head & COUNT_MASK
    low, high = 0, count
    if not head & PLACED:  # all of them are newer than the snapshot's, so that nothing has to be looked for
        low = min(max(wanted - base_degree(edges, row) + 1, 0), count)
        high = low
    while low < high:
        middle = (low + high) >> 1
        more = more_at(edges, head, middle)
        before = more - 1 if edges.patches[entry_of(head, middle)].other >= 0 else more + 1
        if older_at(edges, row, head, middle) + before <= wanted:
            low = middle + 1
        else:
            high = middle
    more = 0
    if low:
        more = more_at(edges, head, low - 1)
        patch = edges.patches[entry_of(head, low - 1)]
        if patch.other >= 0 and older_at(edges, row, head, low - 1) + more - 1 == wanted:
            return int(patch.other), int(patch.stamp)
    older = wanted - more
    if older < 0 or older >= base_degree(edges, row):  # only where the row shrank since its degree was asked for
        return -1, 0
    edge = edges.indptr[row + 1] - 1 - older
    return int(edges.indices[edge]), int(edges.stamps[edge]) if edges.timed else 0


@kernel
def newest(edges: Edges, row: int, most: int) -> tuple[NDArray[np.int32], NDArray[np.uint32]]:
    """The newest edges of a row, at most ``most``: rows at the other end, and stamps, which are empty where not timed.

    A row without patches is given as it lies in the snapshot, not copied.
    """
    head = head_of(edges, row)
    if head == 0:
        if row < 0 or row >= len(edges.indptr) - 1:
            return edges.indices[0:0], edges.stamps[0:0]
        start = edges.indptr[row]
        end = min(edges.indptr[row + 1], start + most)
        return edges.indices[start:end], edges.stamps[start:end] if edges.timed else edges.stamps[0:0]
    count = min(most, base_degree(edges, row) + more_of(edges, head))
    others = np.empty(count, np.int32)
    stamps = np.empty(count if edges.timed else 0, np.uint32)
    _copy_newest(edges, row, head, others, stamps)
    return others, stamps


@kernel
def _copy_newest(edges: Edges, row: int, head: int, others: NDArray[np.int32], stamps: NDArray[np.uint32]) -> None:
    """Merge the snapshot's row and its patches from the newest edge on, until ``others`` is full."""
    number = (head & COUNT_MASK) - 1
    base = base_degree(edges, row)
    end = edges.indptr[row + 1] if base else 0
    older = base  # edges of the snapshot's row that have not been looked at
    done = 0
    while done < len(others):
        if number >= 0:
            patch = edges.patches[entry_of(head, number)]
            place = older_at(edges, row, head, number)
            if patch.other < 0 and place == older - 1:
                older -= 1
                number -= 1
                continue
            if patch.other >= 0 and place == older:
                others[done] = patch.other
                if edges.timed:
                    stamps[done] = patch.stamp
                number -= 1
                done += 1
                continue
        edge = end - older
        others[done] = edges.indices[edge]
        if edges.timed:
            stamps[done] = edges.stamps[edge]
        older -= 1
        done += 1


@kernel
def ends(edges: Edges, row: int, most: int, last: bool) -> tuple[NDArray[np.int32], NDArray[np.uint32]]:
    """As `newest`; with ``last`` the edges at the other end of the row, in the row's order."""
    if not last:
        return newest(edges, row, most)
    count = degree(edges, row)
    if count > most and head_of(edges, row) == 0:
        end = edges.indptr[row + 1]
        return edges.indices[end - most : end], edges.stamps[end - most : end] if edges.timed else edges.stamps[0:0]
    if count <= most:
        return newest(edges, row, most)
    others = np.empty(most, np.int32)
    stamps = np.empty(most if edges.timed else 0, np.uint32)
    for at in range(most):
        other, stamp = edge_at(edges, row, count - most + at)
        others[at] = other
        if edges.timed:
            stamps[at] = stamp
    return others, stamps
