"""The load itself: files through cleaning into the log, all or nothing, and from there into the store."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Protocol

import orjson

from graph.errors import ArchiveDamaged, InvalidMapping, StoreBehind, StoreError
from graph.folder import DataFolder
from graph.load.files import sha256_of
from graph.load.loading import Loading
from graph.load.mapping import Mapping, Source, read_mapping
from graph.load.reading import files_of
from graph.load.report import LoadReport, RejectFile, read_report
from graph.load.sink import DrySink, Sink
from graph.log.port import EventLog
from graph.log.project import project
from graph.progress import Progress, silent
from graph.sqlite import translated
from graph.store.port import GraphStore

SCRATCH = Path(tempfile.gettempdir()) / "scratch"
"""Where SQLite keeps what does not fit into memory; named when there is no space left."""

READING = 0.7
"""Part of a load's time that goes by until the log has everything, for its progress."""

ID_LENGTH = 16
"""Digits of the checksum that name an import's report and reject file."""


class Carried(Protocol):
    """What `carry_out` needs of an import: it reads and checks, and reports."""

    report: LoadReport

    def run(self, sink: Sink, store: GraphStore | None, rejects: RejectFile | None) -> None:
        """Read, clean and write everything."""


def load(
    mapping: Path | Mapping,
    folder: DataFolder,
    *,
    dry_run: bool = False,
    progress: Progress = silent,
    now: datetime | None = None,
) -> LoadReport:
    """Clean the files of a mapping, keep them in the folder's log and bring its store up to date.

    All or nothing: whatever goes wrong, and when it is interrupted, while files are read, log and store are as they
    were. Once the log has the import, nothing can lose it: the store follows, and where it is interrupted the same
    load, or anything else that brings the store up to date, goes on from there. The same files with the same mapping
    are loaded once; a rerun says so and does nothing. Owns the folder while it runs, so the caller must not.

    Args:
        mapping: a mapping, or the TOML file that it is in.
        folder: where to; made when it is not there.
        dry_run: read and clean only; nothing is written, and the folder is not touched.
        progress: told the part that is done, and the file or the number of events in the store.
        now: the moment that times are compared with; by default the present one.

    Returns:
        What was read, kept, repaired and rejected, and what the store holds now.

    Raises:
        InvalidMapping: the mapping cannot be read, or names what is not there.
        UnreadableFile: a file cannot be read, or none of its rows can be used.
        StoreLocked: another process owns the folder.
        StorageFull: the disk took no more.
        StoreUnavailable: the store cannot be opened or reached; nothing was read.
        StoreBehind: the log has the import, and the store has not taken it.
        ArchiveDamaged: rows of another import, which the store needs first, are not in the log.
    """
    began = perf_counter()
    if isinstance(mapping, Path):
        mapping = read_mapping(mapping)
    files = _all_files(mapping)
    sha256 = fingerprint(mapping, files)
    report = LoadReport(sha256[:ID_LENGTH], sha256, dry_run=dry_run)
    reading = progress if dry_run else _scaled(progress, READING)
    loading = Loading(mapping, report, reading, now or datetime.now(UTC), sum(path.stat().st_size for path in files))
    if dry_run:
        with translated(SCRATCH):
            _dry_run(loading, folder)
    else:
        with folder.owned(), translated(SCRATCH):
            names = [str(path.relative_to(mapping.base)) for path in dict.fromkeys(files)]
            report = carry_out(loading, folder, names, progress)
    report.seconds = perf_counter() - began
    if not dry_run and not report.already_imported:
        report.write(folder.reports / f"{report.import_id}.json")
    return report


def _scaled(progress: Progress, share: float) -> Progress:
    return lambda done, note: progress(done * share, note)


def _all_files(mapping: Mapping) -> list[Path]:
    found = [path for where, table in mapping.tables() for path in files_of(table, mapping, where)]
    if not found:
        wanted = ", ".join(table.file for _, table in mapping.tables())
        raise InvalidMapping(mapping.path, "file", f"{mapping.base} has none of {wanted}", "name the folder that has")
    return found


