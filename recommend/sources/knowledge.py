"""Sources that go through what is known of products: their categories, brands, tags, entities, and one another.

All of them reach a product that nobody has done anything with yet, as soon as it is in the view with its attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graph.snapshot.csr import Adjacency, Csr
from graph.snapshot.view import LiveView
from recommend.query import NOBODY, Candidates, Floats, RecommendationQuery, Rows
from recommend.served import KNOWLEDGE_MODELS
from recommend.sources import kernels_concept, kernels_interest
from recommend.sources.kernels import Table
from recommend.sources.scratch import LARGEST, SCRATCH, SMALLEST, Tally
from recommend.sources.steps import ALIKE, best, best_people, spread

FROM_ANYWHERE = (("User", "Product"), ("Product", "Product"))
Key = tuple[str, str, str]

CONCEPTS: tuple[tuple[str, Key], ...] = (
    ("category", ("Product", "IN_CATEGORY", "Category")),
    ("brand", ("Product", "MADE_BY", "Brand")),
    ("tag", ("Product", "TAGGED", "Tag")),
    ("entity", ("Product", "RELATED", "Entity")),
)
"""What products meet in: the setting that weighs it, and its edges. The place is the kind told to the kernels."""
PARENT: Key = ("Category", "SUBCATEGORY_OF", "Category")
KNOWN: Key = ("Product", "RELATED", "Product")
ONWARD, BACK, PEOPLE = 4, 5, 6
"""Kinds of paths that are no concepts."""


@dataclass(frozen=True, slots=True)
class Interest:
    """Concepts of one kind, best first.

    Attributes:
        rows: ``(c,)`` distinct rows of the concepts' label.
        scores: ``(c,)`` float32 above 0.
        causes: ``(c,)`` the product of the user's, or the page's, that speaks most for each.
    """

    rows: Rows
    scores: Floats
    causes: Rows


@dataclass(frozen=True, slots=True)
class ConceptMatch:
    """Products of the kinds, brands, tags and entities that the user chooses from, or that the page's product has.

    Interest in a category holds for the categories above it, and for those below them, halved at each step.
    """

    name: ClassVar[str] = "concept_match"
    targets: ClassVar[tuple[tuple[str, str], ...]] = FROM_ANYWHERE
    category: float = 1.0
    """Worth of a shared category."""
    brand: float = 1.0
    """Worth of a shared brand."""
    tag: float = 1.0
    """Worth of a shared tag."""
    entity: float = 1.0
    """Worth of a shared entity of RDF knowledge."""
    anchors: int = 20
    """Newest products of the user's that count."""
    levels: int = 2
    """Steps up the tree of categories, and down again; at most 4."""
    lift: float = 0.5
    """Worth of each such step."""
    concepts: int = 10
    """Concepts of each kind that are looked into: those of most interest."""
    fan_out: int = 50
    """Products of each concept that are looked at: those that came last to the graph."""
    popularity: float = 1.0
    """How much more a popular product counts: its score is multiplied by ``1 + popularity * ln(1 + actions)``."""

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:
        """Score is the sum over shared concepts of the user's interest times how rare the concept is.

        Rare is ``ln(1 + products / products of the concept)``. The cause is the user's product that speaks most for the
        strongest of those concepts.
        """
        anchors = query.anchors[: self.anchors]
        if not len(anchors):
            return Candidates.none(self.name)
        interests = [self._interest(view, key, kind, query) for kind, (_, key) in enumerate(CONCEPTS)]
        tally = SCRATCH.targets
        mark = tally.begin(self.fan_out * sum(len(each.rows) for each in interests))
        reached = 0
        for kind, (interest, (_, key)) in enumerate(zip(interests, CONCEPTS, strict=True)):
            into = view.edges(*key).into
            reached = _pour(into, interest, kind, self.fan_out, tally, mark, reached)
        if self.popularity:
            renown = query.prepared.renown
            kernels_concept.scale(tally.table, tally.used, reached, np.float32(self.popularity), renown)
        rows, scores, because, _ = best(tally, reached, query, limit)
        return Candidates(rows, scores, because, self.name)

    def _interest(self, view: LiveView, key: Key, kind: int, query: RecommendationQuery) -> Interest:
        weight = float(getattr(self, CONCEPTS[kind][0]))
        sides = view.edges(*key)
        if weight <= 0 or not sides.out.has_edges():
            return _nothing()
        anchors, scores = query.anchors[: self.anchors], query.anchor_scores[: self.anchors]
        tree = view.edges(*PARENT)
        levels = min(self.levels, 4) if key[2] == "Category" and tree.out.has_edges() else 0
        up, down = (tree.out, tree.into) if levels else (sides.out, sides.into)
        products, lift = view.count("Product"), np.float32(self.lift)
        edges = sides.out.edges(timed=False), sides.into.edges(timed=False)
        way_up, way_down = up.edges(timed=False), down.edges(timed=False)

        def ask(table: Table, used: Rows, mark: int) -> kernels_interest.Found:
            return kernels_interest.matched(
                *edges,
                way_up,
                way_down,
                np.array(anchors),
                np.array(scores),
                levels,
                lift,
                products,
                weight,
                self.concepts,
                table,
                used,
                mark,
            )

        return with_room(ask, 1 + 2 * levels)


