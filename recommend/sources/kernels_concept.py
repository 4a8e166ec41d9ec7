"""Compiled steps of the sources that go through knowledge: several kinds of edges poured into one tally."""

from __future__ import annotations

import numpy as np

from graph.compiled import kernel
from graph.snapshot.kernels_row import Edges, degree, ends
from recommend.sources.kernels import SCAN_FACTOR, Floats, Rows, Table, add, edge_weight


@kernel
def pour(
    edges: Edges,
    seeds: Rows,
    seed_scores: Floats,
    seed_causes: Rows,
    kind: int,
    weights: Floats,
    half_lives: Floats,
    now: int,
    fan_out: int,
    last_first: bool,
    table: Table,
    used: Rows,
    reached: int,
    mark: int,
) -> int:
    """As `recommend.sources.kernels.spread`, into a tally that may hold something already.

    Args:
        edges: of actions, or not timed when every edge weighs 1.
        seeds: ``(s,)`` distinct source rows; those outside the adjacency reach nothing.
        seed_scores: ``(s,)`` what each seed is worth.
        seed_causes: ``(s,)`` handed on to what it reaches.
        kind: told apart from other kinds of seeds with the same rows, 0 to 15.
        weights: ``(64,)`` by code of the stamp.
        half_lives: ``(64,)`` minutes by code.
        now: minutes since 1970.
        fan_out: most edges followed from one seed.
        last_first: begin at the end of a seed's edges: where they are in the order of rows, what came last to the
            graph comes first, so that a full category does not hide what is new.
        table: the tally.
        used: receives the slots taken.
        reached: how many rows the tally holds.
        mark: of this query.

    Returns:
        How many rows it holds now. O(s * fan_out).
    """
    for at in range(len(seeds)):
        seed = seeds[at]
        count = degree(edges, seed)
        if count == 0:
            continue
        others, stamps = ends(edges, seed, SCAN_FACTOR * fan_out, last_first)
        followed = 0
        for step in range(len(others)):
            edge = len(others) - 1 - step if last_first else step
            score = seed_scores[at]
            if edges.timed:
                score *= edge_weight(stamps[edge], weights, half_lives, now)
            if score <= 0:
                continue
            reached = add(table, used, reached, mark, others[edge], (kind << 27) | seed, score, seed_causes[at])
            followed += 1
            if followed == fan_out:
                break
    return reached


@kernel
def scale(table: Table, used: Rows, reached: int, share: np.float32, renown: Floats) -> None:
    """Multiply each reached row's score by ``1 + share * renown``; rows beyond the end keep theirs."""
    for at in range(reached):
        row = table[used[at]].row
        if row < len(renown):
            table[used[at]].score *= np.float32(1) + share * renown[row]
