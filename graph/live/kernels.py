"""Compiled writing of an overlay: patches of rows, made by one thread while others read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel
from graph.snapshot.actions import CODE_MASK
from graph.snapshot.kernels_row import (
    COUNT_BITS,
    COUNT_MASK,
    HEAD_BITS,
    PLACED,
    Edges,
    base_degree,
    entries,
    entry_of,
    head_of,
    more_of,
    newest,
    older_at,
)

Rows = NDArray[np.int32]
Stamps = NDArray[np.uint32]

EVERYTHING = 1 << 40
CAME, WENT = 1, 0
CLASSES = 2 * (COUNT_BITS + 2)
"""Kinds of blocks by size: see `class_size`."""
MERGED = np.dtype([("other", np.int32), ("stamp", np.uint32), ("older", np.int32)])
"""A patch while its row is written anew: as `graph.snapshot.kernels_row.PATCH`, with its place."""


@kernel
def is_older(stamp: int, other: int, than_stamp: int, than_other: int) -> bool:
    """Whether an edge lies behind another one in a row: rows have the highest stamp first, then the lowest row."""
    return stamp < than_stamp or (stamp == than_stamp and other > than_other)


@kernel
def older_in_base(edges: Edges, row: int, stamp: int, other: int) -> int:
    """How many edges of the snapshot's row are older than this one."""
    base = base_degree(edges, row)
    if base == 0:
        return 0
    end = edges.indptr[row + 1]
    low, high = 0, base
    while low < high:
        middle = (low + high) >> 1
        edge = end - 1 - middle
        at = int(edges.stamps[edge]) if edges.timed else 0
        if is_older(at, edges.indices[edge], stamp, other):
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def class_size(which: int) -> int:
    """Entries that a block of a class has room for; the classes are of 1, 2, 3, 4, 6, 8, 12, … entries."""
    if which & 1 or which == 0:
        return 1 << ((which + 1) >> 1)
    return 3 << ((which >> 1) - 1)


@kernel
def class_of(count: int) -> int:
    """The smallest class of blocks with room for so many entries."""
    found = 0
    while class_size(found) < count:
        found += 1
    return found


@kernel
def block_size(count: int) -> int:
    """Entries that a block of so many has room for."""
    return class_size(class_of(count))


@kernel
def take_block(count: int, space: NDArray[np.int64], spare: NDArray[np.int64], length: int) -> int:
    """Where a block with room for so many entries may be written; -1 when there is no room.

    ``space`` is ``[first place never used, entries in use]``. ``spare[c]`` is a list of free blocks of
    class ``c``: its length, then where they begin.
    """
    which = class_of(count)
    size = class_size(which)
    kept = spare[which, 0]
    if kept:
        spare[which, 0] = kept - 1
        return int(spare[which, kept])
    if space[0] + size > length:
        return -1
    start = space[0]
    space[0] += size
    return int(start)


@kernel
def give_back(given: NDArray[np.int64], spare: NDArray[np.int64]) -> int:
    """Put blocks that no reader can see any more onto the lists of free ones; how many found no room there."""
    lost = 0
    for at in range(len(given)):
        which = class_of(entries(given[at]))
        if spare[which, 0] + 1 < spare.shape[1]:
            spare[which, 0] += 1
            spare[which, spare[which, 0]] = given[at] >> HEAD_BITS
        else:
            lost += 1
    return lost


@kernel
def _append(
    edges: Edges,
    patches: NDArray[Any],
    row: int,
    head: int,
    others: Rows,
    stamps: Stamps,
    begin: int,
    end: int,
) -> bool:
    """Write new edges behind the row's patches where they are its newest ones and their block has room."""
    count, came = head & COUNT_MASK, end - begin
    used = entries(head)
    if count == 0 or used + used // count * came > block_size(used) or count + came > COUNT_MASK:
        return False
    last = edges.patches[entry_of(head, count - 1)]
    known = last.other if last.other >= 0 else -1 - last.other
    if is_older(stamps[begin], others[begin], last.stamp, known):
        return False
    base = base_degree(edges, row)
    if older_in_base(edges, row, stamps[begin], others[begin]) < base:
        return False
    more = more_of(edges, head)
    for at in range(came):
        entry = entry_of(head, count + at)
        patches[entry].other = others[begin + at]
        patches[entry].stamp = stamps[begin + at]
        if head & PLACED:
            _place(patches, entry, base, more + 1 + at)
    return True


@kernel
def _place(patches: NDArray[Any], entry: int, older: int, more: int) -> None:
    """Write a patch's place behind it."""
    patches[entry + 1].other = older
    patches[entry + 1].stamp = more & 0xFFFFFFFF


@kernel
def _met(edges: Edges, head: int, old: int, stamp: int, other: int, way: int) -> int:
    """The patch that a change undoes, or -1: an edge that goes had come, or one that comes again had gone."""
    for at in range(old, head & COUNT_MASK):
        patch = edges.patches[entry_of(head, at)]
        known = patch.other if patch.other >= 0 else -1 - patch.other
        if patch.stamp != stamp or known != other:
            return -1
        if (patch.other >= 0) != (way == CAME):
            return at
    return -1


@kernel
def _keep(edges: Edges, row: int, head: int, number: int, merged: NDArray[Any], made: int) -> None:
    """Take over a patch of the row."""
    patch = edges.patches[entry_of(head, number)]
    merged[made].other = patch.other
    merged[made].stamp = patch.stamp
    merged[made].older = older_at(edges, row, head, number)


@kernel
def _is_there(edges: Edges, row: int, older: int, stamp: int, other: int) -> bool:
    """Whether the snapshot's row has this edge above so many older ones."""
    if older >= base_degree(edges, row):
        return False
    edge = edges.indptr[row + 1] - 1 - older
    return edges.indices[edge] == other and (not edges.timed or edges.stamps[edge] == stamp)


