"""A graph of a million people, a million products, 10 M follows and 50 M interactions."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import Measure, alone, peak_gib

if TYPE_CHECKING:
    from graph.snapshot.snapshot import Snapshot
    from recommend.query import RecommendationQuery

USERS = PRODUCTS = 1_000_000
FOLLOWS = 10_000_000
INTERACTIONS = 50_000_000
QUERIES = 2_000
FOLDER = "graph_50m"
KNOWN_FOLDER = "graph_50m_known"
BRANDS, CATEGORIES, TAGS, ENTITIES = 20_000, 1_000, 500, 50_000
THINGS = {"Brand": BRANDS, "Category": CATEGORIES, "Tag": TAGS, "Entity": ENTITIES, "Predicate": 1}
Edges = dict[tuple[str, str, str], Any]


@dataclass(frozen=True)
class Size:
    """Of a graph: parts of the whole one, all alike in how edges are spread."""

    part: float = 1.0

    def of(self, count: int) -> int:
        """That part of what the whole graph has."""
        return round(count * self.part)


WHOLE = Size()


def snapshot_50m(work: Path) -> list[Measure]:
    folder = work / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    make_s, write_s, bytes_each, peak = alone(write, folder)
    return [
        Measure("make the edge arrays", make_s, "s"),
        Measure("edge arrays to snapshot", write_s, "s", 30),
        Measure("both directions, stamps included", bytes_each, "B/inter.", 20),
        Measure("peak memory, edge arrays included", peak, "GiB"),
    ]


def kernels_50m(work: Path) -> list[Measure]:
    folder = work / FOLDER
    if not folder.exists():
        alone(write, folder)
    figures: dict[str, list[float]] = alone(_query, folder)
    bounds = {"walk of 5,000 steps, its best 300": 0.6, "friends' interactions": 0.2}
    measures = []
    for name, seconds in figures.items():
        cpu_ms = np.array(seconds) * 1000
        measures.append(Measure(f"{name}: median", float(np.median(cpu_ms)), "ms CPU", bounds.get(name)))
        measures.append(Measure(f"{name}: p99", float(np.percentile(cpu_ms, 99)), "ms CPU"))
    return measures


def explain_50m(work: Path) -> list[Measure]:
    folder = work / KNOWN_FOLDER
    if not folder.exists():
        alone(write, folder, knowledge())
    cpu_ms, paths = alone(_explain, folder)
    return [
        Measure("three paths to a product: median", float(np.median(cpu_ms)), "ms CPU", 20),
        Measure("p99", float(np.percentile(cpu_ms, 99)), "ms CPU", 20),
        Measure("slowest", float(np.max(cpu_ms)), "ms CPU"),
        Measure("explanations", len(paths), ""),
        Measure("with a path", float(np.mean(np.array(paths) > 0)), "share"),
    ]


def knowledge(size: Size = WHOLE) -> Edges:
    """Edges between things: each product has a brand, a category, three tags and two entities; some are popular."""
    rng = np.random.default_rng(1)
    products = np.arange(size.of(PRODUCTS), dtype=np.int32)
    several = {name: np.repeat(products, times) for name, times in (("tags", 3), ("entities", 2))}
    categories = np.arange(size.of(CATEGORIES), dtype=np.int32)
    said = np.zeros(len(several["entities"]), np.uint32)

    def drawn(count: int, among: int) -> NDArray[np.int32]:
        return (size.of(among) * rng.random(count) ** 2).astype(np.int32)

    return {
        ("Product", "MADE_BY", "Brand"): (products, drawn(len(products), BRANDS), None),
        ("Product", "IN_CATEGORY", "Category"): (products, drawn(len(products), CATEGORIES), None),
        ("Category", "SUBCATEGORY_OF", "Category"): (categories[30:], categories[30:] % 30, None),
        ("Product", "TAGGED", "Tag"): (several["tags"], drawn(len(several["tags"]), TAGS), None),
        ("Product", "RELATED", "Entity"): (several["entities"], drawn(len(several["entities"]), ENTITIES), said),
    }


def _explain(folder: Path) -> tuple[list[float], list[int]]:
    """CPU milliseconds of each explanation, one thread, and how many paths it has; half the products are popular."""
    from graph.snapshot.snapshot import Snapshot
    from graph.snapshot.view import LiveView
    from recommend.pipeline import Recommender

    view = LiveView(Snapshot.open(next(path for path in folder.iterdir() if path.is_dir()), verify=False))
    recommender = Recommender(view, {})
    rng = np.random.default_rng(0)
    actors = rng.integers(0, USERS, 2 * QUERIES)
    users = actors[view.actions.out.degrees()[actors] > 0][:QUERIES]
    products = rng.integers(0, PRODUCTS, len(users))
    products[::2] = rng.choice(recommender.prepared.popular.head, len(products[::2]))
    milliseconds, paths = [], []
    for user, product in zip(users.tolist(), products.tolist(), strict=True):
        start = time.thread_time()
        answer = recommender.explain(f"u{user:07d}", f"p{product:07d}", 3)
        milliseconds.append((time.thread_time() - start) * 1000)
        paths.append(len(answer["paths"]))
    return milliseconds, paths


def write(folder: Path, known: Edges | None = None, size: Size = WHOLE) -> tuple[float, float, float, float]:
    """Seconds to make the arrays and to write the snapshot, bytes an interaction, and peak memory."""
    from graph.simulate import edge_arrays
    from graph.snapshot.actions import plain_stamps
    from graph.snapshot.layout import ACTED
    from graph.snapshot.vocabulary import build_vocabulary
    from graph.snapshot.write import write_snapshot

    _write_small(folder.with_suffix(".warm"))
    start = time.perf_counter()
    edges = edge_arrays(*map(size.of, (USERS, PRODUCTS, FOLLOWS, INTERACTIONS)))
    made = time.perf_counter()
    snapshot = write_snapshot(
        folder,
        ids={
            "User": build_vocabulary([f"u{row:07d}" for row in range(size.of(USERS))]),
            "Product": build_vocabulary([f"p{row:07d}" for row in range(size.of(PRODUCTS))]),
            **{label: [f"{row}" for row in range(max(1, size.of(count)))] for label, count in THINGS.items() if known},
        },
        edges={
            **(known or {}),
            ("User", "FOLLOWS", "User"): (edges.follower, edges.followee, plain_stamps(edges.follow_minutes)),
            ACTED: (edges.user, edges.product, edges.stamps),
        },
    )
    done = time.perf_counter()
    return made - start, done - made, _bytes_each(snapshot, size), peak_gib()


def _write_small(folder: Path) -> None:
    """Compile the kernels before they are timed."""
    from graph.simulate import edge_arrays
    from graph.snapshot.layout import ACTED
    from graph.snapshot.write import write_snapshot

    edges = edge_arrays(50, 50, 100, 500)
    ids = {label: [str(row) for row in range(50)] for label in ("User", "Product")}
    write_snapshot(folder, ids=ids, edges={ACTED: (edges.user, edges.product, edges.stamps)})
    shutil.rmtree(folder)


def _bytes_each(snapshot: Snapshot, size: Size) -> float:
    from graph.snapshot.layout import ACTED, key_name

    stem = key_name(ACTED).lower()
    files = {name: record for name, record in snapshot.manifest.files.items() if name.startswith(stem)}
    return sum(record.bytes for record in files.values()) / size.of(INTERACTIONS)


def _query(folder: Path) -> dict[str, list[float]]:
    """CPU seconds of each query, one thread, users drawn among those who have something to go on."""
    from graph.snapshot.actions import codes_of
    from graph.snapshot.snapshot import Snapshot
    from graph.snapshot.view import LiveView
    from recommend.pipeline import Recommender
    from recommend.questions import products_for
    from recommend.sources.collaborative import CoInteraction, Walk
    from recommend.sources.social import Friends, FriendsOfFriends

    view = LiveView(Snapshot.open(next(path for path in folder.iterdir() if path.is_dir()), verify=False))
    prepared = Recommender(view, {}).prepared
    rng = np.random.default_rng(0)
    seen = codes_of(("bought",))
    queries = [products_for(prepared, int(row), seen, int(row)) for row in rng.integers(0, USERS, 2 * QUERIES)]
    queries = [query for query in queries if len(query.anchors) and len(query.friends)][:QUERIES]
    endless = replace(Walk(), enough_rows=1 << 30)
    runs: dict[str, Callable[[RecommendationQuery], object]] = {
        "walk of 5,000 steps, its best 300": lambda query: endless.candidates(view, query, 300),
        "walk that stops early, its best 300": lambda query: Walk().candidates(view, query, 300),
        "friends' interactions": lambda query: Friends().candidates(view, query, 300),
        "friends of friends": lambda query: FriendsOfFriends().candidates(view, query, 300),
        "co-interaction": lambda query: CoInteraction().candidates(view, query, 300),
    }
    return {name: _cpu_seconds(run, queries) for name, run in runs.items()}


def _cpu_seconds(run: Callable[[RecommendationQuery], object], queries: list[RecommendationQuery]) -> list[float]:
    for query in queries[:200]:
        run(query)
    seconds = []
    for query in queries:
        start = time.thread_time()
        run(query)
        seconds.append(time.thread_time() - start)
    return seconds
