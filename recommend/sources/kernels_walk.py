"""Random walk with restart over people and products, several walkers in step."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel
from graph.snapshot.actions import CODE_MASK
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
def _visit(table: Table, used: Rows, reached: int, mark: int, row: int, pin: int) -> int:
    """Count a visit; ``score`` sums the roots of the visits from earlier pins, ``count`` those from this one."""
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
        entry.seed = pin
        entry.count = 0
        entry.cause = -1
        entry.cause_score = 0.0
    elif entry.seed != pin:
        _settle(table, slot)
        entry.seed = pin
        entry.count = 0
    entry.count += 1
    return reached


@kernel
def _visits(table: Table, mark: int, row: int) -> int:
    """Visits from the pin that walks now; 0 when the tally was full."""
    entry = table[slot_of(table, mark, row)]
    return int(entry.count) if entry.mark == mark else 0


@kernel
def _settle(table: Table, slot: int) -> None:
    """Add the root of the last pin's visits to the score; the pin with most visits is the cause."""
    entry = table[slot]
    entry.score += math.sqrt(entry.count)
    if entry.count > entry.cause_score:
        entry.cause_score = entry.count
        entry.cause = entry.seed


@kernel
def _draw(indptr: NDArray[np.int64], rows: Rows, edges: NDArray[np.int64], state: np.uint64) -> np.uint64:
    """For each walker a random edge of its row, or -1 where it has none; the loads do not wait for each other."""
    for w in range(WALKERS):
        row = max(rows[w], 0)
        start = indptr[row]
        degree = indptr[row + 1] - start
        state += STEP
        edges[w] = start + pick(mixed(state), degree) if degree else -1
    return state


@kernel
def _counts(stamps: Stamps, edge: int, mask: np.uint64) -> bool:
    return len(stamps) == 0 or bool((mask >> np.uint64(stamps[edge] & CODE_MASK)) & np.uint64(1))


@kernel
def _to_people(
    edges: NDArray[np.int64],
    indices: Rows,
    stamps: Stamps,
    mask: np.uint64,
    barred: Rows,
    silent: NDArray[np.bool_],
    people: Rows,
) -> None:
    """Move the walkers that stand at a product along their edges, where these count."""
    for w in range(WALKERS):
        if people[w] >= 0 or edges[w] < 0 or not _counts(stamps, edges[w], mask):
            continue
        person = indices[edges[w]]
        if len(silent) and silent[person]:
            continue
        if len(barred) == 0 or not _barred(barred, person):
            people[w] = person


@kernel
def _to_products(
    edges: NDArray[np.int64], indices: Rows, stamps: Stamps, mask: np.uint64, people: Rows, products: Rows
) -> None:
    """Move the walkers that stand at a person along their edges, where these count."""
    for w in range(WALKERS):
        if people[w] >= 0 and _counts(stamps, edges[w], mask):
            products[w] = indices[edges[w]]
            people[w] = ARRIVED


@kernel
def pin_shares(indptr: NDArray[np.int64], pins: Rows, pin_scores: Floats) -> NDArray[np.float64]:
    """``(s,)`` each pin's share of the steps: score times the logarithm of its degree; sum 1, or all 0."""
    shares = np.zeros(len(pins), np.float64)
    for at in range(len(pins)):
        if 0 <= pins[at] < len(indptr) - 1:
            shares[at] = pin_scores[at] * math.log(1.0 + (indptr[pins[at] + 1] - indptr[pins[at]]))
    total = shares.sum()
    return shares / total if total > 0 else shares


@kernel
def walk(
    out_indptr: NDArray[np.int64],
    out_indices: Rows,
    out_stamps: Stamps,
    in_indptr: NDArray[np.int64],
    in_indices: Rows,
    in_stamps: Stamps,
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
        out_indptr: person → product, with ``out_indices`` and ``out_stamps``.
        out_indices: products.
        out_stamps: empty when every edge counts; else an edge counts when ``mask`` has the bit of its code.
        in_indptr: product → person, with ``in_indices`` and ``in_stamps``.
        in_indices: people.
        in_stamps: as ``out_stamps``.
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
    shares = pin_shares(in_indptr, pins, pin_scores)
    products, people = np.empty(WALKERS, np.int32), np.empty(WALKERS, np.int32)
    edges = np.empty(WALKERS, np.int64)
    bound = np.uint64(restart * 4294967296.0)
    reached = 0
    for at in range(len(pins)):
        rounds = math.ceil(steps * shares[at] / WALKERS)
        products[:] = pins[at]
        people[:] = ARRIVED
        visited_enough = 0
        state = mixed(seed + np.uint64(at + 1) * STEP)
        for _ in range(rounds):
            state = _draw(in_indptr, products, edges, state)
            _to_people(edges, in_indices, in_stamps, mask, barred, silent, people)
            state = _draw(out_indptr, people, edges, state)
            moving = people >= 0
            _to_products(edges, out_indices, out_stamps, mask, people, products)
            for w in range(WALKERS):
                if moving[w] and people[w] == ARRIVED:
                    reached = _visit(table, used, reached, mark, products[w], pins[at])
                    visited_enough += _visits(table, mark, products[w]) == enough_visits
                    state += STEP
                    if mixed(state) & LOW_BITS < bound:
                        products[w] = pins[at]
            if enough_visits and visited_enough >= enough_rows:
                break
    for at in range(reached):
        _settle(table, used[at])
        table[used[at]].score *= table[used[at]].score
    return reached
