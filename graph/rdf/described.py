"""From statements about nodes to properties and knowledge."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson
import pyoxigraph as ox

from graph.errors import InvalidEvent
from graph.log.events import check_id, check_properties
from graph.rdf import terms
from graph.rdf.export import MINOR_DIGITS
from graph.rdf.mapping import RdfMapping
from graph.rdf.resolving import Node, Resolver, Resource
from graph.rdf.terms import Names
from graph.schema import KNOWN, NODES, Property, Type

ACT_LINKS = frozenset(terms.edge_form(key).direct for key in terms.edge_keys())
"""Properties that say an act at once; `graph.rdf.acted` reads them."""

OFFERED = ox.NamedNode(terms.PRICE)
CURRENCY = ox.NamedNode(terms.PRICE_CURRENCY)
RATED_AS = ox.NamedNode(terms.RATING_VALUE)
NAME, VALUE = ox.NamedNode(terms.NAME), ox.NamedNode(terms.VALUE)
SUBJECT, PREDICATE, OBJECT = (ox.NamedNode(terms.RDF + each) for each in ("subject", "predicate", "object"))
ORIGIN = ox.NamedNode(terms.ORIGIN)
OWL_KINDS = {f"{terms.OWL}SymmetricProperty": "symmetric", f"{terms.OWL}TransitiveProperty": "transitive"}
PLAIN_KINDS = frozenset(
    f"{terms.OWL}{kind}" for kind in ("ObjectProperty", *("TransitiveProperty", "SymmetricProperty"))
)
NAMES = (terms.NAME, f"{terms.RDFS}label", f"{terms.SKOS}prefLabel")
SEPARATOR = "\x00"
"""Between origin and predicate in the name under which knowledge is gathered."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A statement that cannot be taken."""

    quad: ox.Quad
    shape: str
    reason: str


@dataclass(slots=True)
class Told:
    """What a file tells of one node.

    Attributes:
        node: label and id.
        properties: declared ones and attributes, checked.
        related: targets as ``label:id`` by origin and predicate.
    """

    node: Node
    properties: dict[str, Any] = field(default_factory=dict)
    related: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))

    def gathered(self) -> dict[str, Any]:
        """As properties that unite when several resources are one node: each list of knowledge has a name."""
        return self.properties | {SEPARATOR.join(key): sorted(set(each)) for key, each in self.related.items()}


def nested(properties: Mapping[str, Any], before: Mapping[str, Any], origins: Iterable[str]) -> dict[str, Any]:
    """Properties as events have them: knowledge united with that of other origins.

    Args:
        properties: as `Told.gathered` gives them.
        before: the node's knowledge so far.
        origins: whose knowledge is told anew, and so replaces what they told before.
    """
    found = {name: value for name, value in properties.items() if SEPARATOR not in name}
    related = {origin: dict(told) for origin, told in before.items() if origin not in set(origins)}
    for name, value in properties.items():
        if SEPARATOR in name:
            origin, predicate = name.split(SEPARATOR)
            related.setdefault(origin, {})[predicate] = value
    if related or before:
        found["related"] = related
    return found


