"""Compiled steps of the pipeline itself: activity of all products, fusing what sources offer, spacing out likes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel
from graph.snapshot.kernels_row import Edges, newest
from recommend.sources.kernels import Floats, Rows, Table, edge_weight, slot_of

EVERYTHING = 1 << 40
_NOT_ASKED = -2
Moved = tuple[Rows, NDArray[np.uint32], NDArray[np.bool_]]
"""Rows, stamps of their edges, and whether each came or went."""


@kernel
def activity(edges: Edges, rows: Rows, weights: Floats, half_lives: Floats, now: int) -> Floats:
    """Sum of the faded weights of the actions on each of these products: ``(k,)`` float32. O(k + their actions)."""
    scores = np.zeros(len(rows), np.float32)
    for at in range(len(rows)):
        total = 0.0
        _, stamps = newest(edges, rows[at], EVERYTHING)
        for edge in range(len(stamps)):
            total += edge_weight(stamps[edge], weights, half_lives, now)
        scores[at] = total
    return scores


@kernel
def gained(moved: Moved, weights: Floats, half_lives: Floats, now: int, scores: Floats) -> None:
    """Add the faded weights of the actions that came, and take away those that went; rows beyond the end are left out.

    Args:
        moved: rows, stamps, and whether each came.
        weights: ``(64,)`` by code of the stamp.
        half_lives: ``(64,)`` minutes by code.
        now: minutes since 1970.
        scores: ``(n,)`` by row, changed.
    """
    rows, stamps, came = moved
    for at in range(len(rows)):
        if rows[at] < len(scores):
            worth = np.float32(edge_weight(stamps[at], weights, half_lives, now))
            scores[rows[at]] = max(scores[rows[at]] + (worth if came[at] else -worth), np.float32(0))


@kernel
def put_in_order(head: Rows, scores: Floats, changed: Rows, floor: float) -> Rows:
    """The best rows again after the scores of some changed.

    Args:
        head: ``(k,)`` the best rows, best first, ties by row, as they were.
        scores: ``(n,)`` as they are now; rows without a score are not listed.
        changed: ``(c,)`` distinct rows whose scores changed, best first now, ties by row.
        floor: rows with a score above this were all in ``head``; those that fell below it are left out.

    Returns:
        The best rows. O(k log c + c).
    """
    lookup = np.sort(changed)
    found = np.empty(len(head) + len(changed), np.int32)
    count, at = 0, 0
    for row in head:
        place = np.searchsorted(lookup, row)
        if place < len(lookup) and lookup[place] == row:
            continue
        while at < len(changed) and _is_before(scores, changed[at], row) and scores[changed[at]] >= floor:
            found[count] = changed[at]
            count += 1
            at += 1
        found[count] = row
        count += 1
    while at < len(changed) and scores[changed[at]] > 0 and scores[changed[at]] >= floor:
        found[count] = changed[at]
        count += 1
        at += 1
    return found[:count].copy()


@kernel
def _is_before(scores: Floats, one: int, other: int) -> bool:
    return scores[one] > 0 and (scores[one] > scores[other] or (scores[one] == scores[other] and one < other))


@kernel
def fuse(
    rows: Rows,
    scores: Floats,
    because: Rows,
    starts: NDArray[np.int64],
    weights: Floats,
    rank_constant: float,
    table: Table,
    used: Rows,
    mark: int,
) -> int:
    """Add up what sources say of each candidate.

    A source gives its candidate ``weight * (score / best score + c / (c + rank)) / 2``.

    Args:
        rows: ``(m,)`` candidates of all sources, one source after the other, each best first.
        scores: ``(m,)`` in the sources' own scales, above 0.
        because: ``(m,)`` causes, or -1.
        starts: ``(s + 1,)`` where each source's candidates begin.
        weights: ``(s,)`` what a source is worth; ``s <= 31``.
        rank_constant: ``c``: how slowly a source's say falls with the rank.
        table: a tally of `recommend.sources.kernels.ENTRY`.
        used: receives the slots taken.
        mark: of this query.

    Returns:
        How many distinct candidates there are; ``count`` of an entry has a bit set for each source that offered
        it, ``cause`` comes from the source that said most.
    """
    reached = 0
    for source in range(len(starts) - 1):
        for at in range(starts[source], starts[source + 1]):
            slot = slot_of(table, mark, rows[at])
            entry = table[slot]
            if entry.mark != mark:
                if reached == len(used):
                    continue
                used[reached] = slot
                reached += 1
                entry.row = rows[at]
                entry.mark = mark
                entry.score = 0.0
                entry.count = 0
                entry.cause = -1
                entry.cause_score = -1.0
            rank = at - starts[source]
            top = scores[starts[source]]
            share = scores[at] / top if top > 0 else 1.0
            said = weights[source] * 0.5 * (share + rank_constant / (rank_constant + rank))
            entry.score += said
            entry.count |= 1 << source
            if because[at] >= 0 and said > entry.cause_score:
                entry.cause_score = said
                entry.cause = because[at]
    return reached


@kernel
def space_out(rows: Rows, groups: Edges, others: Edges, block: int, most_groups: int, most_others: int) -> Rows:
    """An order in which no block has too many of one kind, as near to the given one as that allows.

    Args:
        rows: ``(n,)`` candidates, best first.
        groups: candidate → kind, of which the newest counts; candidates without any are of no kind.
        others: candidate → a second kind, likewise.
        block: places that count together.
        most_groups: of one kind within a block.
        most_others: of one second kind within a block.

    Returns:
        ``(n,)`` positions in the given order. A block that cannot be filled within the limits takes the best
        that is left, so nothing is lost. O(n²) at worst.
    """
    n = len(rows)
    order = np.empty(n, np.int32)
    taken = np.zeros(n, np.bool_)
    group_of, other_of = np.full(n, _NOT_ASKED, np.int32), np.full(n, _NOT_ASKED, np.int32)
    first = 0
    for place in range(n):
        while taken[first]:
            first += 1
        chosen = first
        begin = place - place % block
        for at in range(first, n):
            if taken[at]:
                continue
            if group_of[at] == _NOT_ASKED:
                group_of[at], other_of[at] = _first(groups, rows[at]), _first(others, rows[at])
            same_group = 0
            same_other = 0
            for before in range(begin, place):
                same_group += group_of[at] >= 0 and group_of[order[before]] == group_of[at]
                same_other += other_of[at] >= 0 and other_of[order[before]] == other_of[at]
            if same_group < most_groups and same_other < most_others:
                chosen = at
                break
        order[place] = chosen
        taken[chosen] = True
    return order


@kernel
def _first(edges: Edges, row: int) -> int:
    """The newest neighbour of a row, or -1."""
    others, _ = newest(edges, row, 1)
    return int(others[0]) if len(others) else -1


@kernel
def admitted(rows: Rows, hidden: NDArray[np.bool_], known: Rows, limit: int) -> Rows:
    """The first rows that may be offered.

    Args:
        rows: ``(n,)`` best first.
        hidden: ``(m,)`` rows that may not; those beyond its end may.
        known: ``(k,)`` sorted rows that may not either.
        limit: most rows returned. O(limit * log k) where few are left out.
    """
    found = np.empty(min(limit, len(rows)), np.int32)
    count = 0
    for row in rows:
        if count == len(found):
            break
        if row < len(hidden) and hidden[row]:
            continue
        at = np.searchsorted(known, row)
        if at < len(known) and known[at] == row:
            continue
        found[count] = row
        count += 1
    return found[:count].copy()


@kernel
def newest_admitted(count: int, hidden: NDArray[np.bool_], known: Rows, limit: int) -> Rows:
    """The last rows that may be offered, the newest first.

    Args:
        count: of all rows.
        hidden: ``(m,)`` rows that may not; those beyond its end may.
        known: ``(k,)`` sorted rows that may not either.
        limit: most rows returned. O(count) at worst.
    """
    found = np.empty(min(limit, count), np.int32)
    reached = 0
    for row in range(count - 1, -1, -1):
        if reached == len(found):
            break
        if row < len(hidden) and hidden[row]:
            continue
        at = np.searchsorted(known, row)
        if at < len(known) and known[at] == row:
            continue
        found[reached] = row
        reached += 1
    return found[:reached].copy()
