"""The graph of a store as RDF statements, streamed: nodes with what is known of them, then acts, then knowledge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any, cast

import orjson
import pyoxigraph as ox

from graph.log.events import format_time
from graph.progress import Progress, silent
from graph.rdf import terms
from graph.rdf.formats import DATASETS, PREFIXED, format_named
from graph.rdf.terms import Names
from graph.schema import ATTRIBUTES, EDGE_TYPES, EDGES, INFERRED, KNOWN, NODE_TYPES, NODES, RELATED, Type
from graph.store.port import GraphStore

Statement = ox.Triple | ox.Quad
Value = ox.NamedNode | ox.Literal
Facts = Iterable[tuple[ox.NamedNode, ox.NamedNode, Value]]

MINOR_DIGITS = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Digits behind the point by ISO 4217 code, where they are not two."""

EDGE_PROPERTIES: Mapping[str, str] = {
    "currency": terms.PRICE_CURRENCY,
    "order_id": f"{terms.SCHEMA}orderNumber",
    "text": f"{terms.SCHEMA}text",
    "count": terms.COUNT,
    "first_at": terms.START,
    "last_at": terms.END,
    "at": terms.START,
}
"""What acts say of themselves, where schema.org has a word."""

THINGS = (*KNOWN, "Predicate")
"""Labels of things, and of what joins them."""

