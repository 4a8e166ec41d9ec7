"""The steps from files to a snapshot that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from logging import getLogger
from pathlib import Path
from typing import Any

from api.errors import NothingLoaded, UnknownSource
from api.settings import Settings
from graph.datasets import Dataset, dataset, default_places
from graph.errors import ForeignVersion, SnapshotError
from graph.folder import DataFolder
from graph.load import LoadReport, Mapping, load, shipped_mapping, shipped_mappings
from graph.log.project import project
from graph.people.purge import purge
from graph.progress import Progress, silent
from graph.snapshot.alignment import same_rows
from graph.snapshot.build import build_snapshot
from graph.snapshot.manifest import Manifest
from graph.snapshot.shelf import Shelf
from graph.snapshot.snapshot import Snapshot
from graph.store.neo4j.files import ImportFiles, write_import_files
from graph.store.port import GraphStore
from graph.store.sqlite import SqliteGraphStore

DATASET = "dataset"

log = getLogger(__name__)


def dataset_named(name: str, settings: Settings) -> Dataset:
    """A data set, looked for where the settings say.

    Raises:
        UnknownDataset: the catalogue has none of that name.
    """
    return dataset(name, default_places(settings.datasets))


def mapping_of(source: str, settings: Settings) -> Path | Mapping:
    """What a source on the command line means.

    Args:
        source: a mapping file, ``dataset:NAME``, or ``FORM:FOLDER`` for the export of another program.
        settings: where data sets are looked for.

    Raises:
        UnknownSource: it is neither a file nor a form that we know.
    """
    kind, colon, rest = source.partition(":")
    if not colon or Path(source).exists():
        return Path(source)
    if kind == DATASET:
        return dataset_named(rest, settings).mapping()
    if kind in shipped_mappings():
        return shipped_mapping(kind, Path(rest))
    raise UnknownSource(source, (DATASET, *shipped_mappings()))


def load_source(
    source: str, folder: DataFolder, settings: Settings, *, dry_run: bool = False, progress: Progress = silent
) -> LoadReport:
    """Load what a source means; as `graph.load.load`."""
    return load(mapping_of(source, settings), folder, dry_run=dry_run, progress=progress)


@contextmanager
def reading_store(folder: DataFolder) -> Iterator[GraphStore]:
    """The folder's store, for reading, as far as it has got.

    Raises:
        NothingLoaded: there is nothing yet.
    """
    if not folder.log.exists():
        raise NothingLoaded(str(folder.path))
    store = folder.open_store(read_only=True)
    try:
        yield store
    finally:
        store.close()


def sync_store(folder: DataFolder, progress: Progress = silent) -> int:
    """Bring the folder's store up to the end of its log, from where it stopped; safe to interrupt at any moment.

    Returns:
        How many records of the log were applied.

    Raises:
        NothingLoaded: there is no log yet.
        StoreLocked: another process owns the folder.
        StoreError: the store cannot be reached or takes no more; what was applied stays.
    """
    with folder.owned():
        return sync_owned(folder, progress)


def sync_owned(folder: DataFolder, progress: Progress = silent) -> int:
    """As `sync_store`, for the process that owns the folder."""
    if not folder.log.exists():
        raise NothingLoaded(str(folder.path))
    with ExitStack() as stack:
        log = folder.open_log()
        stack.callback(log.close)
        store = folder.open_store()
        stack.callback(store.close)
        return project(log, store, _counted(progress, log.behind(store.position())))


def write_files(embedded: DataFolder, to: Path, progress: Progress = silent, *, compress: bool = False) -> ImportFiles:
    """Bring the embedded store up to its log and write it as files for Neo4j's offline import.

    Raises:
        NothingLoaded: there is no log yet.
        InvalidValue: the folder for the files has something in it.
        StoreLocked: another process owns the data folder.
    """
    sync_store(embedded, progress)
    with embedded.owned():
        store = SqliteGraphStore(embedded.store, read_only=True)
        try:
            return write_import_files(store, to, compress=compress, progress=progress)
        finally:
            store.close()


def _counted(progress: Progress, total: int) -> Callable[[int], None]:
    applied = 0

    def count(more: int) -> None:
        nonlocal applied
        applied += more
        progress(applied / max(1, total), f"{applied:,} of {total:,} events")

    return count


def build_current(folder: DataFolder, progress: Progress = silent) -> Snapshot:
    """Bring the store up to the end of the log, build a snapshot of it and make it the current one.

    Snapshots of before that hold erased people go. Where rows mean other nodes than before, as in a store that was
    made anew after an erasure, models of before are not used any more.

    Raises:
        NothingLoaded: there is nothing yet.
        StoreLocked: another process owns the folder.
    """
    with folder.owned():
        return build_owned(folder, progress)


def build_owned(folder: DataFolder, progress: Progress = silent) -> Snapshot:
    """As `build_current`, for the process that owns the folder."""
    sync_owned(folder, progress)
    with reading_store(folder) as store:
        shelf = Shelf(folder.snapshots)
        before = _current_of(shelf)
        snapshot = build_snapshot(store, folder.snapshots, progress=progress)
        if before is not None and not same_rows(before, snapshot):
            _set_models_aside(folder)
        shelf.publish(snapshot)
        purge(folder, datetime.now(UTC))
        return snapshot


def roll_back(folder: DataFolder, snapshot_id: str | None = None) -> Manifest:
    """Make an older snapshot the current one.

    Args:
        folder: whose.
        snapshot_id: which one; None for the newest before the current that can be proved.

    Returns:
        What it says of itself.

    Raises:
        SnapshotMissing: there is none before, or none has that id.
        SnapshotDamaged: the one that was named cannot be proved; the current one stays.
        ForeignVersion: a newer program wrote it; likewise.
    """
    shelf = Shelf(folder.snapshots)
    before = _current_of(shelf)
    chosen = shelf.before_current() if snapshot_id is None else shelf.kept_one(snapshot_id)
    if before is not None and not same_rows(chosen, before):
        _set_models_aside(folder)
    shelf.publish(chosen)
    return chosen.manifest


def _current_of(shelf: Shelf) -> Snapshot | None:
    try:
        return shelf.current(verify=False)
    except (SnapshotError, ForeignVersion):
        return None


def _set_models_aside(folder: DataFolder) -> None:
    """Rows were numbered anew, so vectors by row would be those of somebody else: no model is in use from here on."""
    for pointer in sorted(folder.models.glob("*/current")):
        log.warning("rows were numbered anew, so %s is not used: train again", pointer.parent.name)
        pointer.unlink()


def is_current(folder: DataFolder) -> bool:
    """Whether the current snapshot holds everything that the store holds."""
    history = Shelf(folder.snapshots).history()
    current = Shelf(folder.snapshots).current_id()
    with reading_store(folder) as store:
        return any(each.id == current and each.position == store.position() for each in history)


def snapshot_facts(folder: DataFolder) -> list[dict[str, Any]]:
    """The snapshots that are kept, newest first."""
    shelf = Shelf(folder.snapshots)
    return [
        {
            "snapshot": each.id,
            "current": each.id == shelf.current_id(),
            "created_at": each.created_at,
            "nodes": sum(each.nodes.values()),
            "edges": sum(each.edges.values()),
            "bytes": sum(file.bytes for file in each.files.values()),
        }
        for each in shelf.history()
    ]


def folder_facts(folder: DataFolder) -> dict[str, Any]:
    """What a data folder holds, in numbers.

    Raises:
        NothingLoaded: there is nothing yet.
    """
    with reading_store(folder) as store:
        counts = store.counts()
    return {
        "folder": str(folder.path),
        **counts,
        "snapshot": Shelf(folder.snapshots).current_id(),
        "models": dict(_models(folder)),
    }


def _models(folder: DataFolder) -> Iterator[tuple[str, str]]:
    for pointer in sorted(folder.models.glob("*/current")):
        yield pointer.parent.name, pointer.read_text(encoding="utf-8").strip()
