"""How a placement is answered: which sources are asked, what each is worth, what fills a page that stays short."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from graph.snapshot.csr import read_only
from recommend import kernels
from recommend.answers.attribution import Attribution
from recommend.placements import Placement, Placements
from recommend.query import NOBODY, CandidateSource, RecommendationQuery, Rows
from recommend.rank.fusion import Ranked, WeightedFusion, joined
from recommend.rerank.diversity import Diversity

if TYPE_CHECKING:
    from recommend.pipeline import PipelineSettings

CATALOGUE = "catalogue"
"""What items came from that no source found: all that may be offered, newest first."""


@dataclass(frozen=True, slots=True)
class Way:
    """A placement joined with the service's settings.

    Attributes:
        placement: as it was said.
        sources: that are asked.
        fusion: what each one's word is worth.
        diversity: how categories and brands are spaced out.
        fallback: sources that fill what is left empty.
        fallback_fusion: what each one's word is worth there.
    """

    placement: Placement
    sources: tuple[CandidateSource, ...]
    fusion: WeightedFusion
    diversity: Diversity
    fallback: tuple[CandidateSource, ...]
    fallback_fusion: WeightedFusion


class Ways:
    """The ways of all placements; each is made at the first question after a change."""

    def __init__(self, settings: PipelineSettings) -> None:
        self._settings = settings
        self._of: Placements | None = None
        self._made: dict[tuple[str, str | None], Way] = {}
        self.plain = replace(self._make(Placement()), sources=settings.sources)

    def of(self, placements: Placements, name: str, user_id: str | None) -> tuple[Way, Attribution]:
        """How a placement is answered for somebody, and which arm of its experiment that is.

        Raises:
            UnknownPlacement: there is none of that name.
        """
        if placements is not self._of:
            self._of, self._made = placements, {}
        placement = placements.of(name)
        said = Attribution(name)
        if placement.experiment is not None and user_id is not None:
            arm = placement.experiment.arm_of(user_id)
            said = Attribution(name, placement.experiment.name, arm)
            placement = placements.arms[name, arm]
        found = self._made.get((name, said.arm))
        if found is None:
            found = self._made[name, said.arm] = self._make(placement)
        return found, said

    def _make(self, placement: Placement) -> Way:
        given = self._settings
        named = {each.name: each for each in given.sources}
        weights = {**given.fusion.weights, **placement.sources}
        able = placement.able(given.sources)
        return Way(
            placement,
            able,
            replace(given.fusion, weights=weights),
            given.diversity if placement.diversity is None else placement.diversity.diversity(),
            tuple(named[name] for name in placement.fallback if name in named and named[name] not in able),
            replace(given.fusion, weights=dict(placement.fallback)),
        )


def still_offered(ranked: Ranked, query: RecommendationQuery) -> Ranked:
    """What of a slate that was ranked earlier may be offered now."""
    good = ~np.isin(ranked.rows, query.known)
    maskable = ranked.rows < len(query.hidden)
    good[maskable] &= ~query.hidden[ranked.rows[maskable]]
    return ranked if good.all() else ranked.taken(np.flatnonzero(good).astype(np.int32))


def filled(ranked: Ranked, query: RecommendationQuery, way: Way, wanted: int, offered: int) -> Ranked:
    """The same products, and behind them others that may be offered, as long as there are any.

    Args:
        ranked: what the placement's sources found.
        query: what they were asked.
        way: names the sources that are asked now.
        wanted: products in all.
        offered: most candidates of one source.
    """
    if len(ranked.rows) < wanted and way.fallback:
        rest = replace(query, known=_with(query.known, ranked.rows))
        offers = [each.candidates(query.prepared.view, rest, offered) for each in way.fallback]
        ranked = _behind(ranked, way.fallback_fusion.rank(offers, rest, wanted - len(ranked.rows)))
    if len(ranked.rows) < wanted:
        known = np.sort(_with(query.known, ranked.rows))
        count = query.prepared.view.count("Product")
        rows = kernels.newest_admitted(count, read_only(query.hidden), known, wanted - len(ranked.rows))
        nobody = np.full(len(rows), NOBODY, np.int32)
        falling = (1 - np.arange(len(rows)) / (len(rows) + 1)).astype(np.float32)
        ranked = _behind(ranked, Ranked(rows, falling, nobody, np.ones(len(rows), np.int32), (CATALOGUE,)))
    return ranked


def _with(known: Rows, rows: Rows) -> Rows:
    return np.concatenate([known, rows]).astype(np.int32)


def _behind(first: Ranked, rest: Ranked) -> Ranked:
    """One slate out of two; the second one's scores are pressed below the first one's last."""
    if not len(rest.rows):
        return first
    last = float(first.scores[-1]) if len(first.rows) else 1.0
    return joined([first, replace(rest, scores=(rest.scores * np.float32(last / 2)).astype(np.float32))])
