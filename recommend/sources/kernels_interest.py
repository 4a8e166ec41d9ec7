"""Compiled steps of the sources that go through knowledge: which concepts a person is interested in, and how much."""

from __future__ import annotations

import numpy as np

from graph.compiled import kernel
from graph.snapshot.kernels_row import Edges, degree, newest
from recommend.sources.kernels import Floats, Rows, Table, add, largest

EVERYTHING = 1 << 40
_LAST_ROW = np.uint32(0xFFFFFFFF)
Found = tuple[Rows, Floats, Rows, bool]
"""Distinct rows, what each is worth, the cause of the strongest part of it, and whether the tally's room sufficed."""


@kernel
def reach(edges: Edges, seeds: Rows, scores: Floats, causes: Rows, table: Table, used: Rows, mark: int) -> Found:
    """What the seeds' edges lead to, each worth the sum over the seeds, in the order in which it was reached.

    Args:
        edges: not timed.
        seeds: ``(s,)`` distinct rows.
        scores: ``(s,)`` what each is worth.
        causes: ``(s,)`` handed on.
        table: a tally.
        used: its slots.
        mark: of this question.

    Returns:
        As `Found`. O(edges of the seeds).
    """
    reached = 0
    for at in range(len(seeds)):
        if scores[at] <= 0:
            continue
        others, _ = newest(edges, seeds[at], EVERYTHING)
        for other in others:
            reached = add(table, used, reached, mark, other, seeds[at], scores[at], causes[at])
    rows, worth, because = np.empty(reached, np.int32), np.empty(reached, np.float32), np.empty(reached, np.int32)
    for at in range(reached):
        entry = table[used[at]]
        rows[at], worth[at], because[at] = entry.row, entry.score, entry.cause
    return rows, worth, because, reached < len(used)


@kernel
def climb(
    up: Edges,
    down: Edges,
    rows: Rows,
    scores: Floats,
    causes: Rows,
    levels: int,
    lift: np.float32,
    table: Table,
    used: Rows,
    first_mark: int,
) -> Found:
    """Interest handed up a tree and from there down again, times ``lift`` at each step.

    Args:
        up: to the parent.
        down: to the children.
        rows: ``(k,)`` distinct.
        scores: ``(k,)``.
        causes: ``(k,)``.
        levels: steps up, and steps down.
        lift: worth of each step.
        table: a tally.
        used: its slots.
        first_mark: the first of ``2 * levels`` marks.

    Returns:
        As `Found`; all parts of one row's interest added up.
    """
    mark = first_mark
    is_whole = True
    for way in range(2):
        last_rows, last_scores, last_causes = rows, scores, causes
        for _ in range(levels):
            edges = up if way == 0 else down
            lifted = (last_scores * lift).astype(np.float32)
            last_rows, last_scores, last_causes, fits = reach(edges, last_rows, lifted, last_causes, table, used, mark)
            is_whole &= fits
            mark += 1
            if not len(last_rows):
                break
            rows = np.concatenate((rows, last_rows))
            scores = np.concatenate((scores, last_scores))
            causes = np.concatenate((causes, last_causes))
        rows, scores, causes = add_up(rows, scores, causes)
    return rows, scores, causes, is_whole


@kernel
def add_up(rows: Rows, scores: Floats, causes: Rows) -> tuple[Rows, Floats, Rows]:
    """Parts of interest, one sum a row, by row; the cause is that of the largest part, of equal ones the lowest."""
    keys = np.sort(rows.astype(np.uint64) << np.uint64(32) | np.arange(len(rows)).astype(np.uint64))
    found, total, because = (
        np.empty(len(rows), np.int32),
        np.empty(len(rows), np.float32),
        np.empty(len(rows), np.int32),
    )
    count = 0
    top = np.float32(0)
    for key in keys:
        at = np.int64(key & np.uint64(_LAST_ROW))
        if count and found[count - 1] == rows[at]:
            total[count - 1] += scores[at]
            if scores[at] > top or (scores[at] == top and causes[at] < because[count - 1]):
                top, because[count - 1] = scores[at], causes[at]
            continue
        found[count], total[count], because[count] = rows[at], scores[at], causes[at]
        top = scores[at]
        count += 1
    return found[:count].copy(), total[:count].copy(), because[:count].copy()


