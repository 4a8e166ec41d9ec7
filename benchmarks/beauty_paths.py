"""Whether what is recommended on Amazon Beauty can be explained by paths that hold."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.harness import Measure, alone
from benchmarks.loading import load_data

if TYPE_CHECKING:
    from graph.datasets import Split
    from graph.snapshot.view import LiveView
    from recommend.explain.paths import Step

NAME = "amazon-beauty"
PEOPLE = 600
LENGTH = 10
RELATIONS = {"IN_CATEGORY": "category", "MADE_BY": "brand"}


def beauty_paths(work: Path) -> list[Measure]:
    """The ten best by EASE with attributes, the strongest part of the blend, for 600 people drawn at random.

    Purchases of the test part are taken out of the graph; every edge of a path is looked up in the set's files.
    """
    folder = work / NAME
    shutil.rmtree(folder, ignore_errors=True)
    try:
        alone(load_data, NAME, folder)
        share, items, each_ms = alone(_explained, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [
        Measure("items with a path that holds", share, "", 0.95, at_least=True),
        Measure("items", items, ""),
        Measure("one path, CPU mean", each_ms, "ms", 20),
    ]


def _explained(folder: Path) -> tuple[float, int, float]:
    from graph.datasets import dataset
    from graph.folder import DataFolder
    from graph.snapshot.actions import Actions, codes_of
    from graph.snapshot.build import build_snapshot
    from graph.snapshot.view import LiveView
    from recommend.explain.paths import PathFinder
    from recommend.prepared import Prepared
    from recommend.questions import products_for

    split = dataset(NAME).split()
    assert split is not None, "the set has a split"
    data = DataFolder(folder)
    store = data.open_store(read_only=True)
    view = _only_train(LiveView(build_snapshot(store, data.snapshots)), split)
    store.close()
    prepared, seen = Prepared(view, Actions.of(), {}), codes_of(("bought",))
    facts = _facts(split)
    lists = _recommended()
    held, started = 0, time.process_time()
    for user_id, product_ids in lists.items():
        finder = PathFinder(view, products_for(prepared, view.row_of("User", user_id), seen, 0))
        for product_id in product_ids:
            best = finder.best(view.row_of("Product", product_id), 1)
            held += bool(best) and all(_fact(view, step) in facts for step in best[0].steps)
    items = sum(map(len, lists.values()))
    return held / items, items, 1000 * (time.process_time() - started) / items


def _only_train(view: LiveView, split: Split) -> LiveView:
    from graph.snapshot.csr import build_adjacency
    from graph.snapshot.layout import ACTED
    from graph.snapshot.view import LiveView

    count, out = view.count("Product"), view.actions.out
    assert out.stamps is not None, "actions always have stamps"
    source = np.repeat(np.arange(out.node_count, dtype=np.int32), out.degrees())
    users, items = view.rows_of("User", split.train.users), view.rows_of("Product", split.train.items)
    kept = np.isin(source.astype(np.int64) * count + out.indices, users.astype(np.int64) * count + items)
    edges = source[kept], np.asarray(out.indices)[kept], np.asarray(out.stamps)[kept]
    view.snapshot.adjacencies[ACTED] = build_adjacency(*edges, out.node_count, count)
    return LiveView(view.snapshot)


def _recommended() -> dict[str, list[str]]:
    """Products by person, as the set's ids: rows are in the order in which the split names them."""
    from embeddings.classic.ease import Ease
    from graph.datasets import dataset
    from recommend.evaluation import problem_of_dataset

    problem = problem_of_dataset(dataset(NAME))
    split = dataset(NAME).split()
    assert split is not None, "the set has a split"
    assert split.attributes is not None, "the set has attributes"
    user_ids = list(dict.fromkeys([*split.train.users, *split.test.users]))
    item_ids = list(dict.fromkeys([*split.train.items, *split.test.items, *split.attributes[0]]))
    fitted = Ease(reg=100.0, lift=0.2, attributes=1.0).fit(problem.data, rng=np.random.default_rng(0))
    top = problem.top(fitted, LENGTH)
    drawn = np.random.default_rng(0).choice(len(top), PEOPLE, replace=False)
    measured = problem.measured()
    return {user_ids[measured[place]]: [item_ids[item] for item in top[place].tolist()] for place in drawn.tolist()}


def _facts(split: Split) -> set[tuple[str, str, str]]:
    bought = {(user, "BOUGHT", item) for user, item in zip(*split.train.pairs, strict=True)}
    known = zip(*split.attributes, strict=True) if split.attributes else ()
    return bought | {(item, relation, entity) for item, relation, entity in known}


def _fact(view: LiveView, step: Step) -> tuple[str, str, str]:
    source, target = view.id_of(*step.source), view.id_of(*step.target)
    relation = RELATIONS.get(step.rel)
    return (source, relation, f"{relation}:{target}") if relation else (source, step.rel, target)
