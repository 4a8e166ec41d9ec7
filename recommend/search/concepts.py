"""Products by what they belong to: a category and all below it, a brand and its kin, a tag, an entity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import UnknownNode
from graph.snapshot.csr import Csr
from graph.snapshot.view import LiveView
from recommend.filters import Columns
from recommend.query import Candidates, Floats, RecommendationQuery, Rows
from recommend.search.index import SearchIndex
from recommend.search.kin import Kin, kin_of
from recommend.search.names import Concept

KIN = 0.5
"""Worth of a brand that is kin, beside the brand itself; times how much it is."""
POPULARITY = 0.1
"""Among products of the same concepts, how much more a popular one counts per unit of the log of its activity."""
Step = dict[str, str]


@dataclass(frozen=True, slots=True)
class Reached:
    """The products of one concept.

    Attributes:
        concept: which.
        rows: ``(k,)`` distinct products.
        worth: ``(k,)`` float32 above 0.
        kin: brands that count as the concept's own, by row.
    """

    concept: Concept
    rows: Rows
    worth: Floats
    kin: dict[int, Kin]


@dataclass(frozen=True, slots=True)
class Concepts:
    """Finds the products of concepts in one view."""

    columns: Columns
    index: SearchIndex

    @property
    def view(self) -> LiveView:
        """The graph."""
        return self.columns.view

    def asked(self, label: str, node_id: str) -> Concept:
        """The concept that is named by its id.

        Raises:
            UnknownNode: nothing has it.
        """
        row = self.view.row_of(label, node_id)
        if row < 0:
            raise UnknownNode(label, node_id)
        return Concept(label, row, "", 1.0)

    def reached(self, concept: Concept) -> Reached:
        """Its products."""
        if concept.label == "Brand":
            return self._of_brand(concept)
        if concept.label == "Category":
            tree = self.columns.subtree([self.view.id_of("Category", concept.row)])
            rows = _all(self.view.edges("Product", "IN_CATEGORY", "Category").into, tree.tolist())
        elif concept.label == "Tag":
            rows = _all(self.view.edges("Product", "TAGGED", "Tag").into, [concept.row])
        else:
            about = self.view.edges("Product", "RELATED", "Entity").into
            told = self.view.edges("Entity", "RELATED", "Product").out
            rows = np.union1d(_all(about, [concept.row]), _all(told, [concept.row])).astype(np.int32)
        rows = rows[rows < self.columns.count]
        return Reached(concept, rows, np.ones(len(rows), np.float32), {})

    def _of_brand(self, concept: Concept) -> Reached:
        into = self.view.edges("Product", "MADE_BY", "Brand").into
        worth = np.zeros(self.view.room("Product"), np.float32)
        kin = kin_of(self.view, concept.row, self.index.kin, self.index.kin_alike)
        for each in kin:
            made = _all(into, [each.row])
            worth[made] = np.maximum(worth[made], KIN * each.worth)
        worth[_all(into, [concept.row])] = 1.0
        rows = np.flatnonzero(worth[: self.columns.count]).astype(np.int32)
        return Reached(concept, rows, worth[rows], {each.row: each for each in kin})

    def candidates(
        self, reached: Sequence[Reached], query: RecommendationQuery, allowed: NDArray[np.bool_], limit: int
    ) -> Candidates:
        """The best products of these concepts: those of most of them first, then those that people do most with."""
        scores = np.zeros(self.columns.count, np.float32)
        for each in reached:
            scores[each.rows] += each.concept.share * each.worth
        popular = query.prepared.popular.scores[: len(scores)]
        scores[: len(popular)] *= 1 + POPULARITY * np.log1p(popular)
        scores[~allowed] = 0
        return best_of(scores, limit, "concept")

    def path(self, reached: Reached, row: int) -> list[Step]:
        """The edges that lead from a product to the concept."""
        concept, view = reached.concept, self.view
        product = view.id_of("Product", row)
        if concept.label == "Category":
            return self._up(product, row, concept.row)
        if concept.label == "Brand":
            brand = int(view.edges("Product", "MADE_BY", "Brand").out.neighbours(row)[0])
            return [{"from": product, "rel": "MADE_BY", "to": view.id_of("Brand", brand)}]
        target = view.id_of(concept.label, concept.row)
        if concept.label == "Tag":
            return [{"from": product, "rel": "TAGGED", "to": target}]
        if concept.row in view.edges("Product", "RELATED", "Entity").out.neighbours(row):
            return [{"from": product, "rel": "RELATED", "to": target}]
        return [{"from": target, "rel": "RELATED", "to": product}]

    def _up(self, product: str, row: int, goal: int) -> list[Step]:
        """The shortest way up the tree; ties by row."""
        above = self.view.edges("Category", "SUBCATEGORY_OF", "Category").out
        own = self.view.edges("Product", "IN_CATEGORY", "Category").out.neighbours(row).tolist()
        came: dict[int, int] = dict.fromkeys(own, -1)
        todo = list(came)
        for each in todo:
            if each == goal:
                break
            for higher in above.neighbours(each).tolist():
                if higher not in came:
                    came[higher] = each
                    todo.append(higher)
        way = [goal]
        while came[way[-1]] >= 0:
            way.append(came[way[-1]])
        ids = [self.view.id_of("Category", each) for each in reversed(way)]
        steps = [{"from": product, "rel": "IN_CATEGORY", "to": ids[0]}]
        return steps + [{"from": a, "rel": "SUBCATEGORY_OF", "to": b} for a, b in pairwise(ids)]

    def named(self, label: str, row: int) -> dict[str, Any]:
        """A concept as answers name it."""
        found = {"label": label, "id": self.view.id_of(label, row)}
        name = self.view.text(label, "name", row)
        return found | ({"name": name} if name else {})


def _all(into: Csr, rows: Sequence[int]) -> Rows:
    found = [into.neighbours(row) for row in rows if row < into.node_count]
    return np.unique(np.concatenate(found)).astype(np.int32) if found else np.zeros(0, np.int32)


def best_of(scores: Floats, limit: int, source: str) -> Candidates:
    """The rows with the highest scores above 0, ties by row."""
    rows = np.flatnonzero(scores > 0).astype(np.int32)
    if len(rows) > limit:
        bar = np.partition(scores[rows], len(rows) - limit)[len(rows) - limit]
        rows = rows[scores[rows] >= bar]
    order = np.lexsort((rows, -scores[rows]))[:limit]
    return Candidates.without_cause(rows[order], scores[rows[order]], source)
