"""The source that goes by rules of baskets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graph.snapshot.view import LiveView
from recommend.query import Candidates, RecommendationQuery


@dataclass(frozen=True, slots=True)
class Rules:
    """Products that follow by rule from the page's, or from some of the basket; nothing before `tastegraph rules fit`.

    Unlike `bought_together` it knows what goes with two or three products at once, and leaves out what is in every
    basket anyway.
    """

    name: ClassVar[str] = "rules"
    targets: ClassVar[tuple[tuple[str, str], ...]] = (("Product", "Product"),)
    anchors: int = 50
    """Products of the basket that are looked at."""

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:  # noqa: ARG002
        """Score is by how much the rule makes the product likelier than it is in any basket."""
        rules = query.prepared.rules
        if rules is None or not len(query.anchors):
            return Candidates.none(self.name)
        rows, scores, because = rules.following(query.anchors[: self.anchors])
        left_out = np.isin(rows, query.known)
        left_out[rows < len(query.hidden)] |= query.hidden[rows[rows < len(query.hidden)]]
        left_out |= scores <= 0
        rows, scores, because = rows[~left_out], scores[~left_out], because[~left_out]
        order = np.lexsort((rows, -scores))[:limit]
        return Candidates(rows[order], scores[order], because[order], self.name)
