"""Knowledge models in the folder of models: tables for serving, vectors of all nodes and relations for questions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embeddings.artefact import TrainedModel, load_model, save_model
from embeddings.errors import ModelDamaged
from embeddings.kg.geometry import Vectors
from embeddings.kg.graph import ACTED, Relation
from embeddings.kg.models import FittedKnowledge, KnowledgeModel
from graph.errors import InvalidValue

NODES = "Knowledge:"
"""Before a label: the table of its nodes' vectors."""
RELATIONS = "Knowledge:relations"


@dataclass(frozen=True, slots=True)
class StoredKnowledge:
    """A trained knowledge model, by label and row.

    Attributes:
        trained: its version and tables.
        vectors: of all nodes, one label after the other, and of the relations; zeros for nodes that stood in no triple.
        first: the number of each label's row 0.
        counts: nodes of each label when it was trained; rows beyond have no vector.
        relations: in the order of their vectors.
        calibration: see `embeddings.kg.calibrate`.
    """

    trained: TrainedModel
    vectors: Vectors
    first: dict[str, int]
    counts: dict[str, int]
    relations: tuple[Relation, ...]
    calibration: dict[str, tuple[float, float]]

    def relation(self, name: str) -> int:
        """Row of a relation.

        Raises:
            InvalidValue: it was not there when the model was trained.
        """
        for row, each in enumerate(self.relations):
            if each.name == name:
                return row
        raise InvalidValue("relation", f"{self.trained.name} learnt nothing of {name}")


def save_knowledge(
    folder: Path, model: KnowledgeModel, learnt: FittedKnowledge, snapshot_id: str, seed: int
) -> TrainedModel:
    """Keep what a knowledge model learnt of a view's graph; raises as `save_model`."""
    graph, vectors = learnt.graph, learnt.vectors
    there = (graph.degrees > 0)[:, None]
    tables = {f"{NODES}{label}": vectors.nodes[graph.span(label)] * there[graph.span(label)] for label in graph.labels}
    tables[RELATIONS] = vectors.relations
    if any(each.name == ACTED for each in graph.relations):
        counts = dict(zip(graph.labels, graph.counts, strict=True))
        tables.update(learnt.recommender(counts["User"], counts["Product"]).tables())
    details = {
        "form": vectors.form,
        "scale": vectors.scale,
        "labels": dict(zip(graph.labels, graph.counts, strict=True)),
        "relations": [[each.name, each.source, each.target] for each in graph.relations],
        "calibration": {name: list(line) for name, line in learnt.calibration.items()},
        "epochs": learnt.epochs,
    }
    return save_model(folder, model, tables, snapshot_id, seed, learnt.validation, details)


def load_knowledge(folder: Path) -> StoredKnowledge:
    """Open the current version of a knowledge model.

    Args:
        folder: of the model.

    Raises:
        ModelMissing: there is none.
        ModelDamaged: a file differs from its checksum, or it is no knowledge model.
        ForeignVersion: a newer program wrote it.
    """
    trained = load_model(folder)
    details = trained.details
    if "relations" not in details or RELATIONS not in trained.tables:
        raise ModelDamaged(str(folder), "it is no model of knowledge")
    counts = {str(label): int(count) for label, count in details["labels"].items()}
    nodes = [trained.tables[f"{NODES}{label}"] for label in counts]
    relations = np.asarray(trained.tables[RELATIONS])
    starts = np.cumsum([0, *counts.values()]).tolist()
    return StoredKnowledge(
        trained,
        Vectors(details["form"], np.concatenate(nodes), relations, float(details["scale"])),
        dict(zip(counts, starts, strict=False)),
        counts,
        tuple(Relation(*each) for each in details["relations"]),
        {name: (line[0], line[1]) for name, line in details["calibration"].items()},
    )