A = ox.NamedNode(terms.TYPE)
DATE_TIME = ox.NamedNode(f"{terms.XSD}dateTime")
DECIMAL = ox.NamedNode(f"{terms.XSD}decimal")
JSON = ox.NamedNode(terms.JSON)


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes:
        statements: how many.
        nodes: how many of each label.
        acts: how many of each relationship type.
    """

    statements: int
    nodes: Mapping[str, int]
    acts: Mapping[str, int]


def export_rdf(
    store: GraphStore, out: IO[bytes], *, form: str = "turtle", names: Names | None = None, progress: Progress = silent
) -> Exported:
    """Write the graph of a store as RDF, as of one moment.

    Memory holds the ids of the nodes and no more; statements are written as they are read. Erased nodes and acts that
    were taken back are not there.

    Args:
        store: read inside one reading transaction.
        out: takes the bytes.
        form: one of `graph.rdf.formats.FORMATS`. Where it holds several graphs (trig, jsonld), knowledge stands in
            a graph for its origin; in the others beside a ``rdf:Statement`` that names the origin.
        names: what IRIs begin with.
        progress: told the part that is done, and what is written.

    Returns:
        How much was written.

    Raises:
        InvalidValue: there is no such format.
        StoreError: the store cannot be read.
    """
    format_ = format_named(form)
    writing = Writing(store, names or Names(), in_graphs=form in DATASETS, progress=progress)
    prefixes = terms.PREFIXES if form in PREFIXED else None
    with store.reading():
        ox.serialize(cast("Iterable[ox.Quad]", writing.statements()), out, format_, prefixes=prefixes)
    progress(1.0, "written")
    return Exported(writing.count, writing.nodes, writing.acts)


class Writing:
    """One export on its way.

    Args:
        store: in a reading transaction.
        names: what IRIs begin with.
        in_graphs: knowledge stands in the graph of its origin.
        of_people: False leaves out all but things and what is known of them.
        progress: told the part that is done.

    Attributes:
        count: statements so far.
        nodes: nodes so far, by label.
        acts: acts so far, by relationship type.
    """

    def __init__(
        self,
        store: GraphStore,
        names: Names,
        *,
        in_graphs: bool,
        of_people: bool = True,
        progress: Progress = silent,
    ) -> None:
        self._store = store
        self._names = names
        self._in_graphs = in_graphs
        self._progress = progress
        self._labels = [node.label for node in NODE_TYPES if of_people or node.label in THINGS]
        self._iris: dict[str, list[ox.NamedNode | None]] = {}
        self._ids: dict[str, list[str | None]] = {}
        self.count = 0
        self.nodes: dict[str, int] = {}
        self.acts: dict[str, int] = {}

    def statements(self) -> Iterator[Statement]:
        """Everything, once."""
        for label in self._labels:
            ids = list(chain.from_iterable(self._store.node_ids(label)))
            self._ids[label] = ids
            self._iris[label] = [self._iri(label, each) if each is not None else None for each in ids]
        for statement in chain(self._facts(), self._knowledge()):
            self.count += 1
            yield statement

    def _iri(self, label: str, node_id: str) -> ox.NamedNode:
        return ox.NamedNode(self._names.node(label, node_id))

    def _facts(self) -> Iterator[Statement]:
        steps: list[tuple[str, Facts]] = [(label, self._described(label)) for label in self._labels]
        joined = (key for key in terms.edge_keys() if key[0] in self._labels and key[2] in self._labels)
        steps += [(key[1], self._acted(key)) for key in joined]
        made: Callable[..., Statement] = ox.Quad if self._in_graphs else ox.Triple
        for number, (what, facts) in enumerate(steps):
            self._progress(number / len(steps), what)
            for fact in facts:
                yield made(*fact)

    def _described(self, label: str) -> Facts:
        columns = {each.name: _flat(self._store.property_values(label, each.name)) for each in NODES[label].properties}
        heads = {name: next(column, None) for name, column in columns.items()}
        kind = ox.NamedNode(terms.CLASSES[label])
        ended = set(self._store.deleted_rows(label))
        told = _Properties(self._names, label)
        for row, iri in enumerate(self._iris[label]):
            known: dict[str, Any] = {}
            for name, head in heads.items():
                if head is not None and head[0] == row:
                    known[name] = head[1]
                    heads[name] = next(columns[name], None)
            if iri is None:
                continue
            self.nodes[label] = self.nodes.get(label, 0) + 1
            yield iri, A, kind
            if row in ended:
                yield iri, ox.NamedNode(terms.DELETED), ox.Literal(True)
            yield from told.of(iri, self._ids[label][row] or "", known)

    def _acted(self, key: tuple[str, str, str]) -> Facts:
        form, edge = terms.edge_form(key), EDGES[key]
        kind, source_of, target_of, direct = map(ox.NamedNode, (form.kind, form.source, form.target, form.direct))
        sources, targets = self._iris[key[0]], self._iris[key[2]]
        source_ids, target_ids = self._ids[key[0]], self._ids[key[2]]
        declared = {each.name: each for each in edge.properties}
        for batch in self._store.records(key):
            ids = batch.columns.get("event_id")
            columns = [
                (name, _predicate(name), declared.get(name), column)
                for name, column in batch.columns.items()
                if name != "event_id" and any(value is not None for value in column)
            ]
            self.acts[key[1]] = self.acts.get(key[1], 0) + len(batch.source)
            for place, (start, end) in enumerate(zip(batch.source, batch.target, strict=True)):
                source, target = sources[start], targets[end]
                if source is None or target is None:
                    continue
                name = (ids[place],) if ids else (source_ids[start] or "", target_ids[end] or "")
                act = self._names.act(key[1] if ids else f"{key[1]}-{key[2]}", *name)
                node = ox.NamedNode(act)
                yield source, direct, target
                yield node, A, kind
                yield node, source_of, source
                yield node, target_of, target
                for column_name, predicate, property_, column in columns:
                    value = column[place]
                    if value is None:
                        continue
                    if column_name == "value":
                        yield from _rating(node, act, value)
                    else:
                        yield node, predicate, _literal(property_.type if property_ else _TIMES[column_name], value)

    def _knowledge(self) -> Iterator[Statement]:
        for source in dict.fromkeys(edge.source for edge in EDGE_TYPES if edge.type == "RELATED"):
            iris = self._iris[source]
            for rows, values in self._store.property_values(source, RELATED.name):
                for row, value in zip(rows, values, strict=True):
                    iri = iris[row]
                    if iri is not None:
                        yield from self._known(iri, value)

    def _known(self, iri: ox.NamedNode, related: Mapping[str, Mapping[str, Sequence[str]]]) -> Iterator[Statement]:
        for origin, told in related.items():
            graph = ox.NamedNode(self._names.origin(origin))
            for predicate, named in told.items():
                link = self._iri("Predicate", predicate)
                for label, _, node_id in (each.partition(":") for each in dict.fromkeys(named)):
                    target = self._iri(label, node_id)
                    if self._in_graphs:
                        yield ox.Quad(iri, link, target, graph)
                    else:
                        yield from _reified(iri, link, target, graph, inferred=origin.startswith(INFERRED))


class _Properties:
    """What is known of nodes of one label, as facts."""

    def __init__(self, names: Names, label: str) -> None:
        self._names = names
        self._label = label
        self._naming = terms.naming_properties(label)
        self._plain = {
            each.name: (ox.NamedNode(terms.property_term(label, each.name)), each.type)
            for each in NODES[label].properties
            if each.name not in (*self._naming, RELATED.name, ATTRIBUTES.name)
        }
        self._links = {name: ox.NamedNode(terms.property_term(label, name)) for name in self._naming}

    def of(self, iri: ox.NamedNode, node_id: str, known: Mapping[str, Any]) -> Facts:
        for name, value in known.items():
            if name in self._naming:
                for each in (value,) if isinstance(value, str) else dict.fromkeys(value):
                    if each:
                        yield iri, self._links[name], ox.NamedNode(self._names.node(self._naming[name], each))
            elif name in self._plain:
                predicate, type_ = self._plain[name]
                yield iri, predicate, _literal(type_, value)
            elif name == ATTRIBUTES.name:
                yield from self._attributes(iri, node_id, value)
        if self._label == "Product" and known.get("price_minor") is not None:
            yield from self._offer(iri, node_id, known)
        for name, kind in (("symmetric", "SymmetricProperty"), ("transitive", "TransitiveProperty")):
            if self._label == "Predicate" and known.get(name):
                yield iri, A, ox.NamedNode(terms.OWL + kind)

    def _offer(self, iri: ox.NamedNode, node_id: str, known: Mapping[str, Any]) -> Facts:
        """The price once more as schema.org has it; what is read back is the product's own ``price_minor``."""
        offer = ox.NamedNode(self._names.act("offer", node_id))
        yield iri, ox.NamedNode(terms.OFFERS), offer
        yield offer, A, ox.NamedNode(f"{terms.SCHEMA}Offer")
        currency = known.get("currency")
        digits = MINOR_DIGITS.get(currency or "", 2)
        minor = f"{int(known['price_minor']):0{digits + 1}d}"
        price = f"{minor[:-digits]}.{minor[-digits:]}" if digits else minor
        yield offer, ox.NamedNode(terms.PRICE), ox.Literal(price, datatype=DECIMAL)
        if currency:
            yield offer, ox.NamedNode(terms.PRICE_CURRENCY), ox.Literal(currency)

    def _attributes(self, iri: ox.NamedNode, node_id: str, attributes: Mapping[str, Any]) -> Facts:
        for name, value in attributes.items():
            node = ox.NamedNode(self._names.act("attribute", self._label, node_id, name))
            yield iri, ox.NamedNode(terms.ADDITIONAL), node
            yield node, A, ox.NamedNode(f"{terms.SCHEMA}PropertyValue")
            yield node, ox.NamedNode(terms.NAME), ox.Literal(name)
            yield node, ox.NamedNode(terms.VALUE), _any_literal(value)


