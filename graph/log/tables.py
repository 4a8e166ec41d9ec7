"""The tables of the embedded log's file, and how older files are brought up to date."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson

from graph.log.sealing import PERSONAL
from graph.sqlite import Migration

RECORD_VERSION = 2
"""Form of a record's body; kept with every record. 1: nothing is sealed."""

IDENTITY_BYTES = 4

VERSION_1 = (
    "CREATE TABLE records (position INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL, type TEXT NOT NULL,"
    " body BLOB NOT NULL)",
    "CREATE TABLE people (person TEXT, position INTEGER, PRIMARY KEY (person, position)) WITHOUT ROWID",
    "CREATE TABLE event_ids (day INTEGER, key BLOB, position INTEGER NOT NULL, PRIMARY KEY (day, key)) WITHOUT ROWID",
    "CREATE TABLE imports (sha256 TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID",
)
VERSION_2 = (
    "ALTER TABLE imports ADD COLUMN archive TEXT",
    "CREATE TABLE chunks (position INTEGER, number INTEGER, type TEXT NOT NULL, rows INTEGER NOT NULL,"
    " file TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (position, number)) WITHOUT ROWID",
    "CREATE INDEX erasures ON records (position) WHERE type = 'erased'",
)
VERSION_3 = ("CREATE INDEX posts ON records (position) WHERE type = 'post'",)

VERSION_4 = ("CREATE TABLE identity (name TEXT NOT NULL)",)

Seal = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Seals the personal fields of an event."""


def _version_1(connection: sqlite3.Connection) -> None:
    for statement in VERSION_1:
        connection.execute(statement)


def _version_2(connection: sqlite3.Connection) -> None:
    """The rows of imports are kept; those of earlier ones are not there."""
    for statement in VERSION_2:
        connection.execute(statement)


def _version_3(seal: Seal, connection: sqlite3.Connection) -> None:
    """People's own fields are sealed."""
    for statement in VERSION_3:
        connection.execute(statement)
    marks = ", ".join("?" * len(PERSONAL))
    wanted = f"SELECT position, body FROM records WHERE version = 1 AND type IN ({marks})"  # noqa: S608 - only marks
    for position, body in connection.execute(wanted, tuple(PERSONAL)).fetchall():
        sealed = orjson.dumps(dict(seal(orjson.loads(body))))
        connection.execute("UPDATE records SET version = 2, body = ? WHERE position = ?", (sealed, position))


def _version_4(connection: sqlite3.Connection) -> None:
    """A log has a name of its own, which its positions carry."""
    for statement in VERSION_4:
        connection.execute(statement)
    connection.execute("INSERT INTO identity VALUES (?)", (os.urandom(IDENTITY_BYTES).hex(),))


def migrations(seal: Seal) -> tuple[Migration, ...]:
    """Numbered from 1; a released one never changes."""
    return (_version_1, _version_2, partial(_version_3, seal), _version_4)