@dataclass(frozen=True, slots=True)
class PathCount:
    """Products at the end of many short paths from the user's own, or the page's: through concepts, facts and people.

    Each kind of path has a weight, a setting.
    """

    name: ClassVar[str] = "path_count"
    targets: ClassVar[tuple[tuple[str, str], ...]] = FROM_ANYWHERE
    category: float = 0.3
    """Worth of a path through a shared category."""
    brand: float = 1.0
    """Worth of a path through a shared brand."""
    tag: float = 0.5
    """Worth of a path through a shared tag."""
    entity: float = 1.0
    """Worth of a path through a shared entity of RDF knowledge."""
    onward: float = 2.0
    """Worth of a fact about the user's product that names the product."""
    back: float = 2.0
    """Worth of a fact about the product that names the user's."""
    people: float = 1.0
    """Worth of a path through a person who did something with both."""
    anchors: int = 20
    """Newest products of the user's that paths start from."""
    concepts: int = 20
    """Concepts of each kind that paths go through: those that most paths lead to."""
    fan_out: int = 50
    """Products that follow from one concept, those that came last to the graph; and facts of one product."""
    asked: int = 20
    """Newest people of each product that paths go through."""
    person_fan_out: int = 20
    """Newest actions of each person that count."""

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:
        """Score is the number of paths, each divided by the root of the degree of what it goes through, weighed.

        The cause is the user's product that the strongest path starts from.
        """
        if not len(query.anchors[: self.anchors]):
            return Candidates.none(self.name)
        weights = {kind: float(getattr(self, name)) for name, kind in PATHS.items()}
        tally, reached = self.follow(view, query, weights)
        rows, scores, because, _ = best(tally, reached, query, limit)
        return Candidates(rows, scores, because, self.name)

    def follow(self, view: LiveView, query: RecommendationQuery, weights: Mapping[int, float]) -> tuple[Tally, int]:
        """Count the paths of the kinds that have a weight above 0 in this thread's tally of targets.

        Args:
            view: the graph.
            query: whose paths.
            weights: by kind, as in `PATHS`.

        Returns:
            The tally, and how many products it holds.
        """
        steps = self._steps(view, query, weights)
        tally = SCRATCH.targets
        mark = tally.begin(sum(len(interest.rows) * fan_out for _, interest, _, fan_out in steps))
        reached = 0
        for csr, interest, kind, fan_out in steps:
            reached = _pour(csr, interest, kind, fan_out, tally, mark, reached, query if kind == PEOPLE else None)
        return tally, reached

    def _steps(
        self, view: LiveView, query: RecommendationQuery, weights: Mapping[int, float]
    ) -> list[tuple[Csr, Interest, int, int]]:
        """The last step of each kind of path: edges, what they start from, the kind and how many are followed."""
        anchors, scores = query.anchors[: self.anchors], query.anchor_scores[: self.anchors]
        found = []
        for kind, (_, key) in enumerate(CONCEPTS):
            sides = view.edges(*key)
            if weights.get(kind, 0) > 0 and sides.out.has_edges():
                through = _passed(sides, anchors, scores, weights[kind], self.concepts)
                found.append((sides.into, through, kind, self.fan_out))
        facts = view.edges(*KNOWN)
        own = Interest(anchors, scores, anchors)
        for kind, csr in ((ONWARD, facts.out), (BACK, facts.into)):
            if weights.get(kind, 0) > 0 and csr.has_edges():
                found.append((csr, _held_down(own, csr, weights[kind]), kind, self.fan_out))
        if weights.get(PEOPLE, 0) > 0:
            alike = self._people(view, query, anchors, scores)
            found.append(
                (view.actions.out, _held_down(alike, view.actions.out, weights[PEOPLE]), PEOPLE, self.person_fan_out)
            )
        return found

    def _people(self, view: LiveView, query: RecommendationQuery, anchors: Rows, scores: Floats) -> Interest:
        """People who did something with the products, each path to them faded by the age of their action."""
        into = view.actions.into
        reached = spread(
            into,
            anchors,
            scores,
            SCRATCH.people,
            actions=query.actions,
            now=query.now_minutes,
            fan_out=self.asked,
            causes=anchors,
        )
        left_out = np.append(query.barred, np.int32(query.user_row))
        most = self.asked * len(anchors)
        people, worth, causes, _ = best_people(SCRATCH.people, reached, left_out, query.prepared.silent_people, most)
        return Interest(people, worth, causes)


