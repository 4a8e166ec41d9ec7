"""A ranker that adds up what the sources say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

import numpy as np

from recommend import kernels
from recommend.query import Candidates, Floats, RecommendationQuery, Rows
from recommend.sources.scratch import SCRATCH
from recommend.sources.steps import best

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "friends": 1.0,
        "friends_of_friends": 1.0,
        "co_interaction": 0.7,
        "bought_together": 0.3,
        "rules": 0.2,
        "walk": 1.0,
        "spectral": 0.8,
        "lightgcn": 0.4,
        "concept_match": 0.6,
        "path_count": 0.6,
        "kg_neighbours": 0.2,
        "look_alike": 0.3,
        "popular_in_category": 1.2,
        "popular_in_community": 0.3,
        "popular": 0.8,
        "trending": 0.3,
        "mutual_friends": 1.0,
        "followers": 0.4,
        "taste_twins": 0.7,
        "popular_people": 0.1,
        "friends_communities": 1.0,
        "popular_communities": 0.1,
    }
)
"""What a source's word is worth; each is a setting. Chosen on validation parts (benchmark ``feed_quality``)."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates in order.

    Attributes:
        rows: ``(n,)`` best first.
        scores: ``(n,)`` falling.
        because: ``(n,)`` product rows that lead there, or `NOBODY`.
        offered_by: ``(n,)`` a bit for each of ``sources``.
        sources: names of the sources that offered anything.
    """

    rows: Rows
    scores: Floats
    because: Rows
    offered_by: Rows
    sources: tuple[str, ...]

    def names_at(self, place: int) -> list[str]:
        """The sources that offered the candidate at this place."""
        return self._named(int(self.offered_by[place]))

    def names(self) -> list[list[str]]:
        """The sources that offered each candidate, in order."""
        named = cache(self._named)
        return [[*named(bits)] for bits in self.offered_by.tolist()]

    def _named(self, bits: int) -> list[str]:
        return [name for bit, name in enumerate(self.sources) if bits >> bit & 1]

    def part(self, start: int, end: int) -> Ranked:
        """The candidates from one place to before another."""
        return self.taken(np.arange(len(self.rows), dtype=np.int32)[start:end])

    def taken(self, places: Rows) -> Ranked:
        """The candidates at these places, in that order."""
        return Ranked(
            self.rows[places], self.scores[places], self.because[places], self.offered_by[places], self.sources
        )


def joined(parts: Sequence[Ranked]) -> Ranked:
    """Slates one after the other; no product is in two of them."""
    names = tuple(dict.fromkeys(name for part in parts for name in part.sources))
    bits = []
    for part in parts:
        moved = np.zeros(len(part.rows), np.int32)
        for bit, name in enumerate(part.sources):
            moved |= (part.offered_by >> bit & 1) << names.index(name)
        bits.append(moved)
    return Ranked(
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.because for part in parts]),
        np.concatenate(bits),
        names,
    )


@dataclass(frozen=True, slots=True)
class WeightedFusion:
    """Adds up the sources' scores and ranks, each weighted."""

    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)
    """Worth of a source by name; one that is not named counts 0.1."""
    rank_constant: float = 50.0
    """How slowly a source's say falls with the rank."""

    def rank(self, offers: Sequence[Candidates], query: RecommendationQuery, limit: int) -> Ranked:
        """The best ``limit`` of all candidates; ``score`` is a share of all weights, in ``[0, 1]``."""
        offers = [each for each in offers if len(each.rows)]
        names = tuple(each.source for each in offers)
        if not offers:
            nothing = np.zeros(0, np.int32)
            return Ranked(nothing, np.zeros(0, np.float32), nothing, nothing, ())
        starts = np.zeros(len(offers) + 1, np.int64)
        np.cumsum([len(each.rows) for each in offers], out=starts[1:])
        tally = SCRATCH.targets
        mark = tally.begin(int(starts[-1]))
        weights = np.array([self.weights.get(name, 0.1) for name in names], np.float32)
        reached = kernels.fuse(
            np.concatenate([each.rows for each in offers]),
            np.concatenate([each.scores for each in offers]),
            np.concatenate([each.because for each in offers]),
            starts,
            weights / max(float(weights.sum()), 1e-9),
            self.rank_constant,
            tally.table,
            tally.used,
            mark,
        )
        rows, scores, because, offered_by = best(tally, reached, query, limit)
        return Ranked(rows, scores, because, offered_by, names)
