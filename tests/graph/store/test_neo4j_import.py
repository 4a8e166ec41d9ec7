"""A real server takes the files for its offline import, and the log goes on where they were written."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from graph.schema import NODES
from graph.store.neo4j.files import write_import_files
from graph.store.neo4j.store import Neo4jGraphStore
from graph.store.port import GraphStore
from graph.store.sqlite import SqliteGraphStore
from tests.graph.store.following import follow
from tests.oracles.plain_graph import read_out
from tests.servers.neo4j import Neo4jProcess, RunningNeo4j

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

NASTY = "a \"b\", 'c'\\ ;|~\t\r\nd é🦊"
Event = dict[str, Any]


def story() -> list[Event]:
    """Everything that a store can hold: each kind of edge, ended and taken back, described, removed and erased."""
    people, things = ["ann", "bob", "cem", NASTY], ["p1", "p2", NASTY]
    events: list[Event] = [
        {"type": "user", "user_id": "ann", "at": 5, "properties": {"city": NASTY, "attributes": {"x": 1, "y": None}}},
        {"type": "user", "user_id": "ann", "at": 6, "properties": {"city": None, "joined_at": 1_700_000_000_000}},
        {"type": "category", "category_id": "c1", "at": 1, "properties": {"name": "", "parent": ["c2", "c;|~3"]}},
        {"type": "product", "product_id": "p1", "at": 2, "properties": {"categories": ["c1", "c2"], "brand": "b"}},
        {
            "type": "product",
            "product_id": "p1",
            "at": 9,
            "properties": {
                "categories": [],
                "tags": ["t"],
                "related": {"shop": {"made of": ["Entity:a:b", "Category:c1"]}, "inferred:x": {"of": ["Entity:a:b"]}},
            },
        },
        {"type": "product", "product_id": NASTY, "at": None, "properties": {"title": NASTY, "available": False}},
        {"type": "product", "product_id": "p2", "at": 3, "properties": {"attributes": None, "price_minor": 9}},
        {"type": "product", "product_id": "p2", "at": 4, "properties": {"attributes": {"size": 2}, "tags": []}},
        {"type": "deleted", "at": 9, "label": "Product", "id": "p2"},
        {"type": "posted", "user_id": "bob", "post_id": "q", "at": 1, "text": NASTY, "product_ids": ["p1"]},
        {"type": "posted", "user_id": "eve", "post_id": "r", "at": 1, "text": "gone"},
        {"type": "commented", "user_id": "ann", "post_id": "q", "at": 8, "text": "oh"},
        {"type": "post_liked", "user_id": "cem", "post_id": "q", "at": None},
        {"type": "shared", "user_id": "ann", "product_id": "p1", "at": 3, "with": ["bob", "cem", "ann"]},
        {"type": "messaged", "user_id": "ann", "other_id": "bob", "at": 4},
        {"type": "joined", "user_id": "ann", "community_id": "m", "at": 4},
        {"type": "erased", "user_id": "eve", "at": 7},
        {"type": "followed", "user_id": "eve", "other_id": "ann", "at": 8},
    ]
    for number, (person, thing) in enumerate((person, thing) for person in people for thing in things):
        for kind in ("viewed", "liked", "carted", "bought", "rated", "reviewed"):
            event: Event = {"type": kind, "user_id": person, "product_id": thing, "at": number % 3 or None}
            more = {"rated": {"value": 1.0 + number % 5, "text": NASTY}, "bought": {"quantity": 2, "order_id": ""}}
            events.append(event | more.get(kind, {}))
        events.append({"type": "unliked", "user_id": person, "product_id": thing, "at": number % 4})
        if person != "bob":
            events.append({"type": "followed", "user_id": person, "other_id": "bob", "at": number})
    return [{"event_id": f"e{number:03}", **event} for number, event in enumerate(events)]


def later() -> list[Event]:
    """Events that meet what was imported: older and newer than it, and about new nodes."""
    return [
        {"event_id": "f0", "type": "unfollowed", "user_id": "ann", "other_id": "bob", "at": 99},
        {"event_id": "f1", "type": "liked", "user_id": "ann", "product_id": "p1", "at": 99},
        {"event_id": "f2", "type": "followed", "user_id": "dan", "other_id": "eve", "at": 99},
        {"event_id": "f3", "type": "followed", "user_id": "dan", "other_id": "ann", "at": 99},
        {"event_id": "f4", "type": "product", "product_id": "p1", "at": 8, "properties": {"categories": ["c9"]}},
        {"event_id": "f5", "type": "product", "product_id": "p2", "at": 10, "properties": {"attributes": {"x": 1}}},
        {"event_id": "f6", "type": "user", "user_id": "ann", "at": 5, "properties": {"city": "late"}},
        {"event_id": "f7", "type": "messaged", "user_id": "ann", "other_id": "bob", "at": 50},
        {"event_id": "f8", "type": "rated", "user_id": "ann", "product_id": "p1", "value": 2.0, "at": None},
        {"event_id": "f9", "type": "commented", "user_id": "cem", "post_id": "q", "at": 60, "text": "again"},
        {"event_id": "g0", "type": "erased", "user_id": "bob", "at": 61},
    ]


@pytest.fixture
def server(line, tmp_path) -> Iterator[Neo4jProcess]:
    process = Neo4jProcess(tmp_path / "neo4j", line)
    process.write_settings()
    yield process
    if process._process is not None:
        process.kill()


def bring_in(process: Neo4jProcess, folder: Path) -> None:
    """Run the script as its reader would, with a stand-in for the command that finds the server's jars."""
    admin = folder.parent / "neo4j-admin"
    quoted = " ".join(f"'{word}'" for word in process.admin())
    admin.write_text(f'#!/bin/sh\nexec {quoted} "$@"\n')
    admin.chmod(0o755)
    environment: Mapping[str, str] = {**os.environ, **process.environment, "NEO4J_ADMIN": str(admin)}
    script = [str(folder / "import.sh"), "--overwrite-destination=true"]
    done = subprocess.run(script, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def all_ids(store: GraphStore, label: str) -> list[str | None]:
    return [node_id for batch in store.node_ids(label) for node_id in batch]


def assert_same(one: GraphStore, other: GraphStore) -> None:
    assert read_out(one) == read_out(other)
    assert one.counts() == other.counts()
    for label in NODES:
        assert all_ids(one, label) == all_ids(other, label)


@pytest.mark.parametrize(("line", "compress"), [("2026.08", False), ("5.26", True)])
def test_an_imported_database_is_the_store_and_goes_on_with_the_log(server, tmp_path, compress):
    embedded = SqliteGraphStore(tmp_path / "store.sqlite", durability="normal")
    events: Sequence[Event] = story()
    follow(embedded, events)
    write_import_files(embedded, tmp_path / "files", compress=compress)
    bring_in(server, tmp_path / "files")
    server.start()
    imported = Neo4jGraphStore(RunningNeo4j.of(server).config())
    assert imported.position() == embedded.position()
    assert_same(imported, embedded)
    for store in (imported, embedded):
        follow(store, [*events, *later()], batch_size=3)
    assert_same(imported, embedded)
    imported.close()
    embedded.close()
