"""Compiled look-ups of the facts that reasons state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel
from graph.snapshot.actions import CODE_BITS, CODE_MASK
from graph.snapshot.kernels_row import Edges, degree, newest
from recommend.sources.kernels import Rows, Stamps, Table, add, slot_of

EVERYTHING = 1 << 40


@kernel
def counts(stamp: int, mask: np.uint64) -> bool:
    """Whether an action with this stamp counts."""
    return bool((mask >> np.uint64(stamp & CODE_MASK)) & np.uint64(1))


@kernel
def meetings(
    edges: Edges,
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
        edges: not timed when every edge counts.
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
        others, stamps = newest(edges, seeds[at], EVERYTHING)
        for edge in range(len(others)):
            seen += 1
            if seen > most:
                return from_at[:count].copy(), to_at[:count].copy(), found[:count].copy(), False
            if edges.timed and not counts(stamps[edge], mask):
                continue
            entry = table[slot_of(table, mark, others[edge])]
            if entry.mark != mark:
                continue
            if count == room:
                room *= 2
                from_at = np.append(from_at, np.empty(count, np.int32))
                to_at = np.append(to_at, np.empty(count, np.int32))
                found = np.append(found, np.empty(count, np.uint32))
            from_at[count] = at
            to_at[count] = entry.cause
            found[count] = stamps[edge] if edges.timed else np.uint32(0)
            count += 1
    return from_at[:count].copy(), to_at[:count].copy(), found[:count].copy(), True


@kernel
def shared_people(
    edges: Edges,
    anchors: Rows,
    rows: Rows,
    silent: NDArray[np.bool_],
    left_out: int,
    mask: np.uint64,
    most: int,
    table: Table,
    used: Rows,
    mark: int,
) -> NDArray[np.int32]:
    """How many distinct people did something that counts with both products.

    Args:
        edges: product → person.
        anchors: ``(a,)`` products, ``a <= 31``.
        rows: ``(r,)`` products.
        silent: ``(n,)`` people who are not counted.
        left_out: somebody who is not counted either: who asks.
        mask: codes that count.
        most: edges looked at of each product.
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
        others, stamps = newest(edges, anchor, most)
        for edge in range(len(others)):
            person = others[edge]
            if person == left_out or (person < len(silent) and silent[person]) or not counts(stamps[edge], mask):
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
        others, stamps = newest(edges, row, most)
        for edge in range(len(others)):
            if not counts(stamps[edge], mask):
                continue
            entry = table[slot_of(table, mark, others[edge])]
            if entry.mark != mark or entry.seed == at:
                continue
            entry.seed = at
            for anchor_at in range(len(anchors)):
                shared[at, anchor_at] += entry.count >> anchor_at & 1
    return shared


@kernel
def people_by_code(
    edges: Edges,
    row: int,
    since: int,
    kinds: Rows,
    mask: np.uint64,
    most: int,
    table: Table,
    used: Rows,
    mark: int,
) -> tuple[NDArray[np.int64], bool]:
    """Distinct people who did each kind of counting action with one product since a minute.

    Args:
        edges: product → person.
        row: the product.
        since: earliest minute that counts; 0 counts actions without a time as well.
        kinds: ``(64,)`` kind of action by code, below 31.
        mask: codes that count.
        most: edges looked at.
        table: a tally with room for ``newest`` people.
        used: its slots.
        mark: of this question.

    Returns:
        ``(31,)`` people by kind, and whether all edges were seen.
    """
    reached = 0
    people = np.zeros(31, np.int64)
    others, stamps = newest(edges, row, most)
    for edge in range(len(others)):
        if (stamps[edge] >> CODE_BITS) < since:
            return people, True
        if not counts(stamps[edge], mask):
            continue
        before = reached
        reached = add(table, used, reached, mark, others[edge], -2, 1.0, 0)
        entry = table[slot_of(table, mark, others[edge])]
        if reached > before:
            entry.count = 0
        bit = 1 << kinds[stamps[edge] & CODE_MASK]
        if entry.mark == mark and entry.count & bit == 0:
            entry.count |= bit
            people[kinds[stamps[edge] & CODE_MASK]] += 1
    return people, degree(edges, row) <= most


@kernel
def most_common(
    edges: Edges,
    rows: Rows,
    since: int,
    kinds: Rows,
    mask: np.uint64,
    most: int,
    table: Table,
    used: Rows,
    first_mark: int,
) -> tuple[Rows, NDArray[np.int64], NDArray[np.bool_]]:
    """What most people did with each product, as `people_by_code` counts it.

    Returns:
        ``(r,)`` kinds of action, how many people, and whether all edges were seen; the lowest kind of equal ones.
    """
    chosen = np.zeros(len(rows), np.int32)
    found = np.zeros(len(rows), np.int64)
    complete = np.zeros(len(rows), np.bool_)
    for at in range(len(rows)):
        room = 16  # a part of the tally that fits the row stays in the processor's caches
        while room < 2 * min(degree(edges, rows[at]), most) and room < len(table):
            room *= 2
        part = table[:room]
        people, complete[at] = people_by_code(edges, rows[at], since, kinds, mask, most, part, used, first_mark + at)
        chosen[at] = people.argmax()
        found[at] = people[chosen[at]]
    return chosen, found, complete
