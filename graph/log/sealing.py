"""People's own fields in the log, encrypted so that only their key opens them.

Sealed are the properties of people and posts, and what people wrote: texts, images, searches. Ids, types, times and
numbers stay readable, because the graph is made of them; erasing takes them out by rewriting.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from graph.errors import ArchiveDamaged
from graph.log.chunks import KIND, OWNER, REMOVED, Batch, to_batch
from graph.log.keys import KeyRing, Owner
from graph.model import MISSING, EventBatch, NodeBatch
from graph.schema import EVENTS

SEALED = "sealed"
"""Field of a record that stands for the sealed ones."""
SEALED_COLUMN = "_sealed"
"""Column of a chunk likewise."""

WHOLE = frozenset({"user", "post"})
"""Events whose properties are sealed altogether."""
WRITTEN = ("text", "images")
"""Fields of other events that are sealed."""

NONCE_BYTES = 12
KEY_ID_BYTES = 4
"""Of a hash of the key, before each text: somebody who comes again after an erasure has another key than before."""


def personal_fields(kind: str) -> tuple[str, ...]:
    """The fields of an event type that are sealed."""
    if kind in WHOLE:
        return ("properties",)
    return tuple(each.name for each in EVENTS[kind].fields if each.name in WRITTEN) if not EVENTS[kind].node else ()


PERSONAL: Mapping[str, tuple[str, ...]] = {kind: names for kind in EVENTS if (names := personal_fields(kind))}
"""By event type; types without any are not there."""


def owner_of(kind: str, row_id: str) -> Owner:
    """Whose key seals a row: of the post for what a post is, else of the person."""
    return ("post" if kind == "post" else "user", row_id)


def owners_of(events: Iterable[Mapping[str, Any]]) -> set[Owner]:
    """Whose keys these events need."""
    return {_owner_of_event(event) for event in events if _own(event)}


def _own(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: event[name] for name in PERSONAL.get(event.get("type", ""), ()) if event.get(name) not in (None, {})}


def seal_event(event: Mapping[str, Any], ring: KeyRing) -> dict[str, Any]:
    """An event with its personal fields sealed."""
    own = _own(event)
    if not own:
        return dict(event)
    owner = _owner_of_event(event)
    text = _encrypt(ring.make([owner])[owner], event["event_id"], own)
    rest = {name: value for name, value in event.items() if name not in own}
    return {**rest, SEALED: base64.b64encode(text).decode()}


def open_event(event: dict[str, Any], ring: KeyRing) -> dict[str, Any]:
    """An event with its sealed fields opened; where the key was destroyed they are not there.

    Raises:
        ArchiveDamaged: the key does not fit.
    """
    if SEALED not in event:
        return event
    owner = _owner_of_event(event)
    key = ring.find([owner]).get(owner)
    rest = {name: value for name, value in event.items() if name != SEALED}
    if key is None:
        return rest
    return {**rest, **_decrypt(key, event["event_id"], base64.b64decode(event[SEALED]))}


def _owner_of_event(event: Mapping[str, Any]) -> Owner:
    kind = event["type"]
    return owner_of(kind, event["post_id"] if kind == "post" else event["user_id"])


def seal_table(table: pa.Table, ring: KeyRing) -> pa.Table:
    """A chunk with its personal columns in one sealed column."""
    kind = table.schema.metadata[KIND].decode()
    names = [name for name in table.column_names if name in _columns(kind, table)]
    if not names:
        return table
    batch = to_batch(table)
    values = batch.properties if isinstance(batch, NodeBatch) else batch.fields
    own = list(_rows({name: values[name] for name in names}, len(batch), MISSING if EVENTS[kind].node else None))
    owners = [owner_of(kind, row_id) for row_id in table.column(OWNER).to_pylist()]
    keys = ring.make({owner for owner, row in zip(owners, own, strict=True) if row})
    column = [
        _encrypt(keys[owner], event_id, row) if row else None
        for owner, event_id, row in zip(owners, batch.event_ids, own, strict=True)
    ]
    open_names = [name for name in table.column_names if name not in names and name.removeprefix(REMOVED) not in names]
    return table.select(open_names).append_column(SEALED_COLUMN, pa.array(column, pa.binary()))


def open_table(table: pa.Table, ring: KeyRing) -> Batch:
    """The batch of a chunk, its sealed column opened; what was sealed with a key that was destroyed is not there.

    Raises:
        ArchiveDamaged: a key does not fit.
    """
    batch = to_batch(table)
    if SEALED_COLUMN not in table.column_names:
        return batch
    kind = table.schema.metadata[KIND].decode()
    owners = [owner_of(kind, row_id) for row_id in table.column(OWNER).to_pylist()]
    sealed = table.column(SEALED_COLUMN).to_pylist()
    keys = ring.find({owner for owner, text in zip(owners, sealed, strict=True) if text is not None})
    rows = [
        _decrypt(keys[owner], event_id, text) if text is not None and owner in keys else {}
        for owner, event_id, text in zip(owners, batch.event_ids, sealed, strict=True)
    ]
    names = dict.fromkeys(name for row in rows for name in row)
    missing = MISSING if EVENTS[kind].node else None
    columns = {name: [row.get(name, missing) for row in rows] for name in names}
    if isinstance(batch, EventBatch):
        return replace(batch, fields={**batch.fields, **columns})
    return replace(batch, properties={**batch.properties, **columns})


def _columns(kind: str, table: pa.Table) -> set[str]:
    """The personal columns of a chunk that hold anything."""
    if kind in WHOLE:
        return {name for name in table.column_names if not name.startswith("_")}
    there = (name for name in PERSONAL.get(kind, ()) if name in table.column_names)
    return {name for name in there if table.column(name).null_count < table.num_rows}


def _rows(columns: Mapping[str, Sequence[Any]], count: int, missing: Any) -> Iterator[dict[str, Any]]:
    for place in range(count):
        yield {name: values[place] for name, values in columns.items() if values[place] is not missing}


def _encrypt(key: bytes, event_id: str, own: Mapping[str, Any]) -> bytes:
    """Bound to the event, so that no text can be passed off as that of another."""
    nonce = os.urandom(NONCE_BYTES)
    return _key_id(key) + nonce + AESGCM(key).encrypt(nonce, orjson.dumps(own), event_id.encode())


def _decrypt(key: bytes, event_id: str, text: bytes) -> dict[str, Any]:
    """What was sealed; nothing where that was with a key that was destroyed before this one was made."""
    key_id, nonce, content = text[:KEY_ID_BYTES], text[KEY_ID_BYTES:][:NONCE_BYTES], text[KEY_ID_BYTES + NONCE_BYTES :]
    if key_id != _key_id(key):
        return {}
    try:
        found = AESGCM(key).decrypt(nonce, content, event_id.encode())
    except InvalidTag as error:
        raise ArchiveDamaged(f"event {event_id}", "what is sealed in it does not open with its key") from error
    opened: dict[str, Any] = orjson.loads(found)
    return opened


def _key_id(key: bytes) -> bytes:
    return hashlib.blake2b(key, digest_size=KEY_ID_BYTES).digest()
