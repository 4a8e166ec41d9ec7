"""The form in which an import's rows are kept: Arrow tables of one event type or label each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import InvalidEvent
from graph.model import MISSING, EventBatch, NodeBatch
from graph.schema import EVENTS, NODE_TYPES, NODES, Property, Type

CHUNK_ROWS = 20_000
"""Most rows of one chunk: what a store can take in one transaction, and what a reader holds in memory."""

KIND = b"type"
EVENT_ID, OWNER, AT = "_event_id", "_id", "_at"
"""Columns that every chunk has; those of fields and properties carry their own names, which never begin so."""
REMOVED = "_removed_"
"""Before a property's name: a column that is true where an upsert takes the property away."""

ARROW_TYPES: Mapping[Type, pa.DataType] = {
    Type.STRING: pa.utf8(),
    Type.INTEGER: pa.int64(),
    Type.FLOAT: pa.float64(),
    Type.BOOLEAN: pa.bool_(),
    Type.TIME: pa.int64(),
    Type.IDS: pa.list_(pa.utf8()),
    Type.JSON: pa.binary(),
}

NODE_OF = {node.event: node for node in NODE_TYPES}
"""Nodes by the event that creates them; files may bring some that no single event does."""

Batch = EventBatch | NodeBatch


def kind_of(batch: Batch) -> str:
    """The event type of a batch's rows; of nodes the one that creates them."""
    return NODES[batch.label].event if isinstance(batch, NodeBatch) else batch.type


def pieces(batch: Batch, rows: int = CHUNK_ROWS) -> Iterator[Batch]:
    """The batch in its order, cut into parts of at most so many rows."""
    for start in range(0, len(batch), rows):
        part = slice(start, start + rows)
        ids, at = batch.event_ids[part], batch.at[part]
        if isinstance(batch, NodeBatch):
            properties = {name: values[part] for name, values in batch.properties.items()}
            yield NodeBatch(batch.label, ids, batch.ids[part], at, properties)
        else:
            fields = {name: values[part] for name, values in batch.fields.items()}
            yield EventBatch(batch.type, ids, batch.user_ids[part], at, fields)


def to_table(batch: Batch) -> pa.Table:
    """A batch as a table that carries its event type.

    Raises:
        InvalidEvent: a field or property is none of the type's, or a value is none of its kind.
    """
    kind = kind_of(batch)
    owners, columns = (batch.ids, batch.properties) if isinstance(batch, NodeBatch) else (batch.user_ids, batch.fields)
    arrays = {
        EVENT_ID: pa.array(batch.event_ids, pa.utf8()),
        OWNER: pa.array(owners, pa.utf8()),
        AT: pa.array(batch.at, pa.int64()),
    }
    for name, values in columns.items():
        arrays[name] = _encoded(_declared(kind, name), values)
        if isinstance(batch, NodeBatch) and any(value is None for value in values):
            arrays[REMOVED + name] = pa.array([value is None for value in values], pa.bool_())
    return pa.table(arrays).replace_schema_metadata({KIND: kind.encode()})


def _declared(kind: str, name: str) -> Property:
    declared = NODE_OF[kind].property(name) if kind in NODE_OF else EVENTS[kind].field(name)
    if declared is None:
        raise InvalidEvent(name, f"{kind} has no such field or property")
    return declared


def _encoded(declared: Property, values: Sequence[Any]) -> pa.Array:
    known = [None if value is MISSING else value for value in values]
    if declared.type is Type.JSON:
        known = [None if value is None else orjson.dumps(value) for value in known]
    try:
        return pa.array(known, ARROW_TYPES[declared.type])
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise InvalidEvent(declared.name, f"a value is no {declared.type.value} ({error})") from error


def to_batch(table: pa.Table) -> Batch:
    """The batch that was made into the table."""
    kind = table.schema.metadata[KIND].decode()
    columns = {
        name: _decoded(_declared(kind, name), table, missing=MISSING if kind in NODE_OF else None)
        for name in table.column_names
        if not name.startswith("_")
    }
    ids, owners, at = (table.column(name).to_pylist() for name in (EVENT_ID, OWNER, AT))
    if kind in NODE_OF:
        return NodeBatch(NODE_OF[kind].label, ids, owners, at, columns)
    return EventBatch(kind, ids, owners, at, columns)


def _decoded(declared: Property, table: pa.Table, missing: Any) -> list[Any]:
    values: list[Any] = table.column(declared.name).to_pylist()
    if declared.type is Type.JSON:
        values = [None if value is None else orjson.loads(value) for value in values]
    if missing is None:
        return values
    if REMOVED + declared.name not in table.column_names:
        return [missing if value is None else value for value in values]
    removed = table.column(REMOVED + declared.name).to_pylist()
    return [missing if value is None and not gone else value for value, gone in zip(values, removed, strict=True)]


def bodies(batch: Batch) -> Iterator[dict[str, Any]]:
    """A batch's rows as events in the log's form; what is not known is left out."""
    kind = kind_of(batch)
    owners, columns = (batch.ids, batch.properties) if isinstance(batch, NodeBatch) else (batch.user_ids, batch.fields)
    for place, event_id in enumerate(batch.event_ids):
        body = {"event_id": event_id, "type": kind, "at": batch.at[place]}
        known = {name: values[place] for name, values in columns.items()}
        if isinstance(batch, NodeBatch):
            known = {name: value for name, value in known.items() if value is not MISSING}
            yield {**body, f"{kind}_id": owners[place], "properties": known}
        else:
            named = {"user_id": owners[place]} if owners[place] else {}
            yield {**body, **named, **{name: value for name, value in known.items() if value is not None}}


def people_columns(kind: str) -> list[str]:
    """The columns of a type's chunks that name people."""
    if kind in NODE_OF:
        return [OWNER] if NODE_OF[kind].label == "User" else []
    return [OWNER, *(name for name in ("other_id", "with") if EVENTS[kind].field(name))]


def naming(table: pa.Table, people: Collection[str], posts: Collection[str] = ()) -> pa.Array:
    """``(n,)`` booleans: the rows of a chunk that name one of some people, as doer or as somebody else.

    So do rows that tell what one of some posts is.
    """
    kind = table.schema.metadata[KIND].decode()
    if kind == "post":
        return _names(table.column(OWNER).combine_chunks(), posts)
    found = pa.array([False] * table.num_rows, pa.bool_())
    for name in people_columns(kind):
        if name in table.column_names:
            found = pc.or_(found, _names(table.column(name).combine_chunks(), people))
    return found


def _names(column: pa.Array, people: Collection[str]) -> pa.Array:
    if pa.types.is_list(column.type):
        return pa.array([not set(people).isdisjoint(each or ()) for each in column.to_pylist()], pa.bool_())
    return pc.is_in(column, pa.array(people, pa.utf8()))


def without(table: pa.Table, people: Collection[str], posts: Collection[str] = ()) -> pa.Table:
    """What is left of a chunk when people have to go: no row of theirs, and nobody's row that still names them."""
    alone = table.drop_columns(["with"]) if "with" in table.column_names else table
    kept = table.filter(pc.invert(naming(alone, people, posts)))
    if "with" not in kept.column_names:
        return kept
    receivers = [
        None if each is None else [other for other in each if other not in people]
        for each in kept.column("with").to_pylist()
    ]
    place = kept.column_names.index("with")
    return kept.set_column(place, kept.schema.field(place), pa.array(receivers, ARROW_TYPES[Type.IDS]))
