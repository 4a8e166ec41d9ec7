"""Epinions, 1.3 M relationships, for networkx and PyG: whole, and around a person."""

from __future__ import annotations

import shutil
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.harness import Measure, alone, peak_gib


def exports(work: Path) -> list[Measure]:
    folder = work / "exports"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        alone(_built, folder)
        return [each for part in (_networkx, _around, _pyg) for each in alone(part, folder)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _built(place: Path) -> None:
    from graph.datasets import dataset
    from graph.folder import DataFolder
    from graph.load import load
    from graph.snapshot.build import build_snapshot
    from graph.snapshot.shelf import Shelf

    folder = DataFolder(place)
    load(dataset("epinions").mapping(), folder)
    with closing(folder.open_store()) as store:
        Shelf(folder.snapshots).publish(build_snapshot(store, folder.snapshots))


def _view(place: Path) -> Any:
    from graph.folder import DataFolder
    from graph.snapshot.shelf import Shelf
    from graph.snapshot.view import LiveView

    return LiveView(Shelf(DataFolder(place).snapshots).current())


def _networkx(place: Path) -> list[Measure]:
    from graph.export.networkx import to_networkx

    view = _view(place)
    before, start = peak_gib(), time.perf_counter()
    graph = to_networkx(view)
    seconds = time.perf_counter() - start
    edges = graph.number_of_edges()
    return [
        Measure("to_networkx: relationships", edges, ""),
        Measure("to_networkx", edges / seconds, "1/s"),
        Measure("memory of a relationship in networkx", (peak_gib() - before) * 2**30 / edges, "B"),
    ]


def _around(place: Path) -> list[Measure]:
    import numpy as np

    from graph.export.extract import Around, Picking
    from graph.export.networkx import to_networkx

    view = _view(place)
    rows = np.random.default_rng(0).choice(view.count("User"), 20, replace=False).tolist()
    asked = [Picking(around=Around("User", view.id_of("User", row), 2, fan_out=50)) for row in rows]
    to_networkx(view, asked[0])
    start = time.perf_counter()
    nodes = [to_networkx(view, each).number_of_nodes() for each in asked]
    each_ms = (time.perf_counter() - start) / len(asked) * 1000
    return [
        Measure("around a person, 2 hops, 50 newest each", each_ms, "ms"),
        Measure("nodes around a person, mean", float(np.mean(nodes)), ""),
    ]


def _pyg(place: Path) -> list[Measure]:
    from embeddings.hetero_torch import to_hetero_data

    view = _view(place)
    start = time.perf_counter()
    data = to_hetero_data(view)
    seconds = time.perf_counter() - start
    return [Measure("to_hetero_data", sum(data[key].num_edges for key in data.edge_types) / seconds, "1/s")]
