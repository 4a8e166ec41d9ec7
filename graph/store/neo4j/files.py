"""Files for ``neo4j-admin database import full``: the way for the first hundred million relationships.

The imported database is a store like any other, at the position of the store that it was written from, so that the log
goes on from there.
"""

from __future__ import annotations

import errno
import gzip
import multiprocessing
import os
import shlex
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import IO, Any, Protocol, cast

from graph.errors import InvalidValue, StorageFull, StoreUnavailable
from graph.progress import Progress, silent
from graph.schema import NODE_TYPES
from graph.sqlite import connect, translated
from graph.store.neo4j.csv_nodes import NodeSheet, delimiter
from graph.store.neo4j.csv_relationships import sheets
from graph.store.neo4j.schema import SCHEMA_VERSION
from graph.store.sqlite import SqliteGraphStore
from graph.store.tables import MIGRATIONS, node_table

PART_BYTES = 64 << 20
"""A store is written in as many parts a label or edge set as it has times that size."""

MOST_PARTS = 64
GZIP_LEVEL = 1
LONGEST_FIELD = "16m"
"""The longest single text that the importer is told to expect."""

COMMAND = ("database", "import", "full")
SCRIPT = "import.sh"
STORE, ERASED = "nodes-tastegraphstore.csv", "nodes-erased.csv"


class Sheet(Protocol):
    """All nodes of one label, or all relationships of one type between two labels."""

    @property
    def kind(self) -> str:
        """``nodes`` or ``relationships``."""

    @property
    def name(self) -> str:
        """Of its files."""

    @property
    def label(self) -> str:
        """The label whose rows are divided among parts."""

    @property
    def of(self) -> str:
        """The label or type, as it is called in Neo4j."""

    def header(self) -> str:
        """The line of the header file."""

    def blocks(self, connection: sqlite3.Connection, first: int, last: int) -> Iterator[tuple[int, bytes]]:
        """Lines for rows from ``first`` to before ``last``, as counts and text without a last newline."""


@dataclass(frozen=True, slots=True)
class ImportFiles:
    """What was written.

    Attributes:
        folder: where.
        position: the log position of the store, and of the database once it is imported.
        nodes: how many of each label.
        relationships: how many of each type.
        files: how many data files.
        bytes: of all of them.
        seconds: how long it took.
        command: the arguments of ``neo4j-admin``, to be run in the folder while no server runs on that database.
    """

    folder: Path
    position: str | None
    nodes: Mapping[str, int]
    relationships: Mapping[str, int]
    files: int
    bytes: int
    seconds: float
    command: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Nodes and relationships together."""
        return sum(self.nodes.values()) + sum(self.relationships.values())

    def as_json(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "folder": str(self.folder),
            "position": self.position,
            "nodes": dict(self.nodes),
            "relationships": dict(self.relationships),
            "files": self.files,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
            "command": shlex.join(("neo4j-admin", *self.command)),
            "script": str(self.folder / SCRIPT),
        }


@dataclass(frozen=True, slots=True)
class Part:
    """One file to write: a sheet's rows from ``first`` to before ``last``."""

    sheet: Sheet
    number: int
    first: int
    last: int


@dataclass(slots=True)
class Written:
    """What became of a part, or of a whole sheet."""

    rows: int = 0
    bytes: int = 0
    names: list[str] = field(default_factory=list)
    multiline: bool = False

    def add(self, other: Written) -> None:
        """Count another part in."""
        self.rows += other.rows
        self.bytes += other.bytes
        self.names += other.names
        self.multiline |= other.multiline


