"""Random walk with restart over people and products, several walkers in step."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel
from graph.snapshot.actions import CODE_MASK
from graph.snapshot.kernels_row import Edges, degree, edge_at, head_of
from recommend.sources.kernels import Floats, Rows, Stamps, Table, slot_of

WALKERS = 16
"""Walkers that move together: while one waits for memory, the others' loads are under way."""

ARRIVED = -1
"""In place of a person: the walker stands at its product."""

STEP = np.uint64(0x9E3779B97F4A7C15)
LOW_BITS = np.uint64(0xFFFFFFFF)


@kernel
def mixed(state: np.uint64) -> np.uint64:
    """The output function of splitmix64: 64 random bits from a counter."""
    z = state
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@kernel
def pick(bits: np.uint64, count: int) -> int:
    """A number in ``[0, count)`` from 32 random bits; ``count`` below 2^31."""
    return int(((bits & LOW_BITS) * np.uint64(count)) >> np.uint64(32))


@kernel
def _barred(barred: Rows, row: int) -> bool:
    at = np.searchsorted(barred, row)
    return bool(at < len(barred) and barred[at] == row)


@kernel
def _visit(table: Table, used: Rows, reached: int, mark: int, row: int, pin: int) -> tuple[int, int]:
    """Count a visit: ``score`` sums the roots of the visits from earlier pins, ``count`` those from this one.

    Returns:
        Distinct rows reached, and the visits of this one from this pin; 0 when the tally was full.
    """
    slot = slot_of(table, mark, row)
    entry = table[slot]
    if entry.mark != mark:
        if reached == len(used):
            return reached, 0
        used[reached] = slot
        reached += 1
        entry.row = row
        entry.mark = mark
        entry.score = 0.0
        entry.seed = pin
        entry.count = 0
        entry.cause = -1
        entry.cause_score = 0.0
    elif entry.seed != pin:
        _settle(table, slot)
        entry.seed = pin
        entry.count = 0
    entry.count += 1
    return reached, entry.count


@kernel
def _settle(table: Table, slot: int) -> None:
    """Add the root of the last pin's visits to the score; the pin with most visits is the cause."""
    entry = table[slot]
    entry.score += math.sqrt(entry.count)
    if entry.count > entry.cause_score:
        entry.cause_score = entry.count
        entry.cause = entry.seed


@kernel
def _draw(
    edges: Edges,
    rows: Rows,
    state: np.uint64,
    places: NDArray[np.int64],
    degrees: Rows,
    found: Rows,
    marks: Stamps,
) -> np.uint64:
    """For each walker a random edge of its row: the row at its end in ``found``, -1 without edges, and its stamp.

    Each loop loads from 16 unrelated places and decides nothing by what it loads, so that no load waits for another.
    """
    last = len(edges.indices) - 1
    last_row = len(edges.indptr) - 2
    for w in range(WALKERS):
        row = min(max(rows[w], 0), last_row)
        places[w] = edges.indptr[row]
        degrees[w] = edges.indptr[row + 1] - edges.indptr[row]
    patched = len(edges.heads) > 0
    if patched:
        for w in range(WALKERS):
            degrees[w] = degree(edges, max(rows[w], 0))
    for w in range(WALKERS):
        state += STEP
        found[w] = pick(mixed(state), degrees[w])
        places[w] = min(places[w] + found[w], last)
    if patched:
        _draw_patched(edges, rows, places, degrees, found, marks)
        return state
    if edges.timed:
        for w in range(WALKERS):
            marks[w] = edges.stamps[places[w]]
    for w in range(WALKERS):
        found[w] = edges.indices[places[w]] if degrees[w] else -1
    return state


@kernel
def _draw_patched(
    edges: Edges, rows: Rows, places: NDArray[np.int64], degrees: Rows, found: Rows, marks: Stamps
) -> None:
    """The end of `_draw` where some rows have patches; ``found`` comes in as the edge's place in its row."""
    for w in range(WALKERS):
        row = max(rows[w], 0)
        if degrees[w] == 0:
            found[w] = -1
        elif head_of(edges, row):
            other, stamp = edge_at(edges, row, found[w])
            found[w] = other
            marks[w] = stamp
        else:
            found[w] = edges.indices[places[w]]
            if edges.timed:
                marks[w] = edges.stamps[places[w]]