@kernel
def rare(into: Edges, rows: Rows, scores: Floats, products: int, weight: float) -> Floats:
    """Scores times how rare each concept is, ``weight * ln(1 + products / its products)``; 0 for one without any."""
    worth = np.zeros(len(rows), np.float32)
    for at in range(len(rows)):
        count = degree(into, rows[at])
        if count > 0:
            worth[at] = scores[at] * np.log1p(products / count) * weight
    return worth


@kernel
def held_down(edges: Edges, rows: Rows, scores: Floats, weight: float) -> Floats:
    """Scores times ``weight``, divided by the root of how many edges of the next step there are."""
    worth = np.empty(len(rows), np.float32)
    for at in range(len(rows)):
        worth[at] = scores[at] * (weight / np.sqrt(max(degree(edges, rows[at]), 1)))
    return worth


@kernel
def first_ones(rows: Rows, scores: Floats, causes: Rows, most: int) -> tuple[Rows, Floats, Rows]:
    """Those worth most, best first, ties by row; none that is worth nothing. O(k + most log most)."""
    keys = np.empty(len(rows), np.uint64)
    bits = scores.view(np.uint32)
    for at in range(len(rows)):
        keys[at] = np.uint64(bits[at]) << np.uint64(32) | np.uint64(_LAST_ROW - np.uint32(rows[at]))
    chosen = np.sort(largest(keys.copy(), most))
    places = np.empty(len(chosen), np.int64)
    for at in range(len(rows)):
        place = np.searchsorted(chosen, keys[at])
        if place < len(chosen) and chosen[place] == keys[at]:
            places[len(chosen) - 1 - place] = at
    worth = scores[places]
    count = 0
    while count < len(places) and worth[count] > 0:
        count += 1
    places = places[:count]
    return rows[places], scores[places], causes[places]


@kernel
def matched(
    out: Edges,
    into: Edges,
    up: Edges,
    down: Edges,
    anchors: Rows,
    scores: Floats,
    levels: int,
    lift: np.float32,
    products: int,
    weight: float,
    most: int,
    table: Table,
    used: Rows,
    mark: int,
) -> Found:
    """The concepts of one kind that interest most: what the anchors have, along the tree, times how rare it is.

    Args:
        out: product → concept.
        into: concept → product.
        up: concept → the one above it; not looked at without ``levels``.
        down: concept → those below it.
        anchors: ``(a,)`` distinct products.
        scores: ``(a,)`` what each is worth.
        levels: as for `climb`.
        lift: as for `climb`.
        products: how many there are.
        weight: of this kind.
        most: concepts returned.
        table: a tally.
        used: its slots.
        mark: the first of ``1 + 2 * levels`` marks.

    Returns:
        As `Found`, best first, ties by row.
    """
    rows, worth, causes, is_whole = reach(out, anchors, scores, anchors, table, used, mark)
    if levels > 0:
        rows, worth, causes, fits = climb(up, down, rows, worth, causes, levels, lift, table, used, mark + 1)
        is_whole &= fits
    rows, worth, causes = first_ones(rows, rare(into, rows, worth, products, weight), causes, most)
    return rows, worth, causes, is_whole


@kernel
def passed(
    out: Edges,
    into: Edges,
    anchors: Rows,
    scores: Floats,
    weight: float,
    most: int,
    table: Table,
    used: Rows,
    mark: int,
) -> Found:
    """The concepts of one kind that most paths lead to, each held down by how many go on from it; as `matched`."""
    rows, worth, causes, is_whole = reach(out, anchors, scores, anchors, table, used, mark)
    rows, worth, causes = first_ones(rows, worth, causes, most)
    return rows, held_down(into, rows, worth, weight), causes, is_whole
