"""Taking a person out of the embedded log: their records and posts, and their name out of others' records."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pyarrow.compute as pc

from graph.log.archive import read_chunk, rewrite_without
from graph.log.bulk import ImportTable
from graph.log.chunks import OWNER
from graph.log.port import POSTS

NAMED = """
SELECT position, body FROM people JOIN records USING (position) WHERE person = ? AND position < ?
"""
POSTED = """
SELECT body FROM people JOIN records USING (position) WHERE person = ? AND type = 'posted'
"""


def posts_of(connection: sqlite3.Connection, imports: Path, person: str) -> set[str]:
    """The posts that a person published; they go with the person."""
    bodies = (orjson.loads(body) for (body,) in connection.execute(POSTED, (person,)))
    posts = {body["post_id"] for body in bodies if body["user_id"] == person}
    table = ImportTable(connection)
    for position, archive in table.kept():
        for chunk in table.chunks(position):
            if chunk.type == "posted":
                rows = read_chunk(imports / archive, chunk)
                posts.update(rows.filter(pc.equal(rows.column(OWNER), person)).column("post_id").to_pylist())
    return posts


def rewrite(connection: sqlite3.Connection, imports: Path, event: Mapping[str, Any], before: int) -> None:
    """Take an erased person out of all records and imports before the erasure, within a transaction of the log.

    The erasure keeps the ids of their posts: events of others name them, and a store that is made anew from the log
    has to know that they are gone.
    """
    person = event["user_id"]
    posts = posts_of(connection, imports, person)
    if posts:
        body = orjson.dumps({**event, POSTS: sorted(posts)})
        connection.execute("UPDATE records SET body = ? WHERE position = ?", (body, before))
    for position, body in connection.execute(NAMED, (person, before)).fetchall():
        kept = without_person(orjson.loads(body), person)
        if kept is None:
            _drop(connection, position)
        else:
            connection.execute("UPDATE records SET body = ? WHERE position = ?", (orjson.dumps(kept), position))
    connection.execute("DELETE FROM people WHERE person = ? AND position < ?", (person, before))
    if posts:
        told = connection.execute("SELECT position, body FROM records WHERE type = 'post'").fetchall()
        for position, body in told:
            if orjson.loads(body)["post_id"] in posts:
                _drop(connection, position)
    table = ImportTable(connection)
    for position, archive in table.kept(before):
        chunks = rewrite_without(imports / archive, table.chunks(position), person, posts)
        table.keep(position, archive, list(chunks))


def _drop(connection: sqlite3.Connection, position: int) -> None:
    connection.execute("DELETE FROM records WHERE position = ?", (position,))
    connection.execute("DELETE FROM people WHERE position = ?", (position,))


def is_erased(connection: sqlite3.Connection, person: str) -> bool:
    """Whether the log holds the erasure of a person."""
    statement = "SELECT 1 FROM people JOIN records USING (position) WHERE person = ? AND type = 'erased'"
    return connection.execute(statement, (person,)).fetchone() is not None


def people_of(event: Mapping[str, Any]) -> set[str]:
    """Everybody whom an event names."""
    return {p for p in (event.get("user_id"), event.get("other_id"), *(event.get("with") or ())) if p is not None}


def without_person(event: Mapping[str, Any], person: str) -> dict[str, Any] | None:
    """What is left of an event when a person has to go; None when nothing is."""
    if person in {event.get("user_id"), event.get("other_id")}:
        return None
    return {**event, "with": [other for other in event.get("with") or () if other != person]}
