"""A reranker that moves down what is like products that the person turned down."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graph.snapshot.view import LiveView
from recommend.newcomers import ALIKE
from recommend.query import RecommendationQuery, Rows
from recommend.rank.fusion import Ranked
from recommend.rerank import kernels_aversion
from recommend.served import KNOWLEDGE_MODELS

Likeness = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Aversion:
    """Takes part of its score from a product that is more like one that was turned down than like any that was chosen.

    Likeness is the mean of what is known: the share of categories, brands and tags that two products have in common,
    rare ones counting more, and the cosine of their vectors in each trained model, where it is above 0.
    """

    strength: float = 0.5
    """Part of its score that a product loses when it is wholly like one that was turned down; 0 turns this off."""
    chosen: int = 20
    """Newest products of the person's that hold against it."""

    def rerank(self, ranked: Ranked, query: RecommendationQuery) -> Ranked:
        """The same products, those that lose behind those that do not; nothing is lost."""
        if not len(query.turned_down) or not len(ranked.rows) or self.strength <= 0:
            return ranked
        away = likeness(query, ranked.rows, query.turned_down) * query.turned_down_scores
        near = likeness(query, ranked.rows, query.anchors[: self.chosen])
        lost = np.clip(away.max(axis=1) - near.max(axis=1, initial=0), 0, 1) * np.float32(self.strength)
        kept = replace(ranked, scores=(ranked.scores * (1 - lost)).astype(np.float32))
        return kept.taken(np.argsort(-kept.scores, kind="stable").astype(np.int32))


def likeness(query: RecommendationQuery, rows: Rows, others: Rows) -> Likeness:
    """``(k, m)`` in ``[0, 1]``: how like each of ``others`` each of ``rows`` is, by all that is known of both."""
    total = np.zeros((len(rows), len(others)), np.float32)
    measures = np.zeros_like(total)
    for found, is_known in (_by_concepts(query.prepared.view, rows, others), *_by_models(query, rows, others)):
        total += found
        measures += is_known
    return np.asarray(total / np.maximum(measures, 1))


def _by_concepts(view: LiveView, rows: Rows, others: Rows) -> tuple[Likeness, NDArray[np.bool_]]:
    shared = np.zeros((len(rows), len(others)), np.float32)
    own, theirs = np.zeros(len(rows), np.float32), np.zeros(len(others), np.float32)
    for key in ALIKE:
        sides = view.edges(*key)
        if sides.out.has_edges():
            edges = sides.out.edges(timed=False), sides.into.edges(timed=False)
            kernels_aversion.meet(*edges, rows, others, view.count("Product"), shared, own, theirs)
    either = own[:, None] + theirs - shared
    found = np.minimum(shared / np.where(either > 0, either, 1), 1)
    return found, np.outer(own > 0, theirs > 0)


def _by_models(query: RecommendationQuery, rows: Rows, others: Rows) -> list[tuple[Likeness, NDArray[np.bool_]]]:
    found = []
    for model in query.prepared.models.values():
        if model.name not in KNOWLEDGE_MODELS:
            ours, theirs = _directions(model.products, rows), _directions(model.products, others)
            known = np.outer(ours.any(axis=1), theirs.any(axis=1))
            found.append((np.clip(ours @ theirs.T, 0, 1), known))
    return found


def _directions(products: NDArray[np.float32], rows: Rows) -> NDArray[np.float32]:
    """``(k, dim)`` vectors of length 1; 0 for products that the model has not seen."""
    vectors = np.zeros((len(rows), products.shape[1]), np.float32)
    known = rows < len(products)
    vectors[known] = products[rows[known]]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1))