@kernel
def _counts(timed: bool, stamp: int, mask: np.uint64) -> bool:
    return not timed or bool((mask >> np.uint64(stamp & CODE_MASK)) & np.uint64(1))


@kernel
def _passable(person: int, barred: Rows, silent: NDArray[np.bool_]) -> bool:
    if person < 0 or (person < len(silent) and silent[person]):
        return False
    return len(barred) == 0 or not _barred(barred, person)


@kernel
def pin_shares(edges: Edges, pins: Rows, pin_scores: Floats) -> NDArray[np.float64]:
    """``(s,)`` each pin's share of the steps: score times the logarithm of its degree; sum 1, or all 0."""
    shares = np.zeros(len(pins), np.float64)
    for at in range(len(pins)):
        shares[at] = pin_scores[at] * math.log(1.0 + degree(edges, pins[at]))
    total = shares.sum()
    return shares / total if total > 0 else shares


@kernel
def walk(
    out: Edges,
    into: Edges,
    pins: Rows,
    pin_scores: Floats,
    barred: Rows,
    silent: NDArray[np.bool_],
    mask: np.uint64,
    steps: int,
    restart: float,
    enough_rows: int,
    enough_visits: int,
    seed: np.uint64,
    table: Table,
    used: Rows,
    mark: int,
) -> int:
    """Walk from products to people to products, returning to a pin ever and again, and tally the visits.

    Args:
        out: person → product; not timed when every edge counts, else an edge counts when ``mask`` has the bit of its
            code.
        into: product → person, likewise.
        pins: ``(s,)`` distinct products to start from; those without edges get no walkers.
        pin_scores: ``(s,)`` above 0; see `pin_shares`.
        barred: sorted people that no walk passes through.
        silent: ``(n,)`` mask of more such people; empty when there are none.
        mask: ``uint64`` of the codes that count.
        steps: steps in all; a step leads from a product over a person to a product. An edge that does not count
            is drawn anew at the cost of a step.
        restart: probability of returning to the pin after a step.
        enough_rows: a pin's walkers stop when so many products …
        enough_visits: … were visited so often; 0 never stops early.
        seed: of the walk; the same seed walks the same way.
        table: the tally, a power of two of `ENTRY`.
        used: receives the slots taken, at most half as many as ``table`` has.
        mark: of this query.

    Returns:
        How many distinct products were visited. Their score is ``(sum over pins of sqrt(visits))²``, their
        cause the pin that led there most. Visits to the pins themselves count too.

    Source:
        Eksombatchai et al., "Pixie", WWW 2018, algorithms 2 and 3 with the multi-hit booster of equation 3.
        We differ in that walkers restart with a fixed probability after each step rather than after a sampled
        length (the same distribution), and in that sixteen of them move in step.
    """
    if len(into.indices) == 0 and len(into.heads) == 0:
        return 0
    shares = pin_shares(into, pins, pin_scores)
    products, people, found = np.empty(WALKERS, np.int32), np.empty(WALKERS, np.int32), np.empty(WALKERS, np.int32)
    places, degrees = np.empty(WALKERS, np.int64), np.empty(WALKERS, np.int32)
    marks = np.zeros(WALKERS, np.uint32)
    bound = np.uint64(restart * 4294967296.0)
    reached = 0
    for at in range(len(pins)):
        products[:] = pins[at]
        people[:] = ARRIVED
        visited_enough = 0
        state = mixed(seed + np.uint64(at + 1) * STEP)
        for _ in range(math.ceil(steps * shares[at] / WALKERS)):
            state = _draw(into, products, state, places, degrees, found, marks)
            for w in range(WALKERS):
                if people[w] == ARRIVED and _counts(into.timed, marks[w], mask) and _passable(found[w], barred, silent):
                    people[w] = found[w]
            state = _draw(out, people, state, places, degrees, found, marks)
            for w in range(WALKERS):
                if people[w] == ARRIVED or found[w] < 0 or not _counts(out.timed, marks[w], mask):
                    continue
                people[w] = ARRIVED
                reached, visits = _visit(table, used, reached, mark, found[w], pins[at])
                visited_enough += visits == enough_visits
                state += STEP
                products[w] = pins[at] if mixed(state) & LOW_BITS < bound else found[w]
            if enough_visits and visited_enough >= enough_rows:
                break
    for at in range(reached):
        _settle(table, used[at])
        table[used[at]].score *= table[used[at]].score
    return reached
