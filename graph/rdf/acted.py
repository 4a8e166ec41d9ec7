"""From statements about acts to events: who did what to which thing, when, and how often."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from graph.errors import InvalidEvent
from graph.log.events import check_id, check_value, parse_time
from graph.rdf import terms
from graph.rdf.described import RATED_AS, Fault, plain
from graph.rdf.export import EDGE_PROPERTIES
from graph.rdf.resolving import ACT_CLASSES, A, Node, Resolver, Resource
from graph.rdf.terms import Names
from graph.schema import EDGES, EVENTS, Keeping

EdgeKey = tuple[str, str, str]
Row = dict[str, Any]
"""One event: ``user_id``, ``at``, the type's fields, and ``event_id`` where it has one."""

MOST_REPEATS = 1_000_000
"""Most events that one pair may stand for."""

EVENT_OF: dict[EdgeKey, str] = {}
for _event in EVENTS.values():
    for _key in _event.edges:
        if _event.stands:
            EVENT_OF.setdefault(_key, _event.name)
EVENT_OF["User", "INTERACTED", "User"] = "messaged"

OBJECTS = {"Product": "product_id", "User": "other_id", "Post": "post_id", "Community": "community_id"}
MENTIONS = ox.NamedNode(f"{terms.SCHEMA}mentions")
DIRECT: dict[str, list[EdgeKey]] = defaultdict(list)
FORMS: dict[str, list[EdgeKey]] = defaultdict(list)
for _key in terms.edge_keys():
    DIRECT[terms.edge_form(_key).direct].append(_key)
    FORMS[terms.edge_form(_key).kind].append(_key)