class Describer:
    """Reads what is told of nodes.

    Args:
        facts: the file's statements.
        mapping: what its words mean.
        names: of our own IRIs.
        resolver: says which node a resource is.
        origin: under which knowledge is kept that names no other.
    """

    def __init__(self, facts: ox.Store, mapping: RdfMapping, names: Names, resolver: Resolver, origin: str) -> None:
        self._facts = facts
        self._mapping = mapping
        self._names = names
        self._resolver = resolver
        self._origin = origin
        self.faults: list[Fault] = []
        self.origins: set[str] = {origin}

    def told(self, resource: Resource, quads: list[ox.Quad]) -> Iterator[Told]:
        """What statements with one subject, in one graph, tell; nothing when it is no node."""
        node = self._resolver.node(resource)
        if node is None:
            return
        told = Told(node)
        by_predicate: dict[str, list[ox.Quad]] = defaultdict(list)
        for quad in quads:
            by_predicate[quad.predicate.value].append(quad)
        graph = quads[0].graph_name
        if isinstance(graph, ox.NamedNode) and self._names.origin_of(graph.value) is not None:
            for quad in quads:
                self._relate(told, quad)
            yield told
            return
        stated = self._stated(resource, told) if isinstance(resource, ox.NamedNode) else set()
        for predicate, of in by_predicate.items():
            self._tell(told, predicate, [each for each in of if (each.predicate, each.object) not in stated])
        yield told

    def _tell(self, told: Told, predicate: str, quads: list[ox.Quad]) -> None:
        label = told.node[0]
        if not quads or predicate in ACT_LINKS:
            return
        if predicate == terms.TYPE:
            self._classes(told, quads)
        elif predicate == terms.OFFERS and label == "Product":
            self._offers(told, quads)
        elif predicate == terms.ADDITIONAL:
            self._additional(told, quads)
        elif predicate in (f"{terms.OWL}sameAs", terms.DELETED):
            self._same(told, quads)
        else:
            name = self._mapping.property_of(label, predicate)
            if name is None and predicate in NAMES and "name" not in told.properties and NODES[label].property("name"):
                name = "name"
            declared = None if name is None else NODES[label].property(name)
            if declared is not None:
                self._property(told, declared, quads)
            else:
                self._unknown(told, predicate, name, quads)

    def _classes(self, told: Told, quads: list[ox.Quad]) -> None:
        """The class is the label; of an entity its kind, of a predicate how it holds."""
        for quad in quads:
            kind = quad.object.value if isinstance(quad.object, ox.NamedNode) else ""
            if kind in OWL_KINDS and told.node[0] == "Predicate":
                told.properties[OWL_KINDS[kind]] = True
            elif told.node[0] == "Entity" and kind and kind not in self._mapping.classes:
                told.properties.setdefault("kind", local_name(kind))

    def _offers(self, told: Told, quads: list[ox.Quad]) -> None:
        for quad in quads:
            offer = quad.object
            if isinstance(offer, ox.Literal):
                self._fault(told, quad, "an offer is a resource with a price")
                continue
            currency = self._text_of(offer, CURRENCY)
            price = self._text_of(offer, OFFERED)
            if price is None or "price_minor" in told.properties:
                continue
            try:
                minor = Decimal(price).scaleb(MINOR_DIGITS.get(currency or "", 2))
                told.properties["price_minor"] = round(minor)
            except InvalidOperation:
                self._fault(told, quad, f"{price!r} is no price")
                continue
            if currency:
                told.properties.setdefault("currency", currency)

    def _additional(self, told: Told, quads: list[ox.Quad]) -> None:
        for quad in quads:
            name = self._text_of(quad.object, NAME)
            value = None if isinstance(quad.object, ox.Literal) else self._first(quad.object, VALUE)
            if name is None or value is None:
                self._fault(told, quad, "an additional property has a name and a value")
            else:
                told.properties.setdefault("attributes", {})[name] = plain(value)

    def _text_of(self, subject: Any, predicate: ox.NamedNode) -> str | None:
        found = None if isinstance(subject, ox.Literal) else self._first(subject, predicate)
        return None if found is None else found.value

    def _first(self, subject: Any, predicate: ox.NamedNode) -> ox.Literal | None:
        found = next(iter(self._facts.quads_for_pattern(subject, predicate, None)), None)
        return found.object if found is not None and isinstance(found.object, ox.Literal) else None

    def _same(self, told: Told, quads: list[ox.Quad]) -> None:
        """That a thing is the same as one of ours has said which node it is; of others it is knowledge."""
        for quad in quads:
            if isinstance(quad.object, ox.NamedNode) and self._names.parsed(quad.object.value) is None:
                self._relate(told, quad)

    def _property(self, told: Told, declared: Property, quads: list[ox.Quad]) -> None:
        label = told.node[0]
        naming = terms.naming_properties(label).get(declared.name)
        checked: list[Any] = []
        for quad in self._chosen(declared, quads):
            try:
                value = self._named(quad, naming) if naming else self._value(declared, quad.object)
                probe = [value] if declared.type is Type.IDS else value
                checked.append(_checked(label, declared.name, probe))
            except InvalidEvent as error:
                self._fault(told, quad, f"{error.field} {error.reason}")
        if not checked:
            return
        if declared.type is Type.IDS:
            before = told.properties.get(declared.name, [])
            told.properties[declared.name] = list(dict.fromkeys([*before, *(each for one in checked for each in one)]))
        else:
            told.properties[declared.name] = checked[0]
            for quad in quads[1:] if len(checked) > 1 else ():
                self._fault(told, quad, f"{declared.name} has another value already", count="maxCount 1")

    def _chosen(self, declared: Property, quads: list[ox.Quad]) -> list[ox.Quad]:
        """Of texts in several languages, those of the one that is wanted first."""
        tagged = {q.object.language for q in quads if isinstance(q.object, ox.Literal) and q.object.language}
        if declared.type is not Type.STRING or len(tagged) + any(_untagged(q) for q in quads) < 2:
            return quads
        wanted = [*self._mapping.content.languages, *sorted(tagged)]
        found = next((each for each in wanted if each in tagged), None)
        return [q for q in quads if isinstance(q.object, ox.Literal) and q.object.language == found][:1]

    def _named(self, quad: ox.Quad, label: str) -> str:
        if isinstance(quad.object, ox.Literal):
            return check_id(quad.predicate.value, quad.object.value)
        node = self._resolver.node(quad.object) if not isinstance(quad.object, ox.Triple) else None
        if node is None or (node[0] != label and not (node[0] == "Entity" and isinstance(quad.object, ox.NamedNode))):
            raise InvalidEvent(quad.predicate.value, f"names no {label}")
        return node[1]

    def _value(self, declared: Property, term: Any) -> Any:
        if not isinstance(term, ox.Literal):
            if isinstance(term, ox.NamedNode) and declared.type is Type.STRING:
                return term.value
            raise InvalidEvent(declared.name, f"must be a {declared.type.value}, not a resource")
        if declared.type in (Type.STRING, Type.TIME):
            return term.value
        value = plain(term)
        factor = self._mapping.content.scale.get(declared.name)
        if factor is not None and isinstance(value, int | float):
            value = round(value * factor, 6)
        return value

    def _unknown(self, told: Told, predicate: str, name: str | None, quads: list[ox.Quad]) -> None:
        """What the schema has no word for: texts and numbers are attributes, links are knowledge."""
        literals = [quad for quad in quads if isinstance(quad.object, ox.Literal)]
        if literals:
            key = (name or local_name(predicate)).removeprefix("attributes.")
            values = [plain(q.object) for q in literals if isinstance(q.object, ox.Literal)]
            told.properties.setdefault("attributes", {})[key] = (
                values[0] if len(values) == 1 else sorted(values, key=str)
            )
        for quad in quads:
            if not isinstance(quad.object, ox.Literal):
                self._relate(told, quad)

    def _relate(self, told: Told, quad: ox.Quad) -> None:
        graph = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else None
        origin = self._origin if graph is None else self._names.origin_of(graph) or graph
        self._know(told, quad, quad.predicate.value, quad.object, origin)

    def _know(self, told: Told, quad: ox.Quad, predicate: str, target: Any, origin: str) -> None:
        known = self._resolver.node(target) if isinstance(target, ox.NamedNode | ox.BlankNode) else None
        if told.node[0] not in KNOWN:
            self._fault(told, quad, f"knowledge joins {', '.join(KNOWN)}; this is of a {told.node[0]}")
        elif known is None or known[0] not in KNOWN:
            self._fault(told, quad, "leads to nothing that knowledge can join")
        else:
            own = self._names.parsed(predicate)
            kept = (
                own[1] if own and own[0] == "Predicate" else self._mapping.content.predicates.get(predicate, predicate)
            )
            self.origins.add(origin)
            told.related[origin, kept].append(f"{known[0]}:{known[1]}")

    def _stated(self, resource: ox.NamedNode, told: Told) -> set[tuple[ox.NamedNode, Any]]:
        """Knowledge that statements with an origin tell; the facts that they are about."""
        covered = set()
        for quad in self._facts.quads_for_pattern(None, SUBJECT, resource):
            parts = {each.predicate: each.object for each in self._facts.quads_for_pattern(quad.subject, None, None)}
            predicate, target = parts.get(PREDICATE), parts.get(OBJECT)
            if isinstance(predicate, ox.NamedNode) and target is not None:
                origin = parts.get(ORIGIN)
                name = self._names.origin_of(origin.value) or origin.value if isinstance(origin, ox.NamedNode) else ""
                self._know(told, quad, predicate.value, target, name or self._origin)
                covered.add((predicate, target))
        return covered

    def _fault(self, told: Told, quad: ox.Quad, reason: str, count: str = "") -> None:
        shape = f"tg:{told.node[0]}Shape" + (f" ({count})" if count else "")
        self.faults.append(Fault(quad, shape, reason))


def plain(literal: ox.Literal) -> Any:
    """A literal as JSON has it."""
    kind = literal.datatype.value
    text = literal.value
    try:
        if kind == terms.JSON:
            return orjson.loads(text)
        if kind == f"{terms.XSD}boolean":
            return {"true": True, "1": True, "false": False, "0": False}[text]
        if kind.removeprefix(terms.XSD) in INTEGERS:
            return int(text)
        if kind.removeprefix(terms.XSD) in ("double", "float", "decimal"):
            return float(text)
    except (ValueError, KeyError):
        return text
    return text


INTEGERS = frozenset(
    ("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "unsignedInt", "unsignedLong")
)


def local_name(iri: str) -> str:
    """The last part of an IRI."""
    return iri.rstrip("/#").replace("#", "/").replace(":", "/").rpartition("/")[2] or iri


def _untagged(quad: ox.Quad) -> bool:
    return isinstance(quad.object, ox.Literal) and not quad.object.language


def _checked(label: str, name: str, value: Any) -> Any:
    return check_properties(NODES[label], {name: value})[name]
