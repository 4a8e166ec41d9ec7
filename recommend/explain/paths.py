"""Why a product: the best different paths of at most four edges from a person to it, through things and people.

A path begins with something that the person did, or with somebody whom they follow, and goes on through what is known
of things: brands, categories, tags and all that knowledge joins. Both ends are widened, and meet in the middle; each
step looks at a bounded number of edges. Nobody stands in a path who may not be named to the person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import log2

import numpy as np

from graph.schema import EDGE_TYPES, KNOWN, Keeping
from graph.snapshot.actions import EVENT_NAMES
from graph.snapshot.csr import Csr
from graph.snapshot.layout import ACTED, CODED_KEYS
from graph.snapshot.view import LiveView
from recommend.explain.facts import EVENTS, KIND_OF_CODE, meetings
from recommend.explain.people import for_followers_only, may_be_named
from recommend.prepared import FOLLOWS
from recommend.query import RecommendationQuery

LONGEST = 4
"""Edges of a path."""
ANCHORS = 50
"""Newest products of the person that paths begin with."""
FRIENDS = 50
"""People whom the person follows, newest first, that paths lead through."""
FRIENDS_ANCHORS = 5
"""Newest products of each of them."""
FAN_OUT = 100
"""Edges of one kind that are followed from one thing."""
ACTORS = 200
"""Newest people who did something with the product."""
SHORTER = 0.5
"""What one edge more costs."""

LINKS: tuple[tuple[str, str, str], ...] = tuple(
    edge.key for edge in EDGE_TYPES if edge.keeping is Keeping.DERIVED and edge.source in KNOWN and edge.target in KNOWN
)
"""Edge sets between things."""

Node = tuple[str, int]
"""Label and row."""


@dataclass(frozen=True, slots=True)
class Step:
    """One edge, in the direction in which it is kept.

    Attributes:
        source: where it begins.
        rel: its relationship type.
        target: where it ends.
        predicate: of knowledge, what it says; -1 for all other edges.
    """

    source: Node
    rel: str
    target: Node
    predicate: int = -1


@dataclass(frozen=True, slots=True)
class KnowledgePath:
    """A path from a person to a product.

    Attributes:
        nodes: along the way, both ends included.
        steps: one edge between each two of them.
        score: how much it explains, above 0.
    """

    nodes: tuple[Node, ...]
    steps: tuple[Step, ...]
    score: float

    @property
    def kind(self) -> tuple[object, ...]:
        """Paths of one kind say the same: the same relations, and the same last thing or person on the way."""
        return (*(step.rel for step in self.steps), *(step.predicate for step in self.steps), self.nodes[-2])


@dataclass(frozen=True, slots=True)
class _Way:
    """A part of a path that ends at a node, with the middle nodes' rarity multiplied."""

    nodes: tuple[Node, ...]
    steps: tuple[Step, ...]
    worth: float


