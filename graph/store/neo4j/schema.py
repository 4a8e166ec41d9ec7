"""Constraints and indexes of the graph on a Neo4j server: made from the declared schema, and compared with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from graph.errors import ForeignVersion
from graph.queries import query
from graph.schema import EDGE_TYPES, NODE_TYPES, Keeping
from graph.store.neo4j.connection import Neo4jServer, Transaction

SCHEMA_VERSION = 1
"""Changes with the form of the graph on the server."""

SCHEMA_S = 600.0
"""Longest time one constraint or index may take to be made; it goes over what is there already."""

ENDED = "ENDED_"
"""Stands before the relationship type of a pair that no longer stands."""

VECTORS: Mapping[str, Any] = {
    "vector.similarity_function": "cosine",
    "vector.quantization.enabled": False,
    "vector.hnsw.m": 32,
    "vector.hnsw.ef_construction": 200,
}
"""How vector indexes are made. The server's defaults (one bit a number, 16 links) lose up to a quarter of the nearest
neighbours of our tables; `docs/guides/neo4j-analysts.md` has the figures."""

OWN_LABELS = ("Erased", "TastegraphStore", "Model")
"""Labels of ours beside those of the declared schema."""

Dims = Mapping[tuple[str, str], int]
"""Length of the vectors by label and model."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One constraint or index.

    Attributes:
        name: on the server.
        kind: its type there.
        label: of the nodes that it is for.
        properties: in order.
        query: of the catalogue, that makes it.
        dim: length of the vectors, for a vector index.
    """

    name: str
    kind: str
    label: str
    properties: tuple[str, ...]
    query: str
    dim: int = 0

    @property
    def configuration(self) -> dict[str, Any]:
        """What a vector index is made with."""
        return {"vector.dimensions": self.dim, **VECTORS}


@dataclass(frozen=True, slots=True)
class SchemaReport:
    """How a server's schema compares with ours.

    Attributes:
        version: what the server says of itself; None when it is not ours yet.
        missing: names of constraints and indexes that are not there.
        different: those that are there under our name with another meaning, each with what it is.
        failed: those that the server could not build.
        filling: those that do not hold everything yet, with how many percent they do.
        foreign: labels, relationship types, constraints and indexes that are not ours; they do no harm.
    """

    version: int | None
    missing: list[str] = field(default_factory=list)
    different: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    filling: dict[str, float] = field(default_factory=dict)
    foreign: dict[str, list[str]] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether everything of ours is there and as it should be."""
        return self.version == SCHEMA_VERSION and not (self.missing or self.different or self.failed)

    def as_json(self) -> dict[str, Any]:
        """For printing."""
        return {"good": self.good, "wanted_version": SCHEMA_VERSION, **asdict(self)}

    def lines(self) -> list[str]:
        """For reading, one finding a line."""
        lines = [] if self.version == SCHEMA_VERSION else [f"version: {self.version}, wanted {SCHEMA_VERSION}"]
        lines += [f"missing: {name}" for name in self.missing]
        lines += [f"different: {name} is {what}" for name, what in self.different.items()]
        lines += [f"failed: {name}" for name in self.failed]
        lines += [f"filling: {name} holds {percent:.0f} %" for name, percent in self.filling.items()]
        lines += [
            f"not ours: {name} ({what.replace('_', ' ')})" for what, names in self.foreign.items() for name in names
        ]
        return [*lines, "good" if self.good else "run tastegraph neo4j schema"]


def vector_property(model: str) -> str:
    """Property that holds a model's vectors."""
    return f"embedding_{model}"


def vector_index(label: str, model: str) -> str:
    """Name of the index over them, as `db.index.vector.queryNodes` takes it."""
    return f"{label.lower()}_{vector_property(model)}"


def wanted(dims: Dims | None = None) -> list[Wanted]:
    """Everything that the server should have, constraints first."""
    keys = [(node.label, name) for node in NODE_TYPES for name in ("id", "row")]
    keys += [("TastegraphStore", "name"), ("Model", "name")]
    unique = [
        Wanted(f"{label.lower()}_{name}", "UNIQUENESS", label, (name,), "constraint_unique") for label, name in keys
    ]
    fixed = [
        Wanted("erased_key", "RANGE", "Erased", ("label", "key"), "index_erased"),
        Wanted("product_text", "FULLTEXT", "Product", ("title", "description"), "index_product_text"),
        Wanted("user_text", "FULLTEXT", "User", ("display_name", "handle"), "index_user_text"),
        Wanted("post_text", "FULLTEXT", "Post", ("text",), "index_post_text"),
    ]
    vectors = [
        Wanted(vector_index(label, model), "VECTOR", label, (vector_property(model),), "index_vector", dim)
        for (label, model), dim in sorted((dims or {}).items())
    ]
    return [*unique, *fixed, *vectors]


def apply_schema(server: Neo4jServer, dims: Dims | None = None, *, wait: bool = False) -> list[str]:
    """Make what is missing, and make anew what is there under our names with another meaning. Safe to repeat.

    Args:
        server: where.
        dims: length of the vectors by label and model, for the vector indexes; those not named are left alone.
        wait: return only when every index holds what was there before it.

    Returns:
        The names of what was made, in order; empty when everything was there.

    Raises:
        ForeignVersion: a newer program has set the server up.
        StoreRefused: what is on the server stands against it, such as two nodes with one id.
    """
    server.version()
    version = stored_version(server)
    found = _found(server)
    wrong = {each.name: each for each in wanted(dims) if each.name in found and not _agrees(each, found[each.name])}
    right = [there for name, there in found.items() if name not in wrong]
    missing = [each for each in wanted(dims) if not any(_agrees(each, there) for there in right)]
    _change(server, [_drop(found[name]) for name in wrong])
    _change(server, [_make(each) for each in missing])
    if version != SCHEMA_VERSION:
        server.rows(query("set_schema_version"), {"version": SCHEMA_VERSION}, write=True)
    if wait:
        await_indexes(server)
    return [each.name for each in missing]


