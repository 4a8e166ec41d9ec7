"""The whole graph as a store of statements on disk, to be asked in SPARQL; built beside the data, replaced whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import orjson
import oxrdflib
import pyoxigraph as ox
import rdflib

from graph.errors import SparqlNotBuilt, StorageFull
from graph.folder import DataFolder
from graph.log.events import new_id
from graph.progress import Progress, silent
from graph.rdf.export import Writing
from graph.rdf.terms import Names
from graph.store.port import GraphStore

CURRENT = "current"
MANIFEST = "manifest.json"
UNFINISHED = ".unfinished-"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A store of statements on disk.

    Attributes:
        path: the folder with its files.
        position: of the log, that it holds.
        statements: how many it holds.
        created_at: when it was built, RFC 3339.
    """

    path: Path
    position: str | None
    statements: int
    created_at: str

    def open(self) -> ox.Store:
        """Its statements, for reading."""
        return ox.Store.read_only(str(self.path / "store"))

    def as_rdflib(self) -> rdflib.Dataset:
        """Its statements as rdflib has them; read-only, Oxigraph works underneath."""
        return rdflib.Dataset(store=oxrdflib.OxigraphStore(store=self.open()), default_union=True)


def build_knowledge(
    folder: DataFolder, store: GraphStore, *, names: Names | None = None, progress: Progress = silent
) -> Knowledge:
    """Write all statements of a graph store into a store that answers SPARQL; it replaces an earlier one.

    Args:
        folder: gets it under ``rdf``.
        store: read as of one moment.
        names: what IRIs begin with.
        progress: told the part that is done.

    Raises:
        StoreError: the store cannot be read.
        StorageFull: the disk took no more; the earlier one stays.
    """
    made = new_id(datetime.now(UTC))
    place = folder.rdf / f"{UNFINISHED}{made}"
    place.mkdir(parents=True)
    try:
        with store.reading():
            writing = Writing(store, names or Names(), in_graphs=True, progress=progress)
            kept = ox.Store(str(place / "store"))
            kept.bulk_extend(cast("Iterable[ox.Quad]", writing.statements()))
            kept.optimize()
            kept.flush()
            del kept
            facts = {
                "position": store.position(),
                "statements": writing.count,
                "created_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            }
        (place / MANIFEST).write_bytes(orjson.dumps(facts))
        place.rename(folder.rdf / made)
    except OSError as error:
        raise StorageFull(str(folder.rdf)) from error
    finally:
        shutil.rmtree(place, ignore_errors=True)
    pointer = folder.rdf / f"{CURRENT}.part"
    pointer.write_text(made, encoding="utf-8")
    pointer.replace(folder.rdf / CURRENT)
    for other in folder.rdf.glob("*/"):
        if other.name != made:
            shutil.rmtree(other, ignore_errors=True)
    progress(1.0, "built")
    return current_knowledge(folder)


def current_knowledge(folder: DataFolder) -> Knowledge:
    """The store of statements in use.

    Raises:
        SparqlNotBuilt: there is none.
    """
    try:
        path = folder.rdf / (folder.rdf / CURRENT).read_text(encoding="utf-8").strip()
        return Knowledge(path, **orjson.loads((path / MANIFEST).read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise SparqlNotBuilt(str(folder.path)) from error


def drop_knowledge(folder: DataFolder) -> None:
    """Remove every store of statements, such as when a person that it holds is erased."""
    shutil.rmtree(folder.rdf, ignore_errors=True)
