"""A graph that is in somebody's Neo4j becomes ours: read by a mapping, never written to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson

from graph.errors import InvalidMapping, StoreBehind
from graph.folder import DataFolder
from graph.load.adopt_mapping import COUNT, AdoptMapping, Reading, missing_names, read_adopt_mapping
from graph.load.clean import ID_SIZE
from graph.load.loading import Loading
from graph.load.mapping import EventTable, NodeTable
from graph.load.patterns import Names, quoted
from graph.load.reading import TablePart
from graph.load.report import LoadReport
from graph.load.rows import BATCH, BrokenRow, Rows
from graph.load.run import ID_LENGTH, SCRATCH, carry_out
from graph.log.events import milliseconds
from graph.progress import Progress, silent
from graph.queries import catalogue, query
from graph.sqlite import translated
from graph.store.neo4j.connection import Neo4jServer
from graph.store.neo4j.pages import pages

PAGE = 10_000
"""Records that are fetched at a time."""

MOST_EVENTS = 10_000
"""Events that one match may stand for."""

TABLE_S = 6 * 60 * 60.0
"""Longest time that reading one table may take."""

ANSWER_S = 60.0
"""Longest time that the server may think before it answers: with a count, or with the next page."""


def adopt(
    mapping: Path,
    server: Neo4jServer,
    folder: DataFolder,
    *,
    progress: Progress = silent,
    now: datetime | None = None,
) -> LoadReport:
    """Read a graph by a mapping, clean it as files are cleaned, and keep it in the folder's log and embedded store.

    The server is only read, in transactions that cannot write. Adopted again, only what is new is kept: events are
    told apart by what they say, and of nodes what differs from before is newer. What is gone from the server stays.
    The mapping is left in the folder, which from then on has the embedded store, whatever the settings say.

    Args:
        mapping: the TOML file; see docs/guides/adopt.md.
        server: theirs.
        folder: ours; must not be owned by the caller.
        progress: told the part that has been read, and of what.
        now: the moment of adoption; by default the present one.

    Returns:
        What was read, kept, repaired and rejected, table by table, and what our store holds now.

    Raises:
        InvalidMapping: the mapping cannot be read, or speaks of what the server does not have.
        UnreadableFile: nothing that a table matches can be used.
        StoreError: their server does not answer or refuses, or our log or store takes no more.
    """
    began = perf_counter()
    moment = now or datetime.now(UTC)
    adopted = read_adopt_mapping(mapping)
    for wrong in missing_names(adopted, _names(server)):
        raise wrong
    origin = Matches(adopted, server)
    sha256 = hashlib.sha256(
        f"{server.config.url} {server.config.database} {moment}\n{adopted.text}".encode()
    ).hexdigest()
    report = LoadReport(sha256[:ID_LENGTH], sha256)
    loading = Loading(
        adopted.load, report, progress, moment, origin.size(), origin=origin, refreshed_at=milliseconds(moment)
    )
    ours = DataFolder(folder.path)
    with ours.owned(), translated(SCRATCH):
        try:
            report = carry_out(loading, ours, [server.config.url], progress)
        except StoreBehind:  # the log has it, so the graph is adopted
            ours.adopted.write_text(adopted.text, encoding="utf-8")
            raise
        ours.adopted.write_text(adopted.text, encoding="utf-8")
    report.seconds = perf_counter() - began
    report.write(folder.reports / f"{report.import_id}.json")
    return report


def _names(server: Neo4jServer) -> Names:
    found = server.rows(query("adopt_names"), query_s=ANSWER_S)
    labels, types, properties = found[0] if found else ((), (), ())
    return Names(frozenset(labels), frozenset(types), frozenset(properties))


class Matches:
    """Rows from a server; implements `graph.load.reading.Origin`.

    Args:
        mapping: what is asked.
        server: who is asked.

    Raises:
        InvalidMapping: a table matches nothing.
        StoreError: the server does not answer, or refuses.
    """

    def __init__(self, mapping: AdoptMapping, server: Neo4jServer) -> None:
        self._mapping = mapping
        self._server = server
        self._counts = {where: self._count(where, reading) for where, reading in mapping.readings.items()}

    def size(self) -> int:
        """Matches of all tables."""
        return sum(self._counts.values())

    def parts(self, where: str, table: EventTable | NodeTable) -> Iterator[TablePart]:
        """All matches of a table are one part."""
        yield TablePart(table.file, Path(table.file), self._counts[where], self._rows(where, table))

    def _count(self, where: str, reading: Reading) -> int:
        text = _filled("adopt_count", reading)
        ((count,),) = self._server.rows(text, dict(reading.condition.parameters), query_s=ANSWER_S)
        if not count:
            reason = f"nothing on the server matches {reading.pattern.text.replace('`', '')}"
            hint = "check the direction of its arrows" + (", and where" if reading.condition.text != "true" else "")
            raise InvalidMapping(self._mapping.load.path, f"{where}, match", reason, hint)
        return int(count)

    def _rows(self, where: str, table: EventTable | NodeTable) -> Iterator[Rows]:
        reading = self._mapping.readings[where]
        names = [name for name, _ in reading.columns]
        total, first = self._counts[where], 0
        text, given = _filled("adopt_rows", reading), reading.parameters()
        for page in pages(self._server, text, given, size=PAGE, page_s=ANSWER_S, lasts_s=TABLE_S):
            columns = dict(zip(names, page, strict=True))
            columns |= {name: [_in_order(each) for each in columns[name]] for name in reading.lists}
            count = len(page[0])
            lines = range(first + 1, first + count + 1)
            done = min(1.0, (first + count) / total)
            if COUNT in columns and isinstance(table, EventTable):
                yield from _repeated(table.type, Rows(lines, columns, first=first, done=done))
            else:
                yield Rows(lines, columns, first=first, done=done)
            first += count


def _in_order(found: list[Any]) -> list[Any]:
    """A list without order in one that stays the same."""
    return sorted((each for each in found if each is not None), key=str)


def _filled(name: str, reading: Reading) -> str:
    columns = ", ".join(f"{column.text} AS {quoted(each)}" for each, column in reading.columns)
    places = {"<pattern>": reading.pattern.text, "<condition>": reading.condition.text, "<columns>": columns}
    text = catalogue()[name].text
    for place, written in places.items():
        text = text.replace(place, written)
    return text


def _repeated(kind: str, rows: Rows) -> Iterator[Rows]:
    """Each row as often as it says, every time with another event id; the same ids when it is read again."""
    counts = rows.columns[COUNT]
    columns = {name: values for name, values in rows.columns.items() if name not in {COUNT, "event_id"}}
    own = rows.columns.get("event_id") or [None] * len(rows)
    broken = [
        BrokenRow(line, f"count is no whole number from 1 to {MOST_EVENTS:,}", {COUNT: count})
        for line, count in zip(rows.lines, counts, strict=True)
        if not _is_count(count)
    ]
    events = _events([kind, *columns], rows.lines, counts, own, list(zip(*columns.values(), strict=True)))
    while (batch := list(islice(events, BATCH))) or broken:
        values = zip(*(row for _, _, row in batch), strict=True) if batch else ([] for _ in columns)
        repeated: dict[str, Sequence[Any]] = dict(zip(columns, values, strict=True))
        repeated["event_id"] = [event_id for _, event_id, _ in batch]
        yield Rows([line for line, _, _ in batch], repeated, broken, rows.first, rows.done)
        broken = []


def _is_count(count: Any) -> bool:
    return isinstance(count, int | float) and 1 <= count <= MOST_EVENTS and count == int(count)


def _events(
    about: list[str],
    lines: Sequence[int],
    counts: Sequence[Any],
    own: Sequence[Any],
    rows: Sequence[tuple[Any, ...]],
) -> Iterator[tuple[int, str, tuple[Any, ...]]]:
    for line, count, mine, row in zip(lines, counts, own, rows, strict=True):
        if _is_count(count):
            said = orjson.dumps([about, row], default=str)
            stem = str(mine) if mine is not None else blake2b(said, digest_size=ID_SIZE).hexdigest()
            for number in range(int(count)):
                yield line, f"{stem}#{number}", row
