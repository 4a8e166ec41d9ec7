"""Compiled steps that candidate sources are made of: spreading along edges, and taking the best of what was reached.

What a query reaches is counted in a *tally*: an open-addressing table of small records, so that a query costs
what it touches, not what the graph holds. A record belongs to the current query when its ``mark`` is the
query's; nothing is cleared between queries. Rows carry their stamps as `graph.snapshot.actions` packs them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel
from graph.snapshot.actions import CODE_BITS, CODE_MASK
from graph.snapshot.kernels_row import Edges, degree, newest

Rows = NDArray[np.int32]
Floats = NDArray[np.float32]
Stamps = NDArray[np.uint32]
Table = NDArray[Any]

ENTRY = np.dtype(
    [
        ("row", np.int32),
        ("mark", np.int32),
        ("score", np.float32),
        ("seed", np.int32),
        ("seed_score", np.float32),
        ("count", np.int32),
        ("cause", np.int32),
        ("cause_score", np.float32),
    ]
)
"""One reached row: 32 bytes, half a cache line. ``seed`` is the last one that reached it, ``count`` how many did."""

SCAN_FACTOR = 4
"""Edges looked at for each one that may count: bounds the cost at a node whose edges mostly do not."""

UNKNOWN_AGE = np.float32(1 / 16)
"""What an action without a time is worth beside one of today: as if four half-lives old."""

_LAST_ROW = np.uint32(0xFFFFFFFF)

_HASH = np.uint32(2654435769)  # 2^32 / golden ratio: Knuth's multiplicative hash


@kernel
def slot_of(table: Table, mark: int, row: int) -> int:
    """Where the tally keeps this row: its entry, or the free one that it would take."""
    mask = np.uint32(len(table) - 1)
    slot = (np.uint32(row) * _HASH >> np.uint32(8)) & mask
    while table[slot].mark == mark and table[slot].row != row:
        slot = (slot + np.uint32(1)) & mask
    return int(slot)


@kernel
def edge_weight(stamp: int, weights: Floats, half_lives: Floats, now: int) -> float:
    """Weight of one action, faded by its age; 0 when it does not count."""
    code = stamp & CODE_MASK
    weight = weights[code]
    if weight <= 0:
        return 0.0
    minutes = stamp >> CODE_BITS
    if minutes == 0:
        return float(weight if now == 0 else weight * UNKNOWN_AGE)
    age = now - minutes
    if age <= 0:
        return float(weight)
    return float(weight * np.float32(math.exp(-0.6931472 * age / half_lives[code])))


@kernel
def add(table: Table, used: Rows, reached: int, mark: int, row: int, seed: int, score: float, cause: int) -> int:
    """Count that ``seed`` reaches ``row``; of several edges between the two the strongest counts.

    Returns:
        Distinct rows reached so far; a full tally takes no new ones.
    """
    slot = slot_of(table, mark, row)
    entry = table[slot]
    if entry.mark != mark:
        if reached == len(used):
            return reached
        used[reached] = slot
        reached += 1
        entry.row = row
        entry.mark = mark
        entry.score = 0.0
        entry.seed = -1
        entry.count = 0
        entry.cause = -1
        entry.cause_score = -1.0
    if entry.seed != seed:
        entry.seed = seed
        entry.seed_score = 0.0
        entry.count += 1
    if score > entry.seed_score:
        entry.score += score - entry.seed_score
        entry.seed_score = score
    if score > entry.cause_score or (score == entry.cause_score and cause < entry.cause):
        entry.cause_score = score
        entry.cause = cause
    return reached


@kernel
def spread(
    edges: Edges,
    seeds: Rows,
    seed_scores: Floats,
    seed_causes: Rows,
    weights: Floats,
    half_lives: Floats,
    now: int,
    fan_out: int,
    hub_power: float,
    table: Table,
    used: Rows,
    mark: int,
) -> int:
    """Follow the newest edges of each seed that count, and tally what they reach.

    Args:
        edges: newest first within a node; not timed when every edge weighs 1.
        seeds: ``(s,)`` distinct source rows; those outside the adjacency reach nothing.
        seed_scores: ``(s,)`` what each seed is worth.
        seed_causes: ``(s,)`` handed on to what it reaches: the cause of its strongest edge.
        weights: ``(64,)`` by code of the stamp.
        half_lives: ``(64,)`` minutes by code.
        now: minutes since 1970.
        fan_out: most edges followed from one seed; at most `SCAN_FACTOR` times as many are looked at.
        hub_power: a seed's edges weigh ``degree ** -hub_power``.
        table: the tally, a power of two of `ENTRY`, at least twice as long as ``used``.
        used: receives the slots taken.
        mark: of this query.

    Returns:
        How many distinct rows were reached: ``used[:reached]`` are their slots. O(s * fan_out).
    """
    reached = 0
    for at in range(len(seeds)):
        seed = seeds[at]
        count = degree(edges, seed)
        if count == 0:
            continue
        share = seed_scores[at]
        if hub_power > 0:
            share = np.float32(share * float(count) ** -hub_power)
        others, stamps = newest(edges, seed, SCAN_FACTOR * fan_out)
        followed = 0
        for edge in range(len(others)):
            score = share
            if edges.timed:
                score = np.float32(share * edge_weight(stamps[edge], weights, half_lives, now))
            if score <= 0:
                continue
            reached = add(table, used, reached, mark, others[edge], seed, score, seed_causes[at])
            followed += 1
            if followed == fan_out:
                break
    return reached


@kernel
def drop(table: Table, mark: int, rows: Rows) -> None:
    """Take rows out of the tally: they keep their slot and score nothing."""
    for at in range(len(rows)):
        entry = table[slot_of(table, mark, rows[at])]
        if entry.mark == mark:
            entry.score = 0.0


_DIGIT = 11
_DIGITS = 1 << _DIGIT


@kernel
def _keys_of(table: Table, used: Rows, reached: int, hidden: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """What may be offered as numbers that fall from best to worst: a score's bits, then the row's, turned round."""
    one = np.empty(1, np.float32)
    bits = one.view(np.uint32)
    keys = np.empty(reached, np.uint64)
    count = 0
    for at in range(reached):
        entry = table[used[at]]
        if entry.score <= 0 or (entry.row < len(hidden) and hidden[entry.row]):
            continue
        one[0] = entry.score
        keys[count] = np.uint64(bits[0]) << np.uint64(32) | np.uint64(_LAST_ROW - np.uint32(entry.row))
        count += 1
    return keys[:count]


@kernel
def largest(keys: NDArray[np.uint64], limit: int) -> NDArray[np.uint64]:
    """The ``limit`` largest of distinct numbers in any order; changes ``keys``. O(numbers), one digit after another."""
    chosen = np.empty(min(limit, len(keys)), np.uint64)
    done = 0
    left = len(keys)
    shift = 64
    counts = np.empty(_DIGITS, np.int64)
    while left > len(chosen) - done:
        shift = max(shift - _DIGIT, 0)
        counts[:] = 0
        for at in range(left):
            counts[keys[at] >> np.uint64(shift) & np.uint64(_DIGITS - 1)] += 1
        above = 0
        border = _DIGITS - 1
        while border >= 0 and above + counts[border] <= len(chosen) - done:
            above += counts[border]
            border -= 1
        kept = 0
        for at in range(left):
            key = keys[at]
            digit = np.int64(key >> np.uint64(shift) & np.uint64(_DIGITS - 1))
            if digit > border:
                chosen[done] = key
                done += 1
            elif digit == border:
                keys[kept] = key
                kept += 1
        left = kept if done < len(chosen) else 0
    for at in range(left):
        chosen[done + at] = keys[at]
    return chosen


@kernel
def best(
    table: Table, used: Rows, reached: int, hidden: NDArray[np.bool_], limit: int
) -> tuple[Rows, Floats, Rows, Rows]:
    """The best rows of a tally.

    Args:
        table: the tally.
        used: slots taken.
        reached: how many of them.
        hidden: ``(n,)`` rows that may not be offered; rows beyond its end may.
        limit: most rows returned.

    Returns:
        Rows, scores, causes and counts, each ``(k,)``, best first, ties by row; only scores above 0.
        O(reached + limit log limit).
    """
    keys = np.sort(largest(_keys_of(table, used, reached, hidden), limit))[::-1]
    mark = table[used[0]].mark if reached else 0
    rows = np.empty(len(keys), np.int32)
    scores = np.empty(len(keys), np.float32)
    causes = np.empty(len(keys), np.int32)
    counts = np.empty(len(keys), np.int32)
    for at in range(len(keys)):
        rows[at] = _LAST_ROW - np.uint32(keys[at] & np.uint64(0xFFFFFFFF))
        entry = table[slot_of(table, mark, rows[at])]
        scores[at], causes[at], counts[at] = entry.score, entry.cause, entry.count
    return rows, scores, causes, counts


@kernel
def history(
    edges: Edges,
    row: int,
    weights: Floats,
    half_lives: Floats,
    now: int,
    table: Table,
    used: Rows,
    mark: int,
) -> int:
    """Tally the newest products that one person did something with that counts, each by its strongest action."""
    reached = 0
    others, stamps = newest(edges, row, SCAN_FACTOR * len(used))
    for edge in range(len(stamps)):
        score = edge_weight(stamps[edge], weights, half_lives, now)
        if score > 0:
            reached = add(table, used, reached, mark, others[edge], row, score, others[edge])
    return reached
