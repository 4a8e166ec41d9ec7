"""Which node of the graph a resource of a file is."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox

from graph.log.events import ID_BYTES
from graph.rdf import terms
from graph.rdf.mapping import Match, RdfMapping
from graph.rdf.terms import Names
from graph.store.port import GraphStore

A = ox.NamedNode(terms.TYPE)
SAME_AS = ox.NamedNode(f"{terms.OWL}sameAs")
NAMED = (ox.NamedNode(terms.NAME), ox.NamedNode(f"{terms.RDFS}label"))

IGNORED = frozenset(
    {f"{terms.OWL}{kind}" for kind in ("Class", "Ontology", "DatatypeProperty", "AnnotationProperty", "Restriction")}
    | {f"{terms.RDFS}{kind}" for kind in ("Class", "Datatype")}
    | {f"{terms.RDF}Statement", f"{terms.RDF}List"}
    | {f"{terms.SCHEMA}{kind}" for kind in ("Offer", "AggregateOffer", "Rating", "AggregateRating", "PropertyValue")}
)
"""Classes of resources that are parts of others, or speak of words: no nodes of the graph."""

Resource = ox.NamedNode | ox.BlankNode
Node = tuple[str, str]
"""Label and id."""


class Resolver:
    """Finds the nodes that resources stand for; what it found is remembered.

    Args:
        facts: the file's statements.
        mapping: what its words mean.
        names: of our own IRIs.
        graph: the graph so far.
    """

    def __init__(self, facts: ox.Store, mapping: RdfMapping, names: Names, graph: GraphStore | None) -> None:
        self._facts = facts
        self._mapping = mapping
        self._names = names
        self._graph = graph
        self._known: dict[Resource, Node | None] = {}
        self._indexes: dict[tuple[str, str], dict[str, str]] = {}
        self.unmatched = 0

    def node(self, resource: Resource) -> Node | None:
        """The node that a resource is; None when it is none, or may not become one."""
        if resource not in self._known:
            self._known[resource] = None  # ends a circle of sameAs
            self._known[resource] = self._found(resource)
        return self._known[resource]

    def kinds(self, resource: Resource) -> list[str]:
        """The classes of a resource."""
        return [
            quad.object.value
            for quad in self._facts.quads_for_pattern(resource, A, None)
            if isinstance(quad.object, ox.NamedNode)
        ]

    def is_act(self, resource: Resource) -> bool:
        """Whether it is something that a person did, or another edge with times."""
        return any(kind in ACT_CLASSES for kind in self.kinds(resource))

    def _found(self, resource: Resource) -> Node | None:
        own = self._own(resource)
        if own is not None:
            return own
        kinds = self.kinds(resource)
        if any(kind in IGNORED or kind in ACT_CLASSES for kind in kinds):
            return None
        label = next((self._mapping.classes[kind] for kind in kinds if kind in self._mapping.classes), None)
        if label is None and self._mapping.content.others == "entity" and isinstance(resource, ox.NamedNode):
            label = "Entity"
        return None if label is None else self._of_label(resource, label)

    def _own(self, resource: Resource) -> Node | None:
        """By its own IRI, or by what it is said to be the same as."""
        if not isinstance(resource, ox.NamedNode):
            return None
        own = self._names.parsed(resource.value)
        if own is not None:
            return own
        for same in self._same(resource):
            found = self._names.parsed(same.value)
            if found is not None:
                return found
        return None

    def _same(self, resource: ox.NamedNode) -> Iterator[ox.NamedNode]:
        for quad in self._facts.quads_for_pattern(resource, SAME_AS, None):
            if isinstance(quad.object, ox.NamedNode):
                yield quad.object
        for quad in self._facts.quads_for_pattern(None, SAME_AS, resource):
            if isinstance(quad.subject, ox.NamedNode):
                yield quad.subject

    def _of_label(self, resource: Resource, label: str) -> Node | None:
        for way in self._mapping.content.match.get(label, ()):
            for value in self._texts(resource, ox.NamedNode(way.predicate)):
                found = self._index(label, way).get(value)
                if found is not None:
                    return label, found
        if label == "Product" and self._mapping.content.unmatched == "reject":
            self.unmatched += 1
            return None
        node_id = resource.value if isinstance(resource, ox.NamedNode) else self._name(resource)
        return (label, node_id) if node_id and len(node_id.encode()) <= ID_BYTES else None

    def _name(self, resource: Resource) -> str | None:
        return next((text for name in NAMED for text in self._texts(resource, name)), None)

    def _texts(self, resource: Resource, predicate: ox.NamedNode) -> Iterator[str]:
        for quad in self._facts.quads_for_pattern(resource, predicate, None):
            if isinstance(quad.object, ox.Literal):
                yield quad.object.value.strip()

    def _index(self, label: str, way: Match) -> dict[str, str]:
        key = (label, way.property)
        if key not in self._indexes:
            self._indexes[key] = dict(self._values(label, way.property))
        return self._indexes[key]

    def _values(self, label: str, name: str) -> Iterator[tuple[str, str]]:
        if self._graph is None:
            return
        ids = [each for batch in self._graph.node_ids(label) for each in batch]
        if name == "id":
            yield from ((each, each) for each in ids if each is not None)
            return
        inner = name.removeprefix("attributes.")
        for rows, values in self._graph.property_values(label, name if inner == name else "attributes"):
            for row, value in zip(rows, values, strict=True):
                told = value if inner == name else value.get(inner)
                if told is not None and ids[row] is not None:
                    yield str(told).strip(), str(ids[row])


ACT_CLASSES = frozenset(terms.edge_form(key).kind for key in terms.edge_keys())
