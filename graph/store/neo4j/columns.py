"""Columns of computed values on the nodes of a Neo4j server, and the note from which model they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import InvalidValue
from graph.progress import Progress, silent
from graph.queries import query
from graph.schema import NODES
from graph.store.neo4j.connection import Neo4jServer

NUMBERS_IN_BATCH = 500_000
"""Numbers of one transaction: 10,000 values at most, fewer vectors."""

VALUES_IN_BATCH = 10_000
BATCH_S = 60.0
"""Longest time of one batch; a vector index is brought up to date with it."""

SCAN_S = 600.0
"""Longest time to look at every node of a label."""


@dataclass(frozen=True, slots=True)
class Column:
    """One value for each of some nodes.

    Attributes:
        label: of the nodes.
        name: of the property; none of the declared schema's.
        ids: ``n`` external ids.
        values: ``(n,)`` numbers, or ``(n, dim)`` float32 vectors.
    """

    label: str
    name: str
    ids: Sequence[str]
    values: NDArray[Any]

    def __post_init__(self) -> None:
        """Refuse what would overwrite somebody's data.

        Raises:
            InvalidValue: an unknown label, a property that events set, or not one value an id.
        """
        node = NODES.get(self.label)
        if node is None or node.property(self.name) or self.name in {"id", "row", "deleted"} or self.name[:1] == "_":
            raise InvalidValue(self.path, "computed values go onto known labels, beside the properties of the schema")
        if len(self.ids) != len(self.values):
            raise InvalidValue(self.path, f"{len(self.ids)} ids, {len(self.values)} values")

    @property
    def path(self) -> str:
        """Label and name in one word."""
        return f"{self.label}.{self.name}"

    @property
    def is_vectors(self) -> bool:
        """Whether each value is a vector."""
        return self.values.ndim == 2


@dataclass(frozen=True, slots=True)
class Written:
    """What came of writing a column.

    Attributes:
        written: nodes that have their value now.
        absent: nodes that the server does not have; it is behind the event log.
        removed: nodes that lost the value of an earlier writing, as they have none any more.
    """

    written: int
    absent: int
    removed: int


@dataclass(frozen=True, slots=True)
class ModelNote:
    """From which model columns are: ``(:Model)`` on the server.

    Attributes:
        name: of the model.
        version: of the model.
        created_at: when it was made, in milliseconds since 1970.
        snapshot: id of the snapshot that it was made from.
    """

    name: str
    version: str
    created_at: int
    snapshot: str


def write_model(
    server: Neo4jServer, note: ModelNote, columns: Sequence[Column], progress: Progress = silent
) -> dict[str, Written]:
    """Write all columns of one model and note it; interrupted, it is noted as not complete, and run again it is.

    Columns that an earlier version wrote, and this one does not, are removed.

    Returns:
        What came of each column, by `Column.path`.
    """
    paths = [column.path for column in columns]
    before = {
        path for name, _, _, wrote, _ in server.rows(query("written_models")) if name == note.name for path in wrote
    }
    facts = {"name": note.name, "version": note.version, "created_at": note.created_at, "snapshot": note.snapshot}
    server.rows(query("model_begins"), {**facts, "wrote": sorted(before | {*paths})}, write=True)
    for path in sorted(before - {*paths}):
        remove_column(server, *path.split(".", 1))
    written = {}
    for number, column in enumerate(columns):
        written[column.path] = write_column(server, column, _part(progress, number, len(columns)))
    server.rows(query("model_begins"), {**facts, "wrote": paths}, write=True)
    server.rows(query("model_complete"), {"name": note.name}, write=True)
    return written


def write_column(server: Neo4jServer, column: Column, progress: Progress = silent) -> Written:
    """Write one column in batches, and remove the property from nodes that the column does not name.

    Each batch is a transaction of its own, tried again when it fails for a passing reason; writing twice is the same
    as once.
    """
    values = np.ascontiguousarray(column.values)
    size = VALUES_IN_BATCH if not column.is_vectors else max(1, NUMBERS_IN_BATCH // max(1, values.shape[1]))
    size = min(size, VALUES_IN_BATCH)
    written = 0
    for begin in range(0, len(column.ids), size):
        progress(begin / len(column.ids), column.path)
        written += _write(server, column, list(column.ids[begin : begin + size]), values[begin : begin + size].tolist())
    stale = _holders(server, column.label, column.name) - {*column.ids}
    return Written(written, len(column.ids) - written, _remove(server, column.label, column.name, stale))


def remove_column(server: Neo4jServer, label: str, name: str) -> int:
    """Remove a computed property from every node; how many had it."""
    return _remove(server, label, name, _holders(server, label, name))


def remove_models(server: Neo4jServer, keep: Sequence[str]) -> dict[str, list[str]]:
    """Remove everything of the models that are no more; what was removed, by model."""
    removed = {}
    for name, _, _, wrote, _ in server.rows(query("written_models")):
        if name in keep:
            continue
        for path in wrote:
            label, column = path.split(".", 1)
            server.rows(query("drop_index", index=f"{label.lower()}_{column}"), write=True, query_s=BATCH_S)
            remove_column(server, label, column)
        server.rows(query("remove_model"), {"name": name}, write=True)
        removed[name] = list(wrote)
    return removed


def _part(progress: Progress, number: int, count: int) -> Progress:
    return lambda done, note: progress((number + done) / count, note)


def _write(server: Neo4jServer, column: Column, ids: list[str], values: list[Any]) -> int:
    if column.is_vectors:
        text = query("write_vectors", label=column.label)
        parameters = {"ids": ids, "vectors": values, "property": column.name}
    else:
        text = query("write_values", label=column.label, property=column.name)
        parameters = {"ids": ids, "values": values}
    written: int = server.rows(text, parameters, write=True, query_s=BATCH_S)[0][0]
    return written


def _holders(server: Neo4jServer, label: str, name: str) -> set[str]:
    rows = server.stream(query("holders", label=label, property=name), fetch_size=10_000, query_s=SCAN_S)
    return {row[0] for row in rows}


def _remove(server: Neo4jServer, label: str, name: str, ids: set[str]) -> int:
    ordered, removed = sorted(ids), 0
    for begin in range(0, len(ordered), VALUES_IN_BATCH):
        batch = {"ids": ordered[begin : begin + VALUES_IN_BATCH]}
        removed += server.rows(query("remove_values", label=label, property=name), batch, write=True, query_s=BATCH_S)[
            0
        ][0]
    return removed
