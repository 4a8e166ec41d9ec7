"""Filtered ranks of triples, and what is said of them: the protocol of the field.

The right answer is ranked among the candidates with every other answer that is known to be right taken out
("filtered"), once with the tail asked for and once with the head. Among equal scores it gets the mean of the best and
the worst place ("realistic"), so that a model which scores everything alike gains nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.kg.graph import SIDES, KnowledgeGraph, Side
from embeddings.training import Rows

Floats = NDArray[np.float32]
Scorer = Callable[[Rows, int, Side, Rows], Floats]
"""Given nodes ``(n,)``, a relation, the side asked for and candidates ``(c,)``: scores ``(n, c)``."""

BLOCK_CELLS = 8_000_000
HITS_AT = (1, 3, 10)


@dataclass(frozen=True, slots=True)
class Ranks:
    """Ranks of triples on both sides.

    Attributes:
        kinds: ``(2 m,)`` relation rows.
        sides: ``(2 m,)`` 0 where the head was asked for, 1 where the tail was.
        ranks: ``(2 m,)`` float64 from 1 up, halves where scores are equal.
        candidates: ``(2 m,)`` int64 answers that were ranked, the right one included.
    """

    kinds: Rows
    sides: NDArray[np.int8]
    ranks: NDArray[np.float64]
    candidates: NDArray[np.int64]

    def only(self, chosen: NDArray[np.bool_]) -> Ranks:
        """Some of them."""
        return Ranks(self.kinds[chosen], self.sides[chosen], self.ranks[chosen], self.candidates[chosen])

    def metrics(self) -> dict[str, float]:
        """MRR, hits@1, 3 and 10, mean rank, and the mean rank over that of chance; empty without ranks."""
        if not len(self.ranks):
            return {}
        hits = {f"hits@{k}": float((self.ranks <= k).mean()) for k in HITS_AT}
        chance = float((self.candidates + 1).mean() / 2)
        mean = float(self.ranks.mean())
        return {"mrr": float((1 / self.ranks).mean()), **hits, "mean_rank": mean, "adjusted_mean_rank": mean / chance}


def filtered_ranks(scorer: Scorer, asked: KnowledgeGraph, known: KnowledgeGraph, *, typed: bool) -> Ranks:
    """Rank both sides of every triple of ``asked``.

    Args:
        scorer: the model.
        asked: the triples that are ranked.
        known: all triples that are right, those of ``asked`` included; they are taken out of the others' way.
        typed: rank among nodes that may stand there (`KnowledgeGraph.candidates`) rather than among all that occur.

    Returns:
        Grouped by relation and side.
    """
    everything = np.flatnonzero(known.degrees).astype(np.int32)
    parts = []
    for kind in np.unique(asked.kinds).tolist():
        heads, tails = asked.of_relation(kind)
        for side in SIDES:
            given, right = (heads, tails) if side == "tail" else (tails, heads)
            among = known.candidates(kind, side) if typed else everything
            ranks, counts = _ranks(scorer, known, kind, side, given, right, np.union1d(among, right).astype(np.int32))
            parts.append((np.full(len(ranks), kind), np.full(len(ranks), SIDES.index(side)), ranks, counts))
    columns = [np.concatenate([part[at] for part in parts] or [np.empty(0)]) for at in range(4)]
    return Ranks(
        columns[0].astype(np.int32),
        columns[1].astype(np.int8),
        columns[2].astype(np.float64),
        columns[3].astype(np.int64),
    )


def _ranks(
    scorer: Scorer, known: KnowledgeGraph, kind: int, side: Side, given: Rows, right: Rows, among: Rows
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    places = np.searchsorted(among, right)
    answers = known.known(kind, side)
    ranks, counts = np.empty(len(given)), np.empty(len(given), np.int64)
    block = max(1, BLOCK_CELLS // max(1, len(among)))
    for start in range(0, len(given), block):
        rows = slice(start, start + block)
        scores = np.array(scorer(given[rows], kind, side, among), np.float32)
        own = np.take_along_axis(scores, places[rows, None], axis=1)
        hidden = answers[given[rows]]
        line = np.repeat(np.arange(len(scores)), np.diff(hidden.indptr))
        column = np.searchsorted(among, hidden.indices)
        inside = (column < len(among)) & (among[np.minimum(column, len(among) - 1)] == hidden.indices)
        kept = np.ones(scores.shape, np.bool_)
        kept[line[inside], column[inside]] = False
        kept[np.arange(len(scores)), places[rows]] = True
        better = ((scores > own) & kept).sum(1)
        equal = ((scores == own) & kept).sum(1)
        ranks[rows], counts[rows] = better + (equal + 1) / 2, kept.sum(1)
    return ranks, counts


def by_relation(ranks: Ranks, known: KnowledgeGraph) -> Mapping[str, dict[str, float]]:
    """Metrics of each relation, both sides together."""
    return {known.relations[kind].name: ranks.only(ranks.kinds == kind).metrics() for kind in np.unique(ranks.kinds)}
