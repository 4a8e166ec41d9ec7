"""Refreshing the analysts' read-only server from what the data folder holds."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from api.folders import embedded_folder
from api.neo4j_writeback import vector_dims, write_back
from api.steps import write_files
from api.wiring import open_models
from graph.errors import SnapshotMissing
from graph.progress import Progress, silent
from graph.snapshot.shelf import Shelf
from graph.store.neo4j.finishing import finish_import
from graph.store.neo4j.schema import apply_schema

if TYPE_CHECKING:
    from api.settings import Settings
    from graph.store.neo4j.connection import Neo4jServer
    from graph.store.neo4j.replica import ReplicaHome


def refresh_replica(settings: Settings, home: ReplicaHome, progress: Progress = silent) -> dict[str, int]:
    """Give the replica the graph of the log's end, with indexes, and what models and snapshot say of its nodes.

    Returns:
        How many nodes and relationships it was given, and how many properties were written onto its nodes.

    Raises:
        NothingLoaded: there is no log yet.
        StoreLocked: another process owns the data folder.
        StoreUnavailable: the import failed, or the server does not come up.
    """
    folder = embedded_folder(settings)
    folder.path.mkdir(parents=True, exist_ok=True)
    files = Path(mkdtemp(prefix="replica-", dir=folder.path))
    try:
        progress(0.0, "writing files")
        written = write_files(folder, files / "files")
        progress(0.3, "importing")
        columns: list[int] = []
        home.refresh(files / "files", _make_ready(settings, columns, progress))
    finally:
        shutil.rmtree(files, ignore_errors=True)
    relationships = sum(written.relationships.values())
    return {"nodes": written.rows - relationships, "relationships": relationships, "properties": sum(columns)}


def _make_ready(settings: Settings, columns: list[int], progress: Progress) -> Callable[[Neo4jServer], None]:
    folder = embedded_folder(settings)

    def make_ready(server: Neo4jServer) -> None:
        models = open_models(folder)
        progress(0.6, "indexes")
        apply_schema(server, vector_dims(models), wait=True)
        finish_import(server)
        try:
            snapshot = Shelf(folder.snapshots).current()
        except SnapshotMissing:  # nothing to say of nodes yet
            return
        progress(0.7, "writing onto nodes")
        columns.append(len(write_back(server, snapshot, models).columns))
        progress(0.9, "starting read-only")

    return make_ready