def write_import_files(
    store: SqliteGraphStore,
    folder: Path,
    *,
    compress: bool = False,
    processes: int | None = None,
    progress: Progress = silent,
) -> ImportFiles:
    """Write an embedded store as files for Neo4j's offline import, with a script that runs it.

    Nobody may write to the store meanwhile: own its data folder. The folder appears when everything is in it.

    Args:
        store: the graph; bring it up to its log first.
        folder: must not be there yet, or be empty.
        compress: write gzip.
        processes: how many write at once, where the store is large; as many as there are cores by default.
        progress: told the part that is done, and the sheet.

    Raises:
        InvalidValue: the folder has something in it.
        StorageFull: the disk took no more; nothing is left behind.
        StoreUnavailable: the folder cannot be written, or the store cannot be read.
    """
    began = perf_counter()
    with _appearing(folder) as partial, closing(_opened(store.path)) as connection, translated(store.path):
        between = delimiter(connection)
        every: list[Sheet] = [*(NodeSheet(node.label, between) for node in NODE_TYPES), *sheets()]
        most = min(MOST_PARTS, 1 + _bytes(connection) // PART_BYTES)
        parts = [part for sheet in every for part in _parts(sheet, store.node_count(sheet.label), most)]
        written = _carried_out(store.path, partial, parts, processes or _cores(), progress, compress=compress)
        kept = [(sheet, written[sheet.name]) for sheet in every if sheet.name in written]
        for sheet, _ in kept:
            (partial / _header_of(sheet)).write_text(sheet.header() + "\n", encoding="utf-8")
        _write_store_node(store, partial / STORE)
        _write_erased(connection, partial / ERASED)
        command = tuple(_command(kept, between))
        _write_script(partial / SCRIPT, command)
    return ImportFiles(
        folder,
        store.position(),
        _counts(kept, "nodes"),
        _counts(kept, "relationships"),
        sum(len(each.names) for _, each in kept),
        sum(each.bytes for _, each in kept),
        perf_counter() - began,
        command,
    )


@contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """A folder beside the one that is asked for, renamed to it at the end, removed after an exception."""
    partial = folder.with_name(f"{folder.name}.part")
    try:
        if folder.exists() and any(folder.iterdir()):
            raise InvalidValue("folder", f"{folder} has something in it; name one that is not there yet")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        yield partial
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull(str(folder)) from error
        raise StoreUnavailable(str(folder), f"the folder cannot be written ({error.strerror})") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _opened(path: Path) -> sqlite3.Connection:
    return connect(path, MIGRATIONS, read_only=True)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _bytes(connection: sqlite3.Connection) -> int:
    """Size of the store, what is still in its write-ahead log included."""
    (pages,), (size,) = (connection.execute(f"PRAGMA page_{what}").fetchone() for what in ("count", "size"))
    return int(pages) * int(size)


def _parts(sheet: Sheet, rows: int, most: int) -> Iterator[Part]:
    """At most so many parts, of equally many rows of the source label."""
    count = min(most, rows)
    bounds = [rows * number // count for number in range(count + 1)] if count else []
    for number in range(count):
        yield Part(sheet, number, bounds[number], bounds[number + 1])


def _carried_out(
    store: Path, folder: Path, parts: Sequence[Part], processes: int, progress: Progress, *, compress: bool
) -> dict[str, Written]:
    """Write all parts, in this process or in several; what was written of each sheet by name, empty ones left out."""
    found: dict[int, Written] = {}
    if processes < 2 or all(part.number == 0 for part in parts):
        for place, part in enumerate(parts):
            found[place] = _write_part(store, folder, part, compress)
            progress(len(found) / len(parts), part.sheet.name)
    else:
        with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
            waiting = {pool.submit(_write_part, store, folder, p, compress): place for place, p in enumerate(parts)}
            try:
                for done in as_completed(waiting):
                    found[waiting[done]] = done.result()
                    progress(len(found) / len(parts), parts[waiting[done]].sheet.name)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    together: dict[str, Written] = {}
    for place, part in enumerate(parts):
        if found[place].rows:
            together.setdefault(part.sheet.name, Written()).add(found[place])
    return together


def _write_part(store: Path, folder: Path, part: Part, compress: bool) -> Written:
    name = f"{part.sheet.name}-{part.number:02}.csv{'.gz' if compress else ''}"
    path = folder / name
    written = Written(names=[name])
    with closing(_opened(store)) as connection, translated(store), _opened_for_writing(path, compress) as out:
        for count, block in part.sheet.blocks(connection, part.first, part.last):
            written.rows += count
            written.multiline |= b"\r" in block or block.count(b"\n") >= count
            out.write(block)
            out.write(b"\n")
    if not written.rows:
        path.unlink()
        return Written()
    written.bytes = path.stat().st_size
    return written


def _opened_for_writing(path: Path, compress: bool) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "wb", GZIP_LEVEL)) if compress else path.open("wb", buffering=1 << 20)