@dataclass(frozen=True, slots=True)
class KgNeighbours:
    """Products near the user's own, or the page's, in the space of a knowledge model: RotatE, ComplEx or TransE.

    The model has learnt a vector of every product that had any attribute when it was trained, chosen or not. Nothing
    without a trained one; of several the first named counts.
    """

    name: ClassVar[str] = "kg_neighbours"
    targets: ClassVar[tuple[tuple[str, str], ...]] = FROM_ANYWHERE
    anchors: int = 20
    """Newest products of the user's that count."""

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:  # noqa: ARG002
        """Score is the sum over the user's products of the cosine with each, by what they are worth.

        The cause is the product of the user's that adds most.
        """
        model = next((query.prepared.models[each] for each in KNOWLEDGE_MODELS if each in query.prepared.models), None)
        if model is None:
            return Candidates.none(self.name)
        anchors, worth = query.anchors[: self.anchors], query.anchor_scores[: self.anchors]
        vector = model.vector_of(NOBODY, anchors, worth)
        if vector is None:
            return Candidates.none(self.name)
        rows, scores = model.nearest(vector, query.hidden, query.known, limit)
        known = anchors < len(model.products)
        shares = model.products[rows] @ (model.products[anchors[known]] * worth[known, None]).T
        causes = anchors[known][shares.argmax(axis=1)] if len(rows) else rows
        return Candidates(rows, scores, causes, self.name)


PATHS: Mapping[str, int] = {name: kind for kind, (name, _) in enumerate(CONCEPTS)} | {
    "onward": ONWARD,
    "back": BACK,
    "people": PEOPLE,
}
"""Kinds of paths by the setting that weighs them."""


def _nothing() -> Interest:
    return Interest(np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.int32))


def _passed(sides: Adjacency, anchors: Rows, scores: Floats, weight: float, most: int) -> Interest:
    """The concepts of one kind that most paths go through."""
    edges = sides.out.edges(timed=False), sides.into.edges(timed=False)

    def ask(table: Table, used: Rows, mark: int) -> kernels_interest.Found:
        return kernels_interest.passed(*edges, np.array(anchors), np.array(scores), weight, most, table, used, mark)

    return with_room(ask, 1)


def with_room(ask: Callable[[Table, Rows, int], kernels_interest.Found], questions: int) -> Interest:
    """What a kernel answers in a tally that holds all that it reaches: first a small one."""
    tally, room = SCRATCH.people, SMALLEST
    while True:
        mark = tally.begin(room, questions)
        rows, worth, causes, is_whole = ask(tally.table, tally.used, mark)
        if is_whole or room >= LARGEST:
            return Interest(rows, worth, causes)
        room *= 16


def _held_down(interest: Interest, csr: Csr, weight: float) -> Interest:
    """Worth divided by the root of how many edges of the next step there are."""
    edges = csr.edges(timed=False)
    worth = kernels_interest.held_down(edges, np.array(interest.rows), np.array(interest.scores), weight)
    return Interest(interest.rows, worth, interest.causes)


def _pour(
    csr: Csr,
    interest: Interest,
    kind: int,
    fan_out: int,
    tally: Tally,
    mark: int,
    reached: int,
    acted: RecommendationQuery | None = None,
) -> int:
    """`kernels_concept.pour`: actions count as the query ``acted`` says; other edges weigh 1, last row first."""
    return kernels_concept.pour(
        csr.edges(timed=acted is not None),
        np.array(interest.rows),
        np.array(interest.scores),
        np.array(interest.causes),
        kind,
        acted.actions.weights if acted else ALIKE,
        acted.actions.half_life_minutes if acted else ALIKE,
        acted.now_minutes if acted else 0,
        fan_out,
        acted is None,
        tally.table,
        tally.used,
        reached,
        mark,
    )
