"""Compiled look-ups of the facts that reasons state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel
from graph.snapshot.actions import CODE_BITS, CODE_MASK
from recommend.sources.kernels import Rows, Stamps, Table, add, slot_of


@kernel
def counts(stamp: int, mask: np.uint64) -> bool:
    """Whether an action with this stamp counts."""
    return bool((mask >> np.uint64(stamp & CODE_MASK)) & np.uint64(1))


@kernel
def meetings(
    indptr: NDArray[np.int64],
    indices: Rows,
    stamps: Stamps,
    seeds: Rows,
    wanted: Rows,
    mask: np.uint64,
    most: int,
    table: Table,
    used: Rows,
    mark: int,
) -> tuple[Rows, Rows, Stamps, bool]:
    """Every edge that counts from one of ``seeds`` to one of ``wanted``.

    Args:
        indptr: of the adjacency.
        indices: targets.
        stamps: empty when every edge counts.
        seeds: ``(s,)`` rows.
        wanted: ``(w,)`` distinct rows at the other end.
        mask: codes that count.
        most: edges looked at in all.
        table: a tally with room for ``wanted``.
        used: its slots.
        mark: of this question.

    Returns:
        Positions in ``seeds``, positions in ``wanted`` and stamps, each ``(k,)``, and whether all edges were seen.
    """
    reached = 0
    for at in range(len(wanted)):
        reached = add(table, used, reached, mark, wanted[at], at, 1.0, at)
    room = 256
    from_at, to_at, found = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.uint32)
    count = 0
    seen = 0
    for at in range(len(seeds)):
        if seeds[at] < 0 or seeds[at] >= len(indptr) - 1:
            continue
        for edge in range(indptr[seeds[at]], indptr[seeds[at] + 1]):
            seen += 1
            if seen > most:
                return from_at[:count].copy(), to_at[:count].copy(), found[:count].copy(), False
            if len(stamps) and not counts(stamps[edge], mask):
                continue
            entry = table[slot_of(table, mark, indices[edge])]
            if entry.mark != mark:
                continue
            if count == room:
                room *= 2
                from_at = np.append(from_at, np.empty(count, np.int32))
                to_at = np.append(to_at, np.empty(count, np.int32))
                found = np.append(found, np.empty(count, np.uint32))
            from_at[count] = at
            to_at[count] = entry.cause
            found[count] = stamps[edge] if len(stamps) else np.uint32(0)
            count += 1
    return from_at[:count].copy(), to_at[:count].copy(), found[:count].copy(), True


@kernel
def shared_people(
    indptr: NDArray[np.int64],
    indices: Rows,
    stamps: Stamps,
    anchors: Rows,
    rows: Rows,
    silent: NDArray[np.bool_],
    left_out: int,
    mask: np.uint64,
    newest: int,
    table: Table,
    used: Rows,
    mark: int,
) -> NDArray[np.int32]:
    """How many distinct people did something that counts with both products.

    Args:
        indptr: product → person.
        indices: people.
        stamps: of these edges.
        anchors: ``(a,)`` products, ``a <= 31``.
        rows: ``(r,)`` products.
        silent: ``(n,)`` people who are not counted.
        left_out: somebody who is not counted either: who asks.
        mask: codes that count.
        newest: edges looked at of each product.
        table: a tally with room for ``a * newest`` people.
        used: its slots.
        mark: of this question.

    Returns:
        ``(r, a)``: people found among the newest ones of both, so at least so many.
    """
    reached = 0
    shared = np.zeros((len(rows), len(anchors)), np.int32)
    for at in range(len(anchors)):
        anchor = anchors[at]
        for edge in range(indptr[anchor], min(indptr[anchor + 1], indptr[anchor] + newest)):
            person = indices[edge]
            if person == left_out or silent[person] or not counts(stamps[edge], mask):
                continue
            before = reached
            reached = add(table, used, reached, mark, person, -2, 1.0, 0)
            entry = table[slot_of(table, mark, person)]
            if entry.mark == mark:
                if reached > before:
                    entry.count = 0
                entry.count |= 1 << at
                entry.seed = -2
    for at in range(len(rows)):
        row = rows[at]
        for edge in range(indptr[row], min(indptr[row + 1], indptr[row] + newest)):
            if not counts(stamps[edge], mask):
                continue
            entry = table[slot_of(table, mark, indices[edge])]
            if entry.mark != mark or entry.seed == at:
                continue
            entry.seed = at
            for anchor_at in range(len(anchors)):
                shared[at, anchor_at] += entry.count >> anchor_at & 1
    return shared


@kernel
def people_by_code(
    indptr: NDArray[np.int64],
    indices: Rows,
    stamps: Stamps,
    row: int,
    since: int,
    kinds: Rows,
    mask: np.uint64,
    newest: int,
    table: Table,
    used: Rows,
    mark: int,
) -> tuple[NDArray[np.int64], bool]:
    """Distinct people who did each kind of counting action with one product since a minute.

    Args:
        indptr: product → person.
        indices: people.
        stamps: of these edges.
        row: the product.
        since: earliest minute that counts; 0 counts actions without a time as well.
        kinds: ``(64,)`` kind of action by code, below 31.
        mask: codes that count.
        newest: edges looked at.
        table: a tally with room for ``newest`` people.
        used: its slots.
        mark: of this question.

    Returns:
        ``(31,)`` people by kind, and whether all edges were seen.
    """
    reached = 0
    people = np.zeros(31, np.int64)
    end = min(indptr[row + 1], indptr[row] + newest)
    for edge in range(indptr[row], end):
        if (stamps[edge] >> CODE_BITS) < since:
            return people, True
        if not counts(stamps[edge], mask):
            continue
        before = reached
        reached = add(table, used, reached, mark, indices[edge], -2, 1.0, 0)
        entry = table[slot_of(table, mark, indices[edge])]
        if reached > before:
            entry.count = 0
        bit = 1 << kinds[stamps[edge] & CODE_MASK]
        if entry.mark == mark and entry.count & bit == 0:
            entry.count |= bit
            people[kinds[stamps[edge] & CODE_MASK]] += 1
    return people, end == indptr[row + 1]
