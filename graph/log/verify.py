"""Whether an embedded log is whole: its file, every record, every chunk of every import, and what leads to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from graph.errors import ArchiveDamaged
from graph.log.archive import read_chunk
from graph.log.bulk import ImportTable, day_of, event_key
from graph.log.erasing import people_of
from graph.log.keys import KeyRing
from graph.log.port import IMPORTED
from graph.log.sealing import open_event, open_table, seal_event
from graph.log.tables import RECORD_VERSION, migrations
from graph.schema import EVENTS
from graph.sqlite import connect, translated

TOLD = 100
"""Most problems that are told one by one."""
AT_A_TIME = 10_000
BROUGHT = """
SELECT position, count(*) FROM event_ids WHERE position IN (SELECT position FROM imports) GROUP BY position
"""
"""How many events each import brought, those included that an erasure has taken out since."""


@dataclass(slots=True)
class Verified:
    """What was looked at, and what is wrong with it.

    Attributes:
        records: single events and imports.
        chunks: files of imports.
        rows: in those files.
        problems: the first of them, in words.
        count: of all problems; 0 for a log that is whole.
    """

    records: int = 0
    chunks: int = 0
    rows: int = 0
    problems: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, problem: str) -> None:
        """One more."""
        self.count += 1
        if len(self.problems) < TOLD:
            self.problems.append(problem)

    def as_dict(self) -> dict[str, Any]:
        """For a report."""
        found = {"records": self.records, "chunks": self.chunks, "rows": self.rows}
        return {**found, "problems": self.count, "told": self.problems}


def verify_log(path: Path, imports: Path, keys: Path) -> Verified:
    """Read a log through; it may be appended to meanwhile.

    Args:
        path: its file.
        imports: the folder with the rows of imports.
        keys: the file with people's keys.

    Raises:
        StoreUnavailable: one of the files cannot be opened at all.
        ForeignVersion: a newer program wrote the log.
    """
    found = Verified()
    with closing(KeyRing(keys, read_only=True)) as ring:
        known = migrations(lambda event: seal_event(event, ring))
        with closing(connect(path, known, read_only=True)) as connection, translated(path):
            for (line,) in connection.execute(f"PRAGMA integrity_check({TOLD})").fetchall():
                if line != "ok":
                    found.add(f"the file: {line}")
            if connection.execute("SELECT count(*) FROM identity").fetchone() != (1,):
                found.add("the file: the log has no name, or several")
            _Reading(connection, imports, ring, found).read()
    return found


class _Reading:
    def __init__(self, connection: sqlite3.Connection, imports: Path, ring: KeyRing, found: Verified) -> None:
        self._connection = connection
        self._imports = imports
        self._ring = ring
        self._found = found
        self._table = ImportTable(connection)
        self._brought = dict(connection.execute(BROUGHT).fetchall())
        self._erased = connection.execute("SELECT 1 FROM records WHERE type = 'erased' LIMIT 1").fetchone() is not None

    def read(self) -> None:
        for position, version, kind, body in self._records():
            self._found.records += 1
            for problem in self._problems(position, version, kind, body):
                self._found.add(f"record {position}: {problem}")

    def _records(self) -> Iterator[tuple[int, int, str, bytes]]:
        """In pieces, so that no long reading keeps the file's journal from being cut."""
        after = 0
        while found := self._connection.execute(
            "SELECT position, version, type, body FROM records WHERE position > ? ORDER BY position LIMIT ?",
            (after, AT_A_TIME),
        ).fetchall():
            yield from found
            after = found[-1][0]

    def _problems(self, position: int, version: int, kind: str, body: bytes) -> Iterator[str]:
        if not 1 <= version <= RECORD_VERSION:
            yield f"its form {version} is none that this program knows"
        try:
            event = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            yield f"it is no JSON ({error})"
            return
        if kind == IMPORTED:
            yield from self._of_import(position, event)
        elif kind not in EVENTS:
            yield f"{kind!r} is no event type"
        else:
            yield from self._of_event(position, kind, event)

    def _of_event(self, position: int, kind: str, event: dict[str, Any]) -> Iterator[str]:
        event_id, at = event.get("event_id"), event.get("at")
        if not isinstance(event_id, str) or not isinstance(at, int) or event.get("type") != kind:
            yield "its id, type or time is not what it was appended with"
            return
        try:
            open_event(event, self._ring)
        except ArchiveDamaged as error:
            yield error.reason
        found = self._connection.execute(
            "SELECT position FROM event_ids WHERE day = ? AND key = ?", (day_of(at), event_key(event_id))
        ).fetchone()
        if found != (position,):
            yield f"its id {event_id!r} does not lead to it: a retry would be kept twice"
        named = {
            person
            for person in people_of(event)
            if not self._connection.execute(
                "SELECT 1 FROM people WHERE person = ? AND position = ?", (person, position)
            ).fetchone()
        }
        if named:
            yield f"{len(named)} of its people do not lead to it: erasing them would leave it"

    def _of_import(self, position: int, body: dict[str, Any]) -> Iterator[str]:
        archive = self._table.archive(position)
        if archive is None:
            yield f"the rows of {', '.join(body.get('files', ()))} were not kept, as by version 0.1; load it again"
            return
        chunks = self._table.chunks(position)
        if [each.number for each in chunks] != list(range(1, len(chunks) + 1)):
            yield "a chunk of its rows is not known"
        rows, brought = sum(each.rows for each in chunks), self._brought.get(position, 0)
        if brought > rows and not (chunks and self._erased):
            yield f"{brought - rows} of its {brought} rows are in no chunk"
        for chunk in chunks:
            self._found.chunks += 1
            try:
                table = read_chunk(self._imports / archive, chunk)
                open_table(table, self._ring)
            except ArchiveDamaged as error:
                yield f"{error.where}: {error.reason}"
                continue
            self._found.rows += table.num_rows
            if table.num_rows != chunk.rows:
                yield f"chunk {chunk.number} has {table.num_rows} rows instead of {chunk.rows}"
