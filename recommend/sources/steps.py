"""The kernels' steps over adjacencies: what sources call, in arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.snapshot.actions import CODE_COUNT, Actions
from graph.snapshot.csr import Csr, read_only
from recommend.query import NOBODY, Candidates, Floats, RecommendationQuery, Rows
from recommend.sources import kernels
from recommend.sources.scratch import SCRATCH, Tally

ALIKE: Floats = np.ones(CODE_COUNT, np.float32)


def spread(
    csr: Csr,
    seeds: Rows,
    scores: Floats,
    tally: Tally,
    *,
    actions: Actions | None,
    now: int,
    fan_out: int,
    causes: Rows | None = None,
    hub_power: float = 0.0,
) -> int:
    """`kernels.spread` over an adjacency; without ``actions`` every edge weighs 1. Returns how many were reached."""
    mark = tally.begin(len(seeds) * fan_out)
    return kernels.spread(
        csr.edges(timed=actions is not None),
        np.array(seeds),
        np.array(scores),
        np.full(len(seeds), NOBODY, np.int32) if causes is None else np.array(causes),
        ALIKE if actions is None else actions.weights,
        ALIKE if actions is None else actions.half_life_minutes,
        now,
        fan_out,
        hub_power,
        tally.table,
        tally.used,
        mark,
    )


def best(
    tally: Tally, reached: int, query: RecommendationQuery, limit: int
) -> tuple[Rows, Floats, Rows, NDArray[np.int32]]:
    """The best targets of a tally that the query admits: rows, scores, causes, counts."""
    kernels.drop(tally.table, tally.mark, np.array(query.known))
    return kernels.best(tally.table, tally.used, reached, read_only(query.hidden), limit)


def best_people(
    tally: Tally, reached: int, left_out: Rows, hidden: NDArray[np.bool_], limit: int
) -> tuple[Rows, Floats, Rows, NDArray[Any]]:
    """The best people of a tally, without those who may not lead anywhere."""
    kernels.drop(tally.table, tally.mark, np.array(left_out))
    return kernels.best(tally.table, tally.used, reached, read_only(hidden), limit)


def through_people(
    out: Csr,
    people: Rows,
    scores: Floats,
    query: RecommendationQuery,
    *,
    fan_out: int,
    limit: int,
    source: str,
    causes: Rows | None = None,
    hub_power: float = 0.0,
) -> Candidates:
    """What these people did something with: score is the sum of their own scores, faded by age.

    Args:
        out: person → product.
        people: ``(p,)`` distinct.
        scores: ``(p,)`` what each is worth.
        query: says which actions count and what is left out.
        fan_out: newest actions of each that count.
        limit: most candidates.
        source: name they go by.
        causes: ``(p,)`` the product that led to each.
        hub_power: one action of a person with ``d`` of them weighs ``d ** -hub_power``.
    """
    tally = SCRATCH.targets
    reached = spread(
        out,
        people,
        scores,
        tally,
        actions=query.actions,
        now=query.now_minutes,
        fan_out=fan_out,
        causes=causes,
        hub_power=hub_power,
    )
    rows, found, because, _ = best(tally, reached, query, limit)
    return Candidates(rows, found, because, source)