def _header_of(sheet: Sheet) -> str:
    return f"{sheet.name}-header.csv"


def _write_store_node(store: SqliteGraphStore, path: Path) -> None:
    """The node that says how far the store is, and which row each label gives out next."""
    counts = {f"rows_{node.label}:long": str(store.node_count(node.label)) for node in NODE_TYPES}
    position = store.position()
    told = "" if position is None else '"' + position.replace('"', '""') + '"'
    columns = {"name:string": "store", "schema_version:long": str(SCHEMA_VERSION), "position:string": told, **counts}
    path.write_text(f"{','.join((*columns, 'unfinished:boolean'))}\n{','.join((*columns.values(), 'true'))}\n")


def _write_erased(connection: sqlite3.Connection, path: Path) -> None:
    """What is kept of the erased: their keys, and the rows that stay empty. Which key had which row is not known."""
    lines = ["label:string,row:long,key:string"]
    for node in NODE_TYPES:
        empty = connection.execute(f"SELECT row FROM {node_table(node.label)} WHERE id IS NULL ORDER BY row").fetchall()  # noqa: S608
        keys = connection.execute("SELECT hex(key) FROM erased WHERE label = ? ORDER BY key", (node.label,)).fetchall()
        lines += [f"{node.label},{row},{key.lower()}" for (row,), (key,) in zip(empty, keys, strict=True)]
    path.write_text("\n".join(lines) + "\n")


def _command(kept: Sequence[tuple[Sheet, Written]], between: str) -> Iterator[str]:
    yield from COMMAND
    for sheet, written in kept:
        yield f"--{sheet.kind}={sheet.of}={','.join(f'./{name}' for name in (_header_of(sheet), *written.names))}"
    yield f"--nodes=TastegraphStore=./{STORE}"
    yield f"--nodes=Erased=./{ERASED}"
    yield f"--array-delimiter={between if between.isascii() else f'U+{ord(between):04X}'}"
    yield f"--read-buffer-size={LONGEST_FIELD}"
    if any(written.multiline for _, written in kept):
        yield "--multiline-fields=true"


def _counts(kept: Sequence[tuple[Sheet, Written]], kind: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for sheet, written in kept:
        if sheet.kind == kind:
            counts[sheet.of] = counts.get(sheet.of, 0) + written.rows
    return counts


def _write_script(path: Path, command: Sequence[str]) -> None:
    options = "".join(f"  {shlex.quote(each)} \\\n" for each in command[len(COMMAND) :])
    path.write_text(
        "#!/bin/sh\n"
        "# Imports these files into a database that is new or empty; stop its server first.\n"
        "#   NEO4J_ADMIN   the command, neo4j-admin by default\n"
        "#   DATABASE      the database, neo4j by default\n"
        "# Further options may follow, such as --overwrite-destination=true.\n"
        "set -eu\n"
        'cd "$(dirname "$0")"\n'
        f"exec ${{NEO4J_ADMIN:-neo4j-admin}} {' '.join(COMMAND)} \\\n{options}"
        '  "$@" "${DATABASE:-neo4j}"\n',
        encoding="utf-8",
    )
    path.chmod(0o755)