@kernel
def _merge(
    edges: Edges,
    row: int,
    head: int,
    others: Rows,
    stamps: Stamps,
    ways: NDArray[np.int8],
    begin: int,
    end: int,
    merged: NDArray[Any],
) -> int:
    """The row's patches with the changes: how many there are, in ``merged``."""
    count = head & COUNT_MASK
    old = 0
    made = 0
    for at in range(begin, end):
        stamp, other = stamps[at], others[at]
        while old < count:
            patch = edges.patches[entry_of(head, old)]
            known = patch.other if patch.other >= 0 else -1 - patch.other
            if not is_older(patch.stamp, known, stamp, other):
                break
            _keep(edges, row, head, old, merged, made)
            made += 1
            old += 1
        met = _met(edges, head, old, stamp, other, ways[at])
        if met >= 0:
            while old < met:
                _keep(edges, row, head, old, merged, made)
                made += 1
                old += 1
            old = met + 1
            continue
        older = older_in_base(edges, row, stamp, other)
        if ways[at] == WENT and not _is_there(edges, row, older, stamp, other):
            continue
        merged[made].other = other if ways[at] == CAME else -1 - other
        merged[made].stamp = stamp
        merged[made].older = older
        made += 1
    while old < count:
        _keep(edges, row, head, old, merged, made)
        made += 1
        old += 1
    return made


@kernel
def _write(
    edges: Edges,
    patches: NDArray[Any],
    row: int,
    merged: NDArray[Any],
    made: int,
    space: NDArray[np.int64],
    spare: NDArray[np.int64],
) -> int:
    """Write a row's patches to a block of their own: its head; -1 when there is no room."""
    base = base_degree(edges, row)
    placed = 0
    for at in range(made):
        if merged[at].other < 0 or merged[at].older < base:
            placed = PLACED
            break
    if made == 0 or made > COUNT_MASK:
        return -1 if made else 0
    start = take_block(entries(placed | made), space, spare, len(patches))
    if start < 0:
        return -1
    head = (start << HEAD_BITS) | placed | made
    more = 0
    for at in range(made):
        entry = entry_of(head, at)
        patches[entry].other = merged[at].other
        patches[entry].stamp = merged[at].stamp
        more += 1 if merged[at].other >= 0 else -1
        if placed:
            _place(patches, entry, merged[at].older, more)
    return head


@kernel
def write_patches(
    edges: Edges,
    patches: NDArray[Any],
    rows: Rows,
    others: Rows,
    stamps: Stamps,
    ways: NDArray[np.int8],
    space: NDArray[np.int64],
    spare: NDArray[np.int64],
    changed: Rows,
    heads: NDArray[np.int64],
) -> int:
    """Write changes of rows beside what readers see; `publish` shows them.

    Args:
        edges: what readers see.
        patches: the same array as in ``edges``, to be written.
        rows: ``(k,)`` sorted; within a row the oldest change first, ties by falling ``others``.
        others: ``(k,)`` rows at the other end.
        stamps: ``(k,)``; 0 of edges without stamps.
        ways: ``(k,)`` `CAME` or `WENT`; an edge that is not there cannot go.
        space: see `take_block`.
        spare: likewise.
        changed: ``(k,)`` receives the rows that changed.
        heads: ``(k,)`` receives their new heads.

    Returns:
        How many rows changed; -1 when there is no room, and nothing may be published.
    """
    done = 0
    begin = 0
    merged = np.empty(16, MERGED)
    while begin < len(rows):
        row = rows[begin]
        end = begin + 1
        all_came = ways[begin] == CAME
        while end < len(rows) and rows[end] == row:
            all_came = all_came and ways[end] == CAME
            end += 1
        head = head_of(edges, row)
        count = head & COUNT_MASK
        if all_came and _append(edges, patches, row, head, others, stamps, begin, end):
            heads[done] = head + end - begin
        else:
            if count + end - begin > len(merged):
                merged = np.empty(2 * (count + end - begin), MERGED)
            made = _merge(edges, row, head, others, stamps, ways, begin, end, merged)
            heads[done] = _write(edges, patches, row, merged, made, space, spare)
            if heads[done] < 0:
                return -1
        changed[done] = row
        done += 1
        begin = end
    return done


@kernel
def publish(heads: NDArray[np.int64], changed: Rows, new: NDArray[np.int64], freed: NDArray[np.int64]) -> int:
    """Show what was written: from now on readers see it. How many blocks nobody needs any more: ``freed[:k]``."""
    count = 0
    for at in range(len(changed)):
        old = heads[changed[at]]
        heads[changed[at]] = new[at]
        if (old & COUNT_MASK and old >> HEAD_BITS != new[at] >> HEAD_BITS) or (old & COUNT_MASK and new[at] == 0):
            freed[count] = old
            count += 1
    return count


@kernel
def find_edges(edges: Edges, sources: Rows, targets: Rows, codes: np.uint64, found: Stamps) -> NDArray[np.bool_]:
    """``(k,)`` whether each pair has an edge with one of these codes, bit by bit; its stamp in ``found``."""
    there = np.zeros(len(sources), np.bool_)
    for at in range(len(sources)):
        others, stamps = newest(edges, sources[at], EVERYTHING)
        for edge in range(len(others)):
            if others[edge] == targets[at]:
                stamp = stamps[edge] if edges.timed else np.uint32(0)
                if (codes >> np.uint64(stamp & CODE_MASK)) & np.uint64(1):
                    there[at] = True
                    found[at] = stamp
                    break
    return there