@dataclass
class PathFinder:
    """Finds the paths of one person.

    Attributes:
        view: the graph.
        query: the person's question for products, which says what they did, whom they see and who is barred.
    """

    view: LiveView
    query: RecommendationQuery
    _around: dict[Node, list[tuple[Step, Node]]] = field(default_factory=dict)
    _rarity: dict[Node, float] = field(default_factory=dict)

    def best(self, product_row: int, k: int = 3) -> list[KnowledgePath]:
        """The ``k`` best different paths to a product, best first.

        Score: what the person's first action is worth, as a share of their best one, times ``1 / log2(2 + degree)`` of
        every node between, times `SHORTER` for each edge beyond two. A friend counts as an action of full worth.

        Args:
            product_row: where to.
            k: most paths.

        Returns:
            Paths of different `KnowledgePath.kind`; empty when nothing within the bounds leads there.
        """
        if self.query.user_row < 0:
            return []
        found: dict[tuple[object, ...], KnowledgePath] = {}
        for path in self._paths(("Product", product_row)):
            known = found.get(path.kind)
            if known is None or _order(path) < _order(known):
                found[path.kind] = path
        return sorted(found.values(), key=_order)[:k]

    def _paths(self, product: Node) -> Iterator[KnowledgePath]:
        yield from self._through_people(product)
        near = self._ends(product)
        for start in self._starts:
            if start.nodes[-1] == product:
                continue
            for rest in near.get(start.nodes[-1], ()):
                if len(start.steps) + len(rest.steps) <= LONGEST:
                    yield self._joined(start, rest)
            for step, thing in self._links(start.nodes[-1]):
                if thing == product or thing in start.nodes or thing[0] == "Product":
                    continue
                for rest in near.get(thing, ()):
                    if len(start.steps) + 1 + len(rest.steps) <= LONGEST and start.nodes[-1] not in rest.nodes:
                        worth = start.worth * self._rare(start.nodes[-1])
                        longer = _Way((*start.nodes, thing), (*start.steps, step), worth)
                        yield self._joined(longer, rest)

    def _joined(self, start: _Way, rest: _Way) -> KnowledgePath:
        """``rest`` leads on from where ``start`` ends; only that node's rarity is in neither."""
        steps = start.steps + rest.steps
        worth = start.worth * self._rare(start.nodes[-1]) * rest.worth * SHORTER ** (len(steps) - 2)
        return KnowledgePath((*start.nodes, *rest.nodes[1:]), steps, worth)

    @cached_property
    def _starts(self) -> list[_Way]:
        """Ways from the person to a product: by what they did, and by what those whom they follow did."""
        me: Node = ("User", self.query.user_row)
        anchors = self.query.anchors[:ANCHORS].tolist()
        scores = self.query.anchor_scores[:ANCHORS].tolist()
        best = max(scores, default=1.0)
        out = self.view.actions.out
        done = set(out.neighbours(me[1]).tolist()) if me[1] < out.node_count else set()
        own = [
            _Way((me, ("Product", row)), (self._act(me, row),), score / best)
            for row, score in zip(anchors, scores, strict=True)
            if row in done  # not what was only picked for this question
        ]
        return own + [way for friend in self._friends for way in self._friends_ways(me, friend)]

    def _friends_ways(self, me: Node, friend: int) -> Iterator[_Way]:
        person: Node = ("User", friend)
        followed = Step(me, FOLLOWS[1], person)
        out = self.view.actions.out
        counted = self.query.actions.counts(out.stamps_of(friend))
        rows = dict.fromkeys(out.neighbours(friend)[counted].tolist())
        for row in list(rows)[:FRIENDS_ANCHORS]:
            steps = (followed, self._act(person, row))
            yield _Way((me, person, ("Product", row)), steps, self._rare(person))

    @cached_property
    def _friends(self) -> list[int]:
        """Those whom the person follows and may see, and who may be named."""
        friends = self.query.friends[:FRIENDS].tolist()
        return [row for row in friends if may_be_named(self.view, row) and row < self.view.actions.out.node_count]

    def _through_people(self, product: Node) -> Iterator[KnowledgePath]:
        """Friends who did something with the product, and people whom friends follow who did."""
        me: Node = ("User", self.query.user_row)
        row = np.array([product[1]], np.int32)
        actions, follows = self.view.actions, self.view.edges(*FOLLOWS)
        friends = np.array(self._friends, np.int32)
        did = meetings(friends, row, actions.out, actions.into, self.query.actions)
        for place in np.unique(did.people).tolist():
            friend: Node = ("User", int(friends[place]))
            steps = (Step(me, FOLLOWS[1], friend), self._act(friend, product[1]))
            yield KnowledgePath((me, friend, product), steps, self._rare(friend))
        others = self._actors(product[1])
        met = meetings(friends, others, follows.out, follows.into, None)
        for place, at in sorted(set(zip(met.people.tolist(), met.places.tolist(), strict=True))):
            friend, other = ("User", int(friends[place])), ("User", int(others[at]))
            steps3 = (Step(me, FOLLOWS[1], friend), Step(friend, FOLLOWS[1], other), self._act(other, product[1]))
            yield KnowledgePath(
                (me, friend, other, product), steps3, self._rare(friend) * self._rare(other) * SHORTER
            )  # fmt: skip

    def _actors(self, row: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        """Newest people who did something with a product and may be named to the person, without those barred."""
        into = self.view.actions.into
        counted = self.query.actions.counts(into.stamps_of(row))
        newest = list(dict.fromkeys(into.neighbours(row)[counted].tolist()))[:ACTORS]
        barred = {*self.query.barred.tolist(), self.query.user_row}
        silent = self.query.prepared.silent_people
        followed = set(self.query.friends.tolist())
        shown = [
            each
            for each in newest
            if each not in barred
            and not silent[each]
            and may_be_named(self.view, each)
            and (each in followed or not for_followers_only(self.view, each))
        ]
        return np.array(shown, np.int32)

    def _ends(self, product: Node) -> dict[Node, list[_Way]]:
        """Ways of at most two edges that end at the product, by where they begin."""
        found: dict[Node, list[_Way]] = {}
        for step, thing in self._links(product):
            found.setdefault(thing, []).append(_Way((thing, product), (step,), 1.0))
            for further, other in self._links(thing) if thing[0] != "Product" else ():
                way = _Way((other, thing, product), (further, step), self._rare(thing))
                found.setdefault(other, []).append(way)
        return found

    def _links(self, node: Node) -> list[tuple[Step, Node]]:
        """Edges between a thing and others, with the thing at the other end."""
        if node not in self._around:
            self._around[node] = list(self._look(node))
        return self._around[node]

    def _look(self, node: Node) -> Iterator[tuple[Step, Node]]:
        label, row = node
        for key in self._sets:
            both = self.view.edges(*key)
            for csr, here, there, forward in ((both.out, key[0], key[2], True), (both.into, key[2], key[0], False)):
                if here != label or row >= csr.node_count or (there == "Product" != label):
                    continue  # products lead on to things, and things to things: to a product only the product's own
                for other, predicate in _neighbours(csr, row, coded=key in CODED_KEYS):
                    end: Node = (there, other)
                    if end != node:
                        ends = (node, end) if forward else (end, node)
                        yield Step(ends[0], key[1], ends[1], predicate), end

    @cached_property
    def _sets(self) -> list[tuple[str, str, str]]:
        return [key for key in LINKS if self.view.has(key)]

    def _rare(self, node: Node) -> float:
        """What passing through a node leaves of a path's worth: less where many pass."""
        if node not in self._rarity:
            self._rarity[node] = 1 / log2(2 + self.degree(node))
        return self._rarity[node]

    def degree(self, node: Node) -> int:
        """Actions of a person or on a product; of another thing, all edges that lead to it."""
        label, row = node
        if label == "User":
            return _degree(self.view.edges(*ACTED).out, row)
        if label == "Product":
            return _degree(self.view.edges(*ACTED).into, row)
        return sum(_degree(self.view.edges(*key).into, row) for key in self._sets if key[2] == label)

    def _act(self, person: Node, row: int) -> Step:
        """What somebody did with a product that counts most; of equals the newest."""
        out = self.view.actions.out
        stamps = out.stamps_of(person[1])[out.neighbours(person[1]) == row]
        codes = (stamps & np.uint32(len(KIND_OF_CODE) - 1)).astype(np.int64)
        best = int(codes[int(self.query.actions.weights[codes].argmax())])
        return Step(person, EVENT_NAMES[EVENTS[int(KIND_OF_CODE[best])]], ("Product", row))


def _neighbours(csr: Csr, row: int, *, coded: bool) -> Iterator[tuple[int, int]]:
    rows = csr.neighbours(row)[:FAN_OUT].tolist()
    if not coded:
        return zip(rows, [-1] * len(rows), strict=True)
    return zip(rows, (csr.stamps_of(row)[:FAN_OUT] >> np.uint32(1)).tolist(), strict=True)


def _degree(csr: Csr, row: int) -> int:
    return csr.degree(row) if row < csr.node_count else 0


def _order(path: KnowledgePath) -> tuple[float, int, tuple[Node, ...], tuple[str, ...]]:
    """Best first, then shorter, then by nodes and relations: the same order in every process."""
    return -path.score, len(path.steps), path.nodes, tuple(step.rel for step in path.steps)
