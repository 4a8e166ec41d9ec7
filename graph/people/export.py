"""Everything that a data folder holds of one person, as JSON types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from datetime import datetime
from math import isnan
from typing import Any

from graph.errors import ForeignVersion, SnapshotDamaged, StoreLocked, UnknownNode
from graph.folder import DataFolder
from graph.log.events import format_time, milliseconds
from graph.log.project import project
from graph.model import Relation
from graph.people.scrub import rows_about
from graph.schema import EDGES, EVENTS, NODES, Type
from graph.snapshot.shelf import Shelf
from graph.snapshot.snapshot import Snapshot
from graph.store.port import GraphStore

TIMES = {"at", "first_at", "last_at"}


def export_person(folder: DataFolder, user_id: str, now: datetime) -> dict[str, Any]:
    """What log, store, snapshots and reports hold of a person.

    Returns:
        ``user_id``, ``exported_at``, ``properties``, ``events`` (with the person as doer or as somebody else, in the
        log's order), ``edges``, ``posts``, ``rejected_rows`` and ``snapshots``. Times are RFC 3339.

    Raises:
        UnknownNode: nothing is held of anybody with that id.
        StoreUnavailable: the store cannot be reached, so that not all can be told.
    """
    with closing(folder.open_log()) as log, closing(folder.open_store()) as store:
        with suppress(StoreLocked), folder.owned():  # else the owner projects
            project(log, store)
        properties = store.properties("User", user_id)
        events = [event_in_words(each) for each in log.about(user_id) if each["type"] != "erased"]
        snapshots = list(_snapshots(folder, user_id))
        if properties is None and not events and not snapshots:
            raise UnknownNode("User", user_id)
        relations = list(store.relations("User", user_id))
        posts = _posts(store, relations)
    return {
        "user_id": user_id,
        "exported_at": format_time(milliseconds(now)),
        "properties": properties_in_words("User", properties or {}),
        "events": events,
        "edges": [edge_in_words("User", each) for each in relations],
        "posts": posts,
        "rejected_rows": rows_about(folder, user_id),
        "snapshots": snapshots,
    }


def _posts(store: GraphStore, relations: list[Relation]) -> list[dict[str, Any]]:
    ids = [each.id for each in relations if each.type == "POSTED" and each.id is not None]
    return [
        {"id": each, "properties": properties_in_words("Post", store.properties("Post", each) or {})} for each in ids
    ]


def _snapshots(folder: DataFolder, user_id: str) -> Iterator[dict[str, Any]]:
    """What each snapshot holds: the row, the properties, and how many edges of each kind."""
    for place in sorted(each for each in folder.snapshots.glob("*/") if not each.name.startswith(".")):
        try:
            snapshot = Snapshot.open(place, verify=False)
        except (SnapshotDamaged, ForeignVersion):
            continue
        people = snapshot.vocabularies.get("User")
        row = -1 if people is None else people.row(user_id)
        if row >= 0:
            current = snapshot.id == Shelf(folder.snapshots).current_id()
            yield {"snapshot": snapshot.id, "current": current, "row": row, **_held_by(snapshot, row)}


def _held_by(snapshot: Snapshot, row: int) -> dict[str, Any]:
    numbers = {name: float(each[row]) for (label, name), each in snapshot.numbers.items() if label == "User"}
    texts = {name: each.text(row) for (label, name), each in snapshot.texts.items() if label == "User"}
    edges = {}
    for (source, kind, target), each in snapshot.adjacencies.items():
        out = each.out.degree(row) if source == "User" and row < each.out.node_count else 0
        into = each.into.degree(row) if target == "User" and row < each.into.node_count else 0
        if out + into:
            edges[f"{source}-{kind}-{target}"] = {"outgoing": out, "incoming": into}
    known = {name: each for name, each in numbers.items() if not isnan(each)}
    known_texts = {name: each for name, each in texts.items() if each is not None}
    return {"properties": {**known, **known_texts}, "edges": edges}


def event_in_words(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event of the log as it was sent: times in RFC 3339."""
    shown = {**event, "at": None if event.get("at") is None else format_time(event["at"])}
    label = EVENTS[event["type"]].node
    if label and isinstance(event.get("properties"), Mapping):
        shown["properties"] = properties_in_words(label, event["properties"])
    return shown


def properties_in_words(label: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties of a node with times in RFC 3339."""
    times = {each.name for each in NODES[label].properties if each.type is Type.TIME}
    return {
        name: format_time(value) if name in times and value is not None else value for name, value in properties.items()
    }


def edge_in_words(label: str, relation: Relation) -> dict[str, Any]:
    """An edge with times in RFC 3339."""
    source, target = (label, relation.label) if relation.outgoing else (relation.label, label)
    declared = EDGES[source, relation.type, target].properties
    times = TIMES | {each.name for each in declared if each.type is Type.TIME}
    known = {name: format_time(each) if name in times else each for name, each in relation.properties.items()}
    direction = "outgoing" if relation.outgoing else "incoming"
    other = {"label": relation.label, "id": relation.id}
    return {"type": relation.type, "direction": direction, **other, "stands": relation.stands, **known}
