"""Sources that ask a trained model's tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from graph.snapshot.view import LiveView
from recommend.query import NOBODY, Candidates, RecommendationQuery

FROM_ANYWHERE = (("User", "Product"), ("Product", "Product"))


def _nearest(model_name: str, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:
    model = query.prepared.models.get(model_name)
    if model is None or (query.vector is not None and query.vector_model != model_name):
        return Candidates.none(model_name)
    if query.vector is not None:
        rows, scores = model.nearest(query.vector, query.hidden, query.known, limit)
        return Candidates.without_cause(rows, scores, model_name)
    user_row = query.user_row if query.product_row == NOBODY else NOBODY
    acted_since = user_row != NOBODY and view.actions.out.is_patched(user_row)
    vector = model.vector_of(user_row, query.anchors, query.anchor_scores, acted_since=acted_since)
    if vector is None:
        return Candidates.none(model_name)
    rows, scores = model.nearest(vector, query.hidden, query.known, limit)
    return Candidates.without_cause(rows, scores, model_name)


@dataclass(frozen=True, slots=True)
class Spectral:
    """Products that the spectral filter ranks highest; nothing without a trained one."""

    name: ClassVar[str] = "spectral"
    targets: ClassVar[tuple[tuple[str, str], ...]] = FROM_ANYWHERE

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:
        """Score is the inner product of the user's vector, or the page's product's, with the product's."""
        return _nearest(self.name, view, query, limit)


@dataclass(frozen=True, slots=True)
class LightGcn:
    """Products nearest to the user in LightGCN's space; nothing without a trained one."""

    name: ClassVar[str] = "lightgcn"
    targets: ClassVar[tuple[tuple[str, str], ...]] = FROM_ANYWHERE

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:
        """Score is the inner product of the user's vector, or the page's product's, with the product's."""
        return _nearest(self.name, view, query, limit)
