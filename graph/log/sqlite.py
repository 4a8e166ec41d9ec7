"""The embedded event log: one SQLite file and a folder with the rows of imports, written by one process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import ArchiveDamaged, InvalidValue, StoreError
from graph.log.adding import Identified, add, checked, new_places, until_erasures
from graph.log.archive import (
    NAME_LENGTH,
    ArchiveWriter,
    Chunk,
    is_whole,
    read_chunk,
    sweep,
)
from graph.log.bulk import ImportTable, SqliteBulkRecord, event_key
from graph.log.chunks import EVENT_ID, Batch, bodies, naming
from graph.log.erasing import is_erased, posts_of, rewrite
from graph.log.keys import KeyRing
from graph.log.port import IMPORTED, LogRecord
from graph.log.positions import ALL, Positions
from graph.log.retention import shrink, trim
from graph.log.sealing import SEALED, open_event, open_table, owner_of, owners_of, seal_event, seal_table
from graph.log.tables import RECORD_VERSION, migrations
from graph.log.told import NOTHING_TOLD, Told
from graph.sqlite import Durability, connect, forget_journal, transaction, translated

KNOWN_DAYS = 31
"""Days for which the id of an event that came without a time is known again."""
FIND = """
WITH RECURSIVE days(day) AS (
  SELECT min(day) FROM event_ids
  UNION ALL
  SELECT (SELECT min(day) FROM event_ids WHERE day > days.day) FROM days WHERE days.day IS NOT NULL
)
SELECT records.position, records.type, records.body
FROM days JOIN event_ids ON event_ids.day = days.day AND event_ids.key = ? JOIN records USING (position)
"""
"""Goes from one partition of ids to the next, so that none is read through."""


class SqliteEventLog:
    """Implements `graph.log.port.EventLog`; to be used by one thread at a time.

    An event id is remembered as a hash, in a partition for the day of its event: random ids in one big index would
    make every insert slower as the log grows. So an id is known again when it comes with a time at most a day away,
    as every retry does.

    The rows of imports lie in a folder of their own, as Arrow files that the log names with their checksums. They are
    written and durable before the log's commit makes them count.

    Args:
        path: the file; made when there is none.
        imports: the folder with the rows of imports; by default ``imports`` beside the file.
        keys: the file with the keys of people's own fields; by default ``keys.sqlite`` beside the file.
        durability: what an acknowledged event survives, see `graph.sqlite.Durability`.
        read_only: never write or create.

    Raises:
        StoreUnavailable: the file cannot be opened or is no log.
        ForeignVersion: a newer program wrote it.
    """

    def __init__(
        self,
        path: Path,
        *,
        imports: Path | None = None,
        keys: Path | None = None,
        durability: Durability = "full",
        read_only: bool = False,
    ) -> None:
        self.path = path
        self.imports = path.parent / "imports" if imports is None else imports
        self._keys = KeyRing(
            path.parent / "keys.sqlite" if keys is None else keys, durability=durability, read_only=read_only
        )
        try:
            known = migrations(lambda event: seal_event(event, self._keys))
            self._connection = connect(path, known, durability=durability, read_only=read_only)
        except BaseException:
            self._keys.close()
            raise
        self._table = ImportTable(self._connection)
        with translated(path):
            (name,) = self._connection.execute("SELECT name FROM identity").fetchone()
        self._positions = Positions(name, path)
        if not read_only:
            self._settle_doomed()

    def append(self, events: Sequence[Mapping[str, Any]], *, told: Told = NOTHING_TOLD) -> list[str | None]:
        """Keep checked events (see `graph.log.events`) in one commit; durable on return.

        Args:
            events: in the log's form.
            told: the times that some came with, see `graph.log.told.Told`; where there was none, the id is looked
                for in the `KNOWN_DAYS` around.

        Returns:
            The position of each, or None for a duplicate id.

        Raises:
            InvalidEvent: one has no id, type or time; none is kept.
            StorageFull: no space was left; none is kept.
        """
        identified = [
            Identified.of(checked(event), told[place], KNOWN_DAYS)
            if place in told
            else Identified.of(checked(event), event.get("at"), KNOWN_DAYS)
            for place, event in enumerate(events)
        ]
        gone = {event["user_id"] for event in events if event.get("type") == "erased"}
        for person in gone:
            self._doom(person)
        try:
            self._keys.make(owners_of(events))
            with transaction(self._connection, self.path):
                positions = self._append(identified)
        finally:
            if gone:
                self._settle_doomed()
        if gone:
            forget_journal(self._connection, self.path)
            self.sweep()
        return positions

    def _doom(self, person: str) -> None:
        """Take note of the keys that go with a person, so that a crash between the two files is healed."""
        with translated(self.path):
            posts = posts_of(self._connection, self.imports, person)
        self._keys.doom(person, [owner_of("user", person), *(owner_of("post", each) for each in sorted(posts))])

    def _append(self, events: Sequence[Identified]) -> list[str | None]:
        positions: list[str | None] = [None] * len(events)
        for part in until_erasures(events):
            new = [part[place] for place in new_places(self._connection, [events[each] for each in part])]
            bodies = [orjson.dumps(seal_event(events[place].event, self._keys)) for place in new]
            kept = add(self._connection, [events[place] for place in new], bodies)
            for place, position in zip(new, kept, strict=True):
                positions[place] = self._positions.named(position)
            if new and events[new[-1]].event["type"] == "erased":
                rewrite(self._connection, self.imports, events[new[-1]].event, kept[-1])
        return positions

    def find(self, event_id: str) -> dict[str, Any] | None:
        """The event with that id; None where there is none, or its person was erased.

        One that came with an import is looked for in all of its rows.

        Raises:
            ArchiveDamaged: rows of an import are not what was written.
        """
        with translated(self.path):
            found = self._connection.execute(FIND, (event_key(event_id),)).fetchone()
        if found is None:
            return None
        position, kind, body = found
        if kind != IMPORTED:
            event = self._opened(body)
            return event if event.get("event_id") == event_id else None
        with translated(self.path):
            archive = self._table.archive(position)
            chunks = self._table.chunks(position)
        for chunk in chunks if archive is not None else ():
            table = read_chunk(self.imports / str(archive), chunk)
            named = table.filter(pc.equal(table.column(EVENT_ID), event_id))
            if named.num_rows:
                return next(iter(bodies(open_table(named, self._keys))))
        return None

    def _insert(self, kind: str, body: bytes) -> int:
        cursor = self._connection.execute(
            "INSERT INTO records (version, type, body) VALUES (?, ?, ?)", (RECORD_VERSION, kind, body)
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _settle_doomed(self) -> None:
        """Destroy the keys of whom the log has erased; spare those of an erasure that did not come to pass."""
        for person in self._keys.doomed():
            with translated(self.path):
                erased = is_erased(self._connection, person)
            (self._keys.destroy if erased else self._keys.spare)(person)

    @contextmanager
    def bulk(self, files: Sequence[str], sha256: str) -> Iterator[SqliteBulkRecord]:
        """One import with all its rows, durable when the block is left without an exception; else nothing of it.

        An import whose rows are not kept (see `is_kept`) is filled again at its old position.

        Raises:
            InvalidValue: the import is in the log already.
            StorageFull: no space was left; nothing was kept.
        """
        if self.is_kept(sha256):
            raise InvalidValue("sha256", f"{', '.join(files)} has been imported already")
        self.sweep()
        archive = ArchiveWriter(self.imports, sha256[:NAME_LENGTH], self._seal, self._erased())
        try:
            with transaction(self._connection, self.path):
                position = self._table.position(sha256)
                if position is None:
                    position = self._insert(IMPORTED, orjson.dumps({"files": list(files), "sha256": sha256}))
                self._table.begin(sha256, position)
                yield SqliteBulkRecord(self._connection, self.path, position, self._positions.named(position), archive)
                self._table.keep(position, archive.name, archive.chunks)
                archive.commit()
        except BaseException:
            archive.drop()
            with suppress(StoreError):  # the next one sweeps again
                self.sweep()
            raise

    def _erased(self) -> frozenset[str]:
        with translated(self.path):
            found = self._connection.execute("SELECT body FROM records WHERE type = 'erased'").fetchall()
        return frozenset(orjson.loads(body)["user_id"] for (body,) in found)

    def sweep(self) -> None:
        """Remove files of imports that the log does not name, which a crash left behind; for the folder's owner.

        Raises:
            StoreUnavailable: one cannot be removed.
        """
        with translated(self.path):
            sweep(self.imports, self._table.files)

    def trim(self, backed_up: str, before: int) -> int:
        """Let go of old events of the types `graph.log.retention.LOG_ONLY`; how many.

        Args:
            backed_up: a position up to which a proved backup reaches; nothing behind it goes.
            before: milliseconds since 1970; younger events stay.

        Raises:
            ForeignLog: another log gave out the position.
            StorageFull: no space was left for it; nothing is gone.
        """
        with transaction(self._connection, self.path):
            gone = trim(self._connection, self._positions.place(backed_up)[0], before)
        if gone:
            with translated(self.path):
                shrink(self._connection)
            forget_journal(self._connection, self.path)
        return gone

    def imported(self, sha256: str) -> str | None:
        """The position of the import with that checksum, if there was one."""
        with translated(self.path):
            position = self._table.position(sha256)
        return None if position is None else self._positions.named(position)

    def is_kept(self, sha256: str) -> bool:
        """Whether that import's rows are in the log, so that every store can be brought past it.

        Those of version 0.1 are not, nor are those of an import that lost a file: the same import may be run again.
        """
        with translated(self.path):
            position = self._table.position(sha256)
            archive = None if position is None else self._table.archive(position)
            return archive is not None and is_whole(self.imports / archive, self._table.chunks(position or 0))

    def read(self, after: str | None, limit: int = 10_000) -> Iterator[LogRecord]:
        """At most ``limit`` records behind a position, in order: each event, and each chunk of an import, is one."""
        record, chunk = self._positions.place(after)
        with translated(self.path):
            found = self._connection.execute(
                "SELECT position, type, body FROM records WHERE position >= ? ORDER BY position LIMIT ?",
                (record, limit + 1),
            ).fetchall()
        return islice(self._records(found, record, chunk), limit)

    def _records(self, found: Sequence[tuple[int, str, bytes]], record: int, chunk: float) -> Iterator[LogRecord]:
        for position, kind, body in found:
            behind = chunk if position == record else 0
            if behind == ALL:
                continue
            if kind == IMPORTED:
                yield from self._chunk_records(position, orjson.loads(body), behind)
            else:
                yield LogRecord(self._positions.named(position), kind, self._opened(body))

    def _chunk_records(self, position: int, body: dict[str, Any], behind: float) -> Iterator[LogRecord]:
        with translated(self.path):
            archive = self._table.archive(position)
            chunks = self._table.chunks(position)
        if archive is None:
            yield LogRecord(self._positions.named(position), IMPORTED, body)
        elif not chunks:
            yield LogRecord(self._positions.named(position), IMPORTED, {**body, "rows": 0, "chunk": 0, "of": 0})
        for each in chunks:
            if each.number > behind:
                at = self._positions.named(position, None if each is chunks[-1] else each.number)
                facts = {"type": each.type, "rows": each.rows, "chunk": each.number, "of": len(chunks)}
                yield LogRecord(at, IMPORTED, {**body, **facts})

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """The last single events, in order, without what is sealed in them."""
        with translated(self.path):
            found = self._connection.execute(
                "SELECT body FROM records WHERE type <> ? ORDER BY position DESC LIMIT ?", (IMPORTED, limit)
            ).fetchall()
        events = [orjson.loads(body) for (body,) in reversed(found)]
        return [{name: value for name, value in event.items() if name != SEALED} for event in events]

    def behind(self, position: str | None) -> int:
        """How many events lie behind a position, rows of imports counted one by one."""
        record, chunk = self._positions.place(position)
        with translated(self.path):
            (single,) = self._connection.execute(
                "SELECT count(*) FROM records WHERE position > ? AND type <> ?", (record, IMPORTED)
            ).fetchone()
            imports = self._connection.execute(
                "SELECT position FROM records WHERE position >= ? AND type = ?", (record, IMPORTED)
            ).fetchall()
            chunks = [(each > record, part) for (each,) in imports for part in self._table.chunks(each)]
        return int(single) + sum(part.rows for later, part in chunks if later or part.number > chunk)

    def batch(self, record: LogRecord) -> Batch:
        """The rows of a record of the type ``imported``.

        Raises:
            ArchiveDamaged: they are not there, or are not what was written.
            InvalidValue: the record has none.
        """
        try:
            return open_table(read_chunk(*self._file_of(record)), self._keys)
        except ArchiveDamaged as error:
            raise ArchiveDamaged(error.where, error.reason, record.body["sha256"]) from error

    def _file_of(self, record: LogRecord) -> tuple[Path, Chunk]:
        body = record.body
        if record.type != IMPORTED or body.get("rows") == 0:
            raise InvalidValue("record", f"that at {record.position} has no rows")
        position, _ = self._positions.place(record.position)
        with translated(self.path):
            archive = self._table.archive(position)
            chunk = self._table.chunk(position, body.get("chunk", 0))
        if archive is None or chunk is None:
            where = f"the import of {', '.join(body['files'])}"
            raise ArchiveDamaged(where, "its rows were not kept when it was loaded, as by version 0.1", body["sha256"])
        return self.imports / archive, chunk

    def about(self, person: str) -> Iterator[dict[str, Any]]:
        """Every event that names a person, imported ones too, in order.

        Raises:
            ArchiveDamaged: rows of an import are not what was written.
        """
        with translated(self.path):
            found = self._connection.execute(
                "SELECT position, body FROM people JOIN records USING (position) WHERE person = ? ORDER BY position",
                (person,),
            ).fetchall()
            kept = self._table.kept()
        places: list[tuple[int, bytes | str]] = sorted([*found, *kept], key=lambda each: each[0])
        for position, content in places:
            if isinstance(content, str):
                yield from self._about(position, content, person)
            else:
                yield self._opened(content)

    def _about(self, position: int, archive: str, person: str) -> Iterator[dict[str, Any]]:
        for chunk in self._table.chunks(position):
            table = read_chunk(self.imports / archive, chunk)
            named = table.filter(naming(table, [person]))
            if named.num_rows:
                yield from bodies(open_table(named, self._keys))

    def last_position(self) -> str | None:
        """The newest position; None when the log is empty."""
        with translated(self.path):
            (position,) = self._connection.execute("SELECT max(position) FROM records").fetchone()
        return None if position is None else self._positions.named(position)

    def reached(self, position: str | None, target: str | None) -> bool:
        """Whether a projection at ``position`` has seen ``target``."""
        return self._positions.place(position) >= self._positions.place(target)

    def close(self) -> None:
        """Release the files; safe to call twice."""
        self._connection.close()
        self._keys.close()

    def _opened(self, body: bytes) -> dict[str, Any]:
        return open_event(orjson.loads(body), self._keys)

    def _seal(self, table: pa.Table) -> pa.Table:
        return seal_table(table, self._keys)
