"""The source that knows what people take along with what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graph.snapshot.actions import codes_of
from graph.snapshot.view import LiveView
from recommend.query import Candidates, Floats, RecommendationQuery
from recommend.sources import kernels_basket
from recommend.sources.scratch import SCRATCH
from recommend.sources.steps import best

BOUGHT = codes_of(("bought",))


@dataclass(frozen=True, slots=True)
class BoughtTogether:
    """Products that people bought at about the same time as the page's, or as those in the basket."""

    name: ClassVar[str] = "bought_together"
    targets: ClassVar[tuple[tuple[str, str], ...]] = (("Product", "Product"),)
    hours: float = 24.0
    """Two purchases of one person that are at most so far apart belong together."""
    anchors: int = 20
    """Products of the basket that are looked at."""
    people: int = 200
    """Newest times that each was bought."""
    fan_out: int = 200
    """Newest actions of each of them that are looked at."""
    caution: float = 10.0
    """Actions added to those on each product before it is said how many of them took it along: the more, the less
    weighs what a few did."""

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:
        """Score is how often it was taken along over the root of all actions on it; the cause is what it goes with.

        Where nothing is ever bought, the other actions that count make a basket. Actions without a time make none.
        """
        anchors = query.anchors[: self.anchors]
        if not len(anchors):
            return Candidates.none(self.name)
        tally = SCRATCH.targets
        mark = tally.begin(len(anchors) * self.people * 8)
        reached = kernels_basket.along(
            view.actions.into.edges(),
            view.actions.out.edges(),
            np.array(anchors),
            np.array(query.anchor_scores[: self.anchors]),
            np.unique(np.append(query.barred, np.int32(query.user_row))).astype(np.int32),
            query.prepared.silent_people,
            self._counted(view, query),
            round(self.hours * 60),
            self.people,
            self.fan_out,
            tally.table,
            tally.used,
            mark,
        )
        rows, scores, because, _ = best(tally, reached, query, max(reached, 1))
        scores = scores / np.sqrt(view.actions.into.degrees(rows) + np.float32(self.caution))
        order = np.lexsort((rows, -scores))[:limit]
        return Candidates(rows[order], scores[order].astype(np.float32), because[order], self.name)

    @staticmethod
    def _counted(view: LiveView, query: RecommendationQuery) -> Floats:
        weights: Floats = query.actions.weights
        bought = np.flatnonzero(BOUGHT)
        has_bought = any(int(view.kinds_present) >> int(code) & 1 for code in bought)
        return np.where(BOUGHT, 1, 0).astype(np.float32) if has_bought else weights
