"""A whole feed over large graphs: its CPU time in one process, how it grows, and served by two workers."""

from __future__ import annotations

import asyncio
import random
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from benchmarks.harness import Measure, alone
from benchmarks.large import INTERACTIONS, KNOWN_FOLDER, PRODUCTS, USERS, WHOLE, Size, knowledge, write
from benchmarks.live import NEVER
from benchmarks.serving import feed_rates, percentile_ms, served

if TYPE_CHECKING:
    from embeddings.artefact import TrainedModel
    from recommend.pipeline import Recommender

ASKED = 2_000
WARM = 300
DIM = 64
PORT = 18_427
WORKERS = 2
Edges = dict[tuple[str, str, str], Any]


def feed_50m(work: Path) -> list[Measure]:
    """Walk, friends, knowledge, vectors, ranking, reasons and JSON; vectors are drawn: a search costs the same."""
    folder = _made(work, WHOLE)
    whole, plain = alone(_feeds, folder, True), alone(_feeds, folder, False)
    return [
        Measure("a feed of 20 with reasons: median", float(np.median(whole)), "ms CPU", 2),
        Measure("p99", float(np.percentile(whole, 99)), "ms CPU"),
        Measure("slowest", float(np.max(whole)), "ms CPU"),
        Measure("without the model: median", float(np.median(plain)), "ms CPU"),
        Measure("feeds", len(whole), ""),
    ]


def growth(work: Path) -> list[Measure]:
    """The same without a model: what 5, 50 and 200 M interactions cost, the edges of each node spread alike."""
    medians: dict[float, float] = {}
    measures = []
    for part in (0.1, 1.0, 4.0):
        size = Size(part)
        taken = alone(_feeds, _made(work, size), False)
        medians[part] = float(np.median(taken))
        name = f"{size.of(INTERACTIONS) / 1e6:g} M interactions"
        measures.append(Measure(f"{name}: a feed, median", medians[part], "ms CPU"))
        measures.append(Measure(f"{name}: p99", float(np.percentile(taken, 99)), "ms CPU"))
    return [*measures, Measure("200 M over 5 M", medians[4.0] / medians[0.1], "times", 2)]


def _made(work: Path, size: Size) -> Path:
    """The folder of the graph, written where it is not there."""
    folder = work / (KNOWN_FOLDER if size == WHOLE else f"{KNOWN_FOLDER}_{size.part:g}")
    if not folder.exists():
        alone(_write, folder, size)
    return folder


def _write(folder: Path, size: Size) -> None:
    write(folder, knowledge(size), size)


def _feeds(folder: Path, with_model: bool) -> list[float]:
    """CPU milliseconds of each feed as bytes of JSON, one thread, for people drawn among all."""
    import orjson

    recommender = _recommender(folder, with_model)
    view = recommender.view
    users = np.random.default_rng(0).integers(0, view.count("User"), WARM + ASKED)
    ids = [view.id_of("User", row) for row in users.tolist()]
    for each in ids[:WARM]:
        orjson.dumps(recommender.feed(each))
    milliseconds = []
    for each in ids[WARM:]:
        start = time.thread_time()
        orjson.dumps(recommender.feed(each))
        milliseconds.append((time.thread_time() - start) * 1000)
    return milliseconds


def _recommender(folder: Path, with_model: bool) -> Recommender:
    from graph.snapshot.snapshot import Snapshot
    from graph.snapshot.view import LiveView
    from recommend.pipeline import Recommender

    view = LiveView(Snapshot.open(next(path for path in folder.iterdir() if path.is_dir()), verify=False))
    models = {"spectral": drawn_model(view.snapshot_id)} if with_model else {}
    return Recommender(view, models)


def drawn_tables(seed: int = 0) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """Vectors of people and products in a hundred clusters."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((100, DIM), np.float32)
    return {
        label: centres[rng.integers(0, 100, count)] + rng.standard_normal((count, DIM), np.float32)
        for label, count in (("User", USERS), ("Product", PRODUCTS))
    }


def drawn_model(snapshot_id: str) -> TrainedModel:
    """Tables as a trained model has them."""
    from embeddings.artefact import TrainedModel

    return TrainedModel("spectral", "drawn", snapshot_id, "2026-01-01T00:00:00Z", 0, {}, {}, drawn_tables())


def feeds_50m(work: Path) -> list[Measure]:
    """The same over HTTP at two workers, and what a worker holds alone; then feeds and events together for a while."""
    folder = _served_folder(work)
    rate, half, own, after = alone(_over_http, folder)
    return [
        Measure("feeds, 16 clients one after the other", rate, "/s", 600, at_least=True),
        Measure("at half that rate, median", percentile_ms(half, 50), "ms"),
        Measure("at half that rate, p99", percentile_ms(half, 99), "ms", 25),
        Measure("memory of a second worker's own, before any question", own, "MB", 150),
        Measure("after them", after, "MB", 150),
    ]


def _served_folder(work: Path) -> Path:
    """A data folder whose snapshot is the graph, with a model of drawn vectors."""
    folder = work / "served_50m"
    if not folder.exists():
        alone(_make_served, _made(work, WHOLE), folder)
    return folder


def _make_served(graph: Path, folder: Path) -> None:
    from contextlib import closing

    from api.folders import open_folder
    from api.settings import Settings
    from embeddings.artefact import save_model
    from embeddings.index import index_arrays
    from embeddings.models import model
    from graph.snapshot.shelf import Shelf
    from graph.snapshot.snapshot import Snapshot

    data = open_folder(Settings.read(data=folder))
    with closing(data.open_log()), closing(data.open_store()):
        pass
    made = next(path for path in graph.iterdir() if path.is_dir())
    data.snapshots.mkdir(exist_ok=True)
    shutil.copytree(made, data.snapshots / made.name)
    snapshot = Snapshot.open(data.snapshots / made.name, verify=False)
    Shelf(data.snapshots).publish(snapshot)
    tables = drawn_tables()
    arrays = index_arrays(tables["Product"])
    save_model(data.models, model("spectral", {"dim": DIM}), tables, snapshot.id, 0, details={}, arrays=arrays)


def _over_http(folder: Path) -> tuple[float, list[float], float, float]:
    with served(folder, PORT, WORKERS, **NEVER) as process:
        before = _own_mb(process.pid)
        rate, half = asyncio.run(feed_rates(PORT, lambda: f"u{random.randrange(USERS):07d}"))
        return rate, half, before, _own_mb(process.pid)


def _own_mb(service: int) -> float:
    """Memory that one worker shares with no other process: the least of the workers'."""
    found = [
        each.memory_full_info().uss / 1e6
        for each in psutil.Process(service).children(recursive=True)
        if "spawn_main" in " ".join(each.cmdline())
    ]
    return min(found)
