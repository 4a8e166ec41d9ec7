"""What trained models hold of one node: its row in their tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from embeddings.artefact import TrainedModel, load_model, versions
from embeddings.errors import ModelError
from graph.errors import ForeignVersion


def vectors_of(models: Path, label: str, rows: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """The vectors of one node in every version of every model that can be read.

    Args:
        models: the folder of all models.
        label: of the node.
        rows: the node's row by id of snapshot. Rows never change, so a model of a snapshot that is gone is asked for
            the row of any other.
    """
    if not rows:
        return
    for home in sorted(each for each in models.glob("*/") if not each.name.startswith(".")):
        for version in versions(home):
            try:
                model = load_model(home, version, verify=False)
            except (ModelError, ForeignVersion):
                continue
            row = rows.get(model.snapshot_id, next(iter(rows.values())))
            tables = {name: table for name, table in model.tables.items() if name.partition(":")[0] == label}
            vectors = {name: table[row].tolist() for name, table in tables.items() if row < len(table)}
            vectors |= dict(_levels(model, label, row))
            if vectors:
                yield {"model": model.name, "version": version, "snapshot": model.snapshot_id, "vectors": vectors}


def _levels(model: TrainedModel, label: str, row: int) -> Iterator[tuple[str, list[list[float]]]]:
    """A node's vectors within a network of all kinds of nodes: arrays ``(levels, nodes, dim)`` named ``…_levels``.

    Their nodes lie one kind behind the other; the details say where each of ``kinds`` has its ``first`` one.
    """
    kinds, first = model.details.get("kinds", []), model.details.get("first", [])
    if label not in kinds:
        return
    place = kinds.index(label)
    for name, array in model.arrays.items():
        end = first[place + 1] if place + 1 < len(first) else array.shape[1] if array.ndim == 3 else 0
        if name.endswith("_levels") and first[place] + row < end:
            yield f"{label}:{name}", array[:, first[place] + row].tolist()