def fingerprint(mapping: Mapping, files: list[Path]) -> str:
    """Checksum of what a mapping says and of its files, lookup files included."""
    digest = hashlib.sha256(orjson.dumps(mapping.content.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS))
    known: dict[Path, str] = {}
    for path in (*files, *_lookup_files(mapping)):
        if path.is_dir():
            raise InvalidMapping(mapping.path, "file", f"{path} is a folder", "name a file, or a pattern: folder/*.csv")
        known.setdefault(path, "") or known.update({path: sha256_of(path)})
        digest.update(known[path].encode())
    return digest.hexdigest()


def _lookup_files(mapping: Mapping) -> Iterator[Path]:
    for where, table in mapping.tables():
        sources: list[Source] = list(table.lookup.values())
        for source in sources:
            yield from files_of(source, mapping, f"{where}, lookup")


def _dry_run(loading: Loading, folder: DataFolder) -> None:
    with ExitStack() as stack:
        sink = DrySink()
        stack.callback(sink.close)
        store = None
        if folder.log.exists():
            store = folder.open_store(read_only=True)
            stack.callback(store.close)
        loading.run(sink, store, None)
        loading.report.nodes = dict(sink.nodes)
        loading.report.edges = dict(sink.edges)


def carry_out(loading: Carried, folder: DataFolder, names: list[str], progress: Progress) -> LoadReport:
    """Put an import into the log, unless it is there, and bring the store up to it; the caller owns the folder.

    Args:
        loading: what reads and cleans; its report's checksum tells whether the import is there.
        folder: where to.
        names: of what is imported.
        progress: told how far the store is.

    Raises:
        TastegraphError: see `load`.
    """
    report = loading.report
    with ExitStack() as stack:
        log = folder.open_log()
        stack.callback(log.close)
        store = folder.open_store()
        stack.callback(store.close)
        position = log.imported(report.sha256)
        reached = position is not None and log.reached(store.position(), position)
        if reached or log.is_kept(report.sha256):
            report = read_report(folder.reports / f"{report.import_id}.json") or report
            report.already_imported = reached
        else:
            _catch_up(log, store, report.sha256)
            _keep(loading, folder, log, store, names)
        _follow(log, store, report, names, progress)
        counts = store.counts()
        report.nodes, report.edges = counts["nodes"], counts["edges"]
    return report


def _catch_up(log: EventLog, store: GraphStore, sha256: str) -> None:
    """Bring the store to the log's end, or to where this import, whose rows an earlier version did not keep, stands."""
    try:
        project(log, store)
    except ArchiveDamaged as error:
        if error.sha256 != sha256:
            raise


def _keep(loading: Carried, folder: DataFolder, log: EventLog, store: GraphStore, names: list[str]) -> None:
    """Read, clean and put into the log, with report and rejected rows beside it."""
    report = loading.report
    rejects = RejectFile(folder.rejects / f"{report.import_id}.jsonl")
    try:
        with log.bulk(names, report.sha256) as record:
            loading.run(record, store, rejects)
            kept = rejects.keep()
            report.rejects = str(kept) if kept else None
            report.write(folder.reports / f"{report.import_id}.json")
    except BaseException:
        rejects.drop()
        raise


def _follow(log: EventLog, store: GraphStore, report: LoadReport, names: list[str], progress: Progress) -> None:
    """Bring the store up to what the log has now."""
    total = max(1, sum(file.kept for file in report.files))
    applied = 0

    def count(more: int) -> None:
        nonlocal applied
        applied += more
        progress(READING + (1 - READING) * min(1.0, applied / total), f"writing to the store: {applied:,} events")

    try:
        project(log, store, count)
    except ArchiveDamaged:
        raise
    except StoreError as error:
        raise StoreBehind(f"the import of {', '.join(names)}", str(error)) from error
    progress(1.0, "done")