class Acts:
    """Reads what people did.

    Args:
        facts: the file's statements.
        names: of our own IRIs.
        resolver: says which node a resource is.
    """

    def __init__(self, facts: ox.Store, names: Names, resolver: Resolver) -> None:
        self._facts = facts
        self._names = names
        self._resolver = resolver
        self.faults: list[Fault] = []

    def told(self, subject: Resource, quads: list[ox.Quad]) -> Iterator[tuple[str, Row]]:
        """The events that statements with one subject stand for, by type."""
        kinds = [quad.object.value for quad in quads if quad.predicate == A and isinstance(quad.object, ox.NamedNode)]
        kind = next((each for each in kinds if each in ACT_CLASSES), None)
        if kind is not None:
            yield from self._act(kind, subject, quads)
        else:
            yield from self._links(subject, [quad for quad in quads if quad.predicate.value in DIRECT])

    def _act(self, kind: str, subject: Resource, quads: list[ox.Quad]) -> Iterator[tuple[str, Row]]:
        by_predicate = {quad.predicate.value: quad for quad in quads}
        key, source, target = self._ends(kind, by_predicate, quads[0])
        if key is None or source is None or target is None or (key not in EVENT_OF):
            return
        if key == ("Post", "MENTIONS", "Product"):
            return  # told with the post
        row: Row = {"user_id": source[1], OBJECTS[key[2]]: target[1]}
        try:
            row |= self._kept(key, by_predicate)
            yield from self._events(key, subject, row, by_predicate)
        except InvalidEvent as error:
            self._fault(quads[0], key[1], f"{error.field} {error.reason}")

    def _ends(
        self, kind: str, by_predicate: dict[str, ox.Quad], first: ox.Quad
    ) -> tuple[EdgeKey | None, Node | None, Node | None]:
        source: Node | None = None
        target: Node | None = None
        for key in FORMS[kind]:
            form = terms.edge_form(key)
            source = self._end(by_predicate.get(form.source))
            target = self._end(by_predicate.get(form.target))
            if source and target and (source[0], target[0]) == (key[0], key[2]):
                return key, source, target
        names = ", ".join("-".join(key) for key in FORMS[kind])
        self._fault(first, FORMS[kind][0][1], f"does not join what {names} joins")
        return None, source, target

    def _end(self, quad: ox.Quad | None) -> Node | None:
        if quad is None or not isinstance(quad.object, ox.NamedNode | ox.BlankNode):
            return None
        return self._resolver.node(quad.object)

    def _kept(self, key: EdgeKey, by_predicate: dict[str, ox.Quad]) -> Row:
        row: Row = {}
        for declared in EVENTS[EVENT_OF[key]].fields:
            quad = by_predicate.get(EDGE_PROPERTIES.get(declared.name) or terms.term(declared.name))
            if declared.name == "value":
                value = self._stars(by_predicate.get(terms.REVIEW_RATING))
                if value is None and declared.required:
                    raise InvalidEvent("value", "is missing: a rating has a schema:reviewRating with a ratingValue")
            elif quad is None or not isinstance(quad.object, ox.Literal):
                continue
            else:
                value = plain(quad.object)
            if value is not None:
                row[declared.name] = check_value(declared, value)
        return row

    def _stars(self, quad: ox.Quad | None) -> Any:
        if quad is None:
            return None
        if isinstance(quad.object, ox.Literal):
            return plain(quad.object)
        found = next(iter(self._facts.quads_for_pattern(quad.object, RATED_AS, None)), None)
        return plain(found.object) if found is not None and isinstance(found.object, ox.Literal) else None

    def _events(
        self, key: EdgeKey, subject: Resource, row: Row, by_predicate: dict[str, ox.Quad]
    ) -> Iterator[tuple[str, Row]]:
        event = EVENT_OF[key]
        first = _time(by_predicate.get(terms.START))
        if EDGES[key].keeping is Keeping.EVENT:
            own = isinstance(subject, ox.NamedNode) and subject.value.startswith(f"{self._names.base}{key[1].lower()}:")
            if own and isinstance(subject, ox.NamedNode):
                row["event_id"] = check_id("event_id", self._names.ids_of_act(subject.value)[-1])
            yield event, row | {"at": first}
            return
        last = _time(by_predicate.get(terms.END), first)
        counted = by_predicate.get(terms.COUNT)
        count = plain(counted.object) if counted is not None and isinstance(counted.object, ox.Literal) else 1
        if not isinstance(count, int) or not 1 <= count <= MOST_REPEATS:
            raise InvalidEvent("count", f"{count!r} is no number of times")
        if key == ("User", "POSTED", "Post"):
            row |= self._mentioned(by_predicate[terms.edge_form(key).target].object)
        for number in range(count):
            at = first if number == 0 and count > 1 else last
            yield event, row | {"at": at, "event_id": f"{subject.value}#{number}"}

    def _mentioned(self, post: Any) -> Row:
        found = [self._end(quad) for quad in self._facts.quads_for_pattern(post, MENTIONS, None)]
        ids = [node[1] for node in found if node is not None and node[0] == "Product"]
        return {"product_ids": list(dict.fromkeys(ids))} if ids else {}

    def _links(self, subject: Resource, quads: list[ox.Quad]) -> Iterator[tuple[str, Row]]:
        """Acts that are said by one triple alone: they have no time."""
        source = self._resolver.node(subject) if quads else None
        by_key: dict[EdgeKey, list[tuple[ox.Quad, Node]]] = defaultdict(list)
        for quad in quads:
            target = self._end(quad)
            keys = [
                k for k in DIRECT[quad.predicate.value] if source and target and (k[0], k[2]) == (source[0], target[0])
            ]
            if keys and target is not None:
                by_key[keys[0]].append((quad, target))
            else:
                self._fault(quad, DIRECT[quad.predicate.value][0][1], "does not join what it should")
        for key, linked in by_key.items():
            told = self._told_by_acts(key, subject)
            for quad, target in linked:
                if quad.object in told or key not in EVENT_OF or source is None or key[0] != "User":
                    continue
                event = EVENTS[EVENT_OF[key]]
                if any(declared.required and declared.name == "value" for declared in event.fields):
                    self._fault(quad, key[1], "is missing its stars: say it as a review with a rating")
                    continue
                row: Row = {"user_id": source[1], OBJECTS[key[2]]: target[1], "at": None}
                yield event.name, row | (self._mentioned(quad.object) if event.name == "posted" else {})

    def _told_by_acts(self, key: EdgeKey, subject: Resource) -> set[Any]:
        form = terms.edge_form(key)
        kind, target = ox.NamedNode(form.kind), ox.NamedNode(form.target)
        found: set[Any] = set()
        for act in self._facts.quads_for_pattern(None, ox.NamedNode(form.source), subject):
            if ox.Quad(act.subject, A, kind, act.graph_name) in self._facts:
                found.update(each.object for each in self._facts.quads_for_pattern(act.subject, target, None))
        return found

    def _fault(self, quad: ox.Quad, what: str, reason: str) -> None:
        self.faults.append(Fault(quad, f"tg:{what}Shape", reason))


def _time(quad: ox.Quad | None, otherwise: int | None = None) -> int | None:
    if quad is None or not isinstance(quad.object, ox.Literal):
        return otherwise
    return parse_time("at", quad.object.value)