_TIMES = {"at": Type.TIME, "first_at": Type.TIME, "last_at": Type.TIME, "count": Type.INTEGER}


def _predicate(name: str) -> ox.NamedNode:
    return ox.NamedNode(EDGE_PROPERTIES.get(name) or terms.term(name))


def _rating(node: ox.NamedNode, act: str, value: float) -> Facts:
    rating = ox.NamedNode(f"{act}:rating")
    yield node, ox.NamedNode(terms.REVIEW_RATING), rating
    yield rating, A, ox.NamedNode(f"{terms.SCHEMA}Rating")
    yield rating, ox.NamedNode(terms.RATING_VALUE), ox.Literal(float(value))


def _reified(
    source: ox.NamedNode, predicate: ox.NamedNode, target: ox.NamedNode, origin: ox.NamedNode, *, inferred: bool
) -> Iterator[ox.Triple]:
    """A fact, unless a rule inferred it, and the statement that says where it comes from."""
    if not inferred:
        yield ox.Triple(source, predicate, target)
    statement = ox.BlankNode()
    yield ox.Triple(statement, A, ox.NamedNode(f"{terms.RDF}Statement"))
    for name, value in (("subject", source), ("predicate", predicate), ("object", target)):
        yield ox.Triple(statement, ox.NamedNode(terms.RDF + name), value)
    yield ox.Triple(statement, ox.NamedNode(terms.ORIGIN), origin)


def _literal(type_: Type, value: Any) -> ox.Literal:
    if type_ is Type.TIME:
        return ox.Literal(format_time(value), datatype=DATE_TIME)
    if type_ is Type.JSON:
        return ox.Literal(orjson.dumps(value).decode(), datatype=JSON)
    if type_ is Type.INTEGER:
        return ox.Literal(int(value))
    return ox.Literal(value)


def _any_literal(value: Any) -> ox.Literal:
    if isinstance(value, bool | int | float | str):
        return ox.Literal(value)
    return ox.Literal(orjson.dumps(value).decode(), datatype=JSON)


def _flat(batches: Iterable[tuple[Sequence[int], Sequence[Any]]]) -> Iterator[tuple[int, Any]]:
    for rows, values in batches:
        yield from zip(rows, values, strict=True)
