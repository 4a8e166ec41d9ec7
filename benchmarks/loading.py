"""Files into the store, and the store into a snapshot."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from benchmarks.harness import Measure, alone, peak_gib


def load_epinions(work: Path) -> list[Measure]:
    folder = work / "epinions"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        load_s, edges, load_peak = alone(load_data, "epinions", folder)
        build_s, build_peak = alone(_build, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [
        Measure("files to store", load_s, "s", 90),
        Measure("store to snapshot", build_s, "s", 10),
        Measure("peak memory of the load", load_peak, "GiB", 2),
        Measure("peak memory of the snapshot", build_peak, "GiB", 2),
        *(Measure(f"{kind} edges", count, "") for kind, count in sorted(edges.items())),
    ]


def load_data(name: str, folder: Path) -> tuple[float, dict[str, int], float]:
    from graph.datasets import dataset
    from graph.folder import DataFolder
    from graph.load import load

    mapping = dataset(name).mapping()
    start = time.perf_counter()
    report = load(mapping, DataFolder(folder))
    return time.perf_counter() - start, dict(report.edges), peak_gib()


def _build(folder: Path) -> tuple[float, float]:
    from graph.folder import DataFolder
    from graph.snapshot.build import build_snapshot

    data = DataFolder(folder)
    store = data.open_store(read_only=True)
    try:
        start = time.perf_counter()
        build_snapshot(store, data.snapshots)
        return time.perf_counter() - start, peak_gib()
    finally:
        store.close()
