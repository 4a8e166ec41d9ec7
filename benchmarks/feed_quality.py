"""Whether a feed offers what people choose next: what was known at a moment, asked about what came then."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import Measure, alone
from benchmarks.live import made_town

if TYPE_CHECKING:
    from graph.snapshot.snapshot import Snapshot
    from recommend.pipeline import PipelineSettings, Recommender

ASKED = 3_000
TOP = 20
VALIDATION = (0.8, 0.9)
"""Parts of the timeline between which lies what is asked about; the last tenth is for the test."""
TEST = (0.9, 1.0)
Folder = Path


@dataclass(frozen=True)
class Asked:
    """Questions whose right answers are known.

    Attributes:
        recommender: knows what happened before.
        users: ids of who asks.
        chosen: rows of the products that each chose afterwards and had not known.
    """

    recommender: Recommender
    users: list[str]
    chosen: list[NDArray[np.int32]]


def feed_quality(work: Path) -> list[Measure]:
    """The feed as shipped, beside what is popular, on the part between 80 and 90 % of the time."""
    measures = []
    for name, folder in (("town", made_town(work)), ("Ciao", made_ciao(work))):
        found: Mapping[str, tuple[float, float, float]] = alone(_measured, folder)
        for which, (recall, ndcg, cpu_ms) in found.items():
            measures.append(Measure(f"{name}, {which}: recall@{TOP}", recall, ""))
            measures.append(Measure(f"{name}, {which}: NDCG@{TOP}", ndcg, ""))
            measures.append(Measure(f"{name}, {which}: one feed without reasons", cpu_ms, "ms CPU"))
    return measures


def made_ciao(work: Path) -> Path:
    """A data folder with Ciao, loaded once."""
    folder = work / "ciao"
    if not folder.exists():
        alone(_load_ciao, folder)
    return folder


def _load_ciao(folder: Path) -> None:
    from api.folders import open_folder
    from api.settings import Settings
    from api.steps import build_current, load_source

    settings = Settings.read(data=folder)
    load_source("dataset:ciao", open_folder(settings), settings)
    build_current(open_folder(settings))


def _measured(folder: Path) -> dict[str, tuple[float, float, float]]:
    from recommend.pipeline import DEFAULTS

    asked = questions(folder, VALIDATION, DEFAULTS)
    return {"feed": quality(asked), "popular": quality(asked, only=("popular",))}


def questions(folder: Path, part: tuple[float, float], settings: PipelineSettings, *, model: bool = True) -> Asked:
    """What people chose within a part of the timeline, asked of everything before it.

    Args:
        folder: a data folder with a snapshot.
        part: between which shares of all actions, in order of their time.
        settings: of the pipeline.
        model: train the spectral filter on what came before, too.
    """
    from api.settings import Settings
    from api.training import train_model
    from api.wiring import open_models
    from graph.folder import DataFolder
    from graph.snapshot.actions import Actions, minutes_of
    from graph.snapshot.shelf import Shelf
    from graph.snapshot.view import LiveView
    from recommend.pipeline import Recommender

    whole = Shelf(DataFolder(folder).snapshots).current(verify=False)
    actions = LiveView(whole).actions.out
    minutes = minutes_of(np.asarray(actions.stamps))
    begin, end = np.quantile(minutes[minutes > 0], part)
    data = DataFolder(folder / f"before_{part[0]:g}")
    shelf = Shelf(data.snapshots)
    if shelf.current_id() is None:
        shelf.publish(until(whole, int(begin), data.snapshots))
        train_model(data, "spectral", {}, Settings.read(data=data.path))
    view = LiveView(shelf.current(verify=False))
    recommender = Recommender(view, open_models(data) if model else {}, settings=settings)
    counts = Actions.of().counts(np.asarray(actions.stamps))
    users, chosen = [], []
    for row in np.random.default_rng(0).permutation(view.count("User")).tolist():
        span = slice(int(actions.indptr[row]), int(actions.indptr[row + 1]))
        then = (minutes[span] >= begin) & (minutes[span] < end) & counts[span]
        new = np.setdiff1d(actions.indices[span][then], view.actions.out.neighbours(row)).astype(np.int32)
        if len(new) and view.actions.out.degree(row):
            users.append(view.id_of("User", row))
            chosen.append(new)
        if len(users) == ASKED:
            break
    return Asked(recommender, users, chosen)


def until(snapshot: Snapshot, minute: int, folder: Path) -> Snapshot:
    """The same nodes, with the edges of before a moment; those without a time stay."""
    from graph.snapshot.actions import minutes_of
    from graph.snapshot.write import write_snapshot

    edges = {}
    for key, both in snapshot.adjacencies.items():
        sources = np.repeat(np.arange(both.out.node_count, dtype=np.int32), np.diff(both.out.indptr))
        stamps = both.out.stamps
        good = np.ones(len(sources), np.bool_) if stamps is None else minutes_of(np.asarray(stamps)) < minute
        edges[key] = (sources[good], both.out.indices[good], None if stamps is None else stamps[good])
    return write_snapshot(folder, ids=snapshot.vocabularies, edges=edges, durable=False)


def quality(asked: Asked, only: tuple[str, ...] | None = None) -> tuple[float, float, float]:
    """Mean recall@20, mean NDCG@20 and median CPU milliseconds of the feeds; ``only`` some sources."""
    recalls, gains, milliseconds = [], [], []
    discounts = 1 / np.log2(np.arange(TOP) + 2)
    for user, chosen in zip(asked.users, asked.chosen, strict=True):
        start = time.thread_time()
        query = asked.recommender.query_for("Product", user)
        rows = asked.recommender.rank(("User", "Product"), query, only).rows[:TOP]
        milliseconds.append((time.thread_time() - start) * 1000)
        hits = np.isin(rows, chosen)
        recalls.append(hits.sum() / len(chosen))
        gains.append((hits * discounts[: len(hits)]).sum() / discounts[: len(chosen)].sum())
    return float(np.mean(recalls)), float(np.mean(gains)), float(np.median(milliseconds))