def await_indexes(server: Neo4jServer, limit_s: float = SCHEMA_S) -> None:
    """Wait until every index holds what was there before it.

    Raises:
        StoreUnavailable: one failed, or it took longer than the limit.
    """
    server.rows(query("await_indexes"), {"seconds": int(limit_s)}, query_s=limit_s)


def check_schema(server: Neo4jServer, dims: Dims | None = None) -> SchemaReport:
    """Compare a server with the declared schema; nothing is changed.

    Raises:
        ForeignVersion: a newer program has set the server up.
    """
    server.version()
    found = _found(server)
    report = SchemaReport(stored_version(server))
    ours = set()
    for each in wanted(dims):
        there = found.get(each.name)
        there = there or next((other for other in found.values() if _agrees(each, other)), None)
        if there is None:
            report.missing.append(each.name)
            continue
        ours.add(there.name)
        if not _agrees(each, there):
            report.different[each.name] = there.summary
        elif there.state == "FAILED":
            report.failed.append(each.name)
        elif there.state != "ONLINE":
            report.filling[each.name] = there.percent
    report.foreign.update(_foreign(server, [each for name, each in found.items() if name not in ours]))
    return report


@dataclass(frozen=True, slots=True)
class _Found:
    name: str
    kind: str
    labels: tuple[str, ...]
    properties: tuple[str, ...]
    configuration: Mapping[str, Any] = field(default_factory=dict)
    state: str = "ONLINE"
    percent: float = 100.0

    @property
    def summary(self) -> str:
        dim = self.configuration.get("vector.dimensions")
        return f"{self.kind} on {'|'.join(self.labels)} ({', '.join(self.properties)})" + (
            f", {dim} long" if dim else ""
        )


def _found(server: Neo4jServer) -> dict[str, _Found]:
    found = {}
    backing = {}
    for name, kind, labels, names, options, state, percent, constraint in server.rows(query("server_indexes")):
        index = _Found(
            name, kind, tuple(labels or ()), tuple(names or ()), options.get("indexConfig", {}), state, float(percent)
        )
        if constraint is None:
            found[name] = index
        else:
            backing[constraint] = index
    for name, kind, labels, names in server.rows(query("server_constraints")):
        index = backing.get(name, _Found("", "", (), ()))
        plain = "UNIQUENESS" if kind.endswith("UNIQUENESS") else kind
        found[name] = _Found(name, plain, tuple(labels), tuple(names), {}, index.state, index.percent)
    return {name: each for name, each in found.items() if each.kind != "LOOKUP"}


def _agrees(each: Wanted, there: _Found) -> bool:
    same = (there.kind, there.labels, there.properties) == (each.kind, (each.label,), each.properties)
    if not same or each.kind != "VECTOR":
        return same
    configuration = dict(there.configuration)
    if "vector.quantization.type" in configuration:  # newer servers say which, older ones whether
        configuration["vector.quantization.enabled"] = configuration["vector.quantization.type"] != "NONE"
    return all(str(configuration.get(key)).lower() == str(value).lower() for key, value in each.configuration.items())


Statement = tuple[str, dict[str, Any]]


def _change(server: Neo4jServer, statements: Sequence[Statement]) -> None:
    """All in one transaction: a commit of the schema takes longer than its change."""

    def work(change: Transaction) -> None:
        for text, parameters in statements:
            change.run(text, **parameters)

    if statements:
        server.retried(work, write=True, query_s=SCHEMA_S)


def _make(each: Wanted) -> Statement:
    names = {"constraint_unique": ("index", "label", "property"), "index_vector": ("index", "label", "property")}
    values = {"index": each.name, "label": each.label, "property": each.properties[0]}
    text = query(each.query, **{name: values[name] for name in names.get(each.query, ())})
    return text, {"options": {"indexConfig": each.configuration}} if each.dim else {}


def _drop(there: _Found) -> Statement:
    is_index = there.kind in {"RANGE", "TEXT", "POINT", "FULLTEXT", "VECTOR"}
    return query("drop_index" if is_index else "drop_constraint", index=there.name), {}


def stored_version(server: Neo4jServer) -> int | None:
    """The version of the schema that a server has; None when it is not ours yet.

    Raises:
        ForeignVersion: a newer program has set the server up.
    """
    rows = server.rows(query("schema_version"))
    version = rows[0][0] if rows else None
    if version is not None and version > SCHEMA_VERSION:
        raise ForeignVersion(server.config.url, version, SCHEMA_VERSION)
    return version


def _foreign(server: Neo4jServer, others: Iterable[_Found]) -> dict[str, list[str]]:
    labels = {node.label for node in NODE_TYPES} | {*OWN_LABELS}
    types = {edge.type for edge in EDGE_TYPES}
    types |= {ENDED + edge.type for edge in EDGE_TYPES if edge.keeping is Keeping.PAIR}
    found = {
        "labels": sorted({row[0] for row in server.rows(query("server_labels"))} - labels),
        "relationship_types": sorted({row[0] for row in server.rows(query("server_types"))} - types),
        "constraints_and_indexes": sorted(each.name for each in others if not _is_vector(each)),
    }
    return {what: names for what, names in found.items() if names}


def _is_vector(each: _Found) -> bool:
    """Whether it is an index over vectors of a model that the question did not name."""
    return each.kind == "VECTOR" and each.name == f"{'|'.join(each.labels).lower()}_{'_'.join(each.properties)}"
