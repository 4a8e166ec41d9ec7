"""The source that goes by what products look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graph.snapshot.view import LiveView
from recommend.query import NOBODY, Candidates, RecommendationQuery

SPARE = 100
"""Products asked for beyond those wanted, as some of them may not be offered."""


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Products whose pictures look like those of the page's product; nothing before `tastegraph images fit`.

    Works for products that nobody has yet. By perceptual hash it finds nearly the same picture; by the vectors of a
    network that was given, also what only resembles it.
    """

    name: ClassVar[str] = "look_alike"
    targets: ClassVar[tuple[tuple[str, str], ...]] = (("Product", "Product"),)

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:  # noqa: ARG002
        """Score is the cosine of the two most alike pictures, or, by hash, how many bits agree beyond chance."""
        looks = query.prepared.looks
        if looks is None or query.product_row == NOBODY:
            return Candidates.none(self.name)
        rows, scores = looks.like(query.product_row, limit + SPARE)
        left_out = np.isin(rows, query.known)
        left_out[rows < len(query.hidden)] |= query.hidden[rows[rows < len(query.hidden)]]
        rows, scores = rows[~left_out][:limit], scores[~left_out][:limit]
        return Candidates(rows, scores, np.full(len(rows), query.product_row, np.int32), self.name)
