"""Writes what models and the shape of the graph say of the nodes onto the nodes of a Neo4j server, for analysts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from embeddings.artefact import TrainedModel
from graph.analytics.communities import NONE, communities
from graph.analytics.pagerank import pagerank
from graph.progress import Progress, silent
from graph.schema import NODES
from graph.snapshot.csr import Csr
from graph.snapshot.snapshot import Snapshot

if TYPE_CHECKING:
    from graph.store.neo4j.columns import Column, ModelNote
    from graph.store.neo4j.connection import Neo4jServer
    from graph.store.neo4j.schema import Dims

FOLLOWS = ("User", "FOLLOWS", "User")
TIES = ("User", "INTERACTED", "User")


@dataclass(frozen=True, slots=True)
class WriteBack:
    """What was written.

    Attributes:
        columns: by label and property, how many nodes were written, are absent from the server, lost an old value.
        removed: what models that are no more had written, by model.
        indexes: vector indexes that were made, or made anew.
    """

    columns: Mapping[str, Mapping[str, int]]
    removed: Mapping[str, Sequence[str]]
    indexes: Sequence[str]

    @property
    def absent(self) -> int:
        """Nodes of the snapshot that the server lacks, of the column that misses most; `sync` brings them."""
        return max((column["absent"] for column in self.columns.values()), default=0)

    def as_json(self) -> dict[str, Any]:
        """For printing."""
        return asdict(self)


def vector_dims(models: Mapping[str, TrainedModel]) -> Dims:
    """Length of the vectors that models have of whole labels, by label and model."""
    return {
        (label, name): int(table.shape[1])
        for name, model in models.items()
        for label, table in model.tables.items()
        if label in NODES
    }


def write_back(
    server: Neo4jServer,
    snapshot: Snapshot,
    models: Mapping[str, TrainedModel],
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> WriteBack:
    """Write embeddings with their vector indexes, PageRank and communities; remove what is not so any more.

    Nodes are found by id. It may be interrupted and run again: each ``(:Model)`` says whether all of it is there.

    Args:
        server: with the graph that the snapshot was made of.
        snapshot: the current one; ``User.pagerank`` is over who follows whom, ``User.community`` over that and ties.
        models: by name; every table of theirs that has a vector for a whole label is written.
        seed: of the communities.
        progress: called after each batch.

    Raises:
        StoreError: the server cannot be reached, refuses, or is too busy.
    """
    from graph.store.neo4j.columns import remove_models, write_model
    from graph.store.neo4j.schema import apply_schema

    apply_schema(server)
    jobs = [*_model_jobs(snapshot, models), *_shape_jobs(snapshot, seed)]
    removed = remove_models(server, [note.name for note, _ in jobs])
    written: dict[str, Mapping[str, int]] = {}
    for number, (note, columns) in enumerate(jobs):
        report = write_model(server, note, columns, _part(progress, number, len(jobs)))
        written |= {path: asdict(each) for path, each in report.items()}
    progress(1.0, "vector indexes")
    return WriteBack(written, removed, apply_schema(server, vector_dims(models), wait=True))


def _part(progress: Progress, number: int, count: int) -> Progress:
    return lambda done, note: progress((number + done) / count, note)


Job = tuple["ModelNote", list["Column"]]


def _model_jobs(snapshot: Snapshot, models: Mapping[str, TrainedModel]) -> Iterator[Job]:
    from graph.store.neo4j.columns import Column, ModelNote
    from graph.store.neo4j.schema import vector_property

    for name, model in sorted(models.items()):
        columns = []
        for label in sorted(model.tables.keys() & NODES.keys()):
            table = model.tables[label][: len(snapshot.gone[label])]
            rows = np.flatnonzero(table.any(axis=1) & ~snapshot.gone[label][: len(table)])
            columns.append(Column(label, vector_property(name), _ids(snapshot, label, rows), table[rows]))
        if columns:
            yield ModelNote(name, model.version, _milliseconds(model.created_at), model.snapshot_id), columns


def _shape_jobs(snapshot: Snapshot, seed: int) -> Iterator[Job]:
    from graph.store.neo4j.columns import Column, ModelNote

    graphs = [snapshot.adjacencies[key].out for key in (FOLLOWS, TIES) if key in snapshot.adjacencies]
    for name, values, known in (
        ("pagerank", *_authority(snapshot)),
        ("community", *_groups(graphs, seed)),
    ):
        rows = np.flatnonzero(known & ~snapshot.gone["User"][: len(known)])
        note = ModelNote(name, snapshot.id, _milliseconds(snapshot.manifest.created_at), snapshot.id)
        yield note, [Column("User", name, _ids(snapshot, "User", rows), values[rows])]


def _authority(snapshot: Snapshot) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """PageRank of everybody; nobody has one where nobody follows anybody."""
    follows = snapshot.adjacencies.get(FOLLOWS)
    if follows is None or not follows.out.edge_count:
        return np.zeros(0), np.zeros(0, np.bool_)
    rank = pagerank(follows.out)
    return rank, np.ones(len(rank), np.bool_)


def _groups(graphs: Sequence[Csr], seed: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    found = communities(graphs, seed=seed)
    return found, found != NONE


def _ids(snapshot: Snapshot, label: str, rows: NDArray[np.intp]) -> list[str]:
    return snapshot.vocabularies[label].ids(rows.tolist())


def _milliseconds(time: str) -> int:
    return round(datetime.fromisoformat(time).timestamp() * 1000)
