"""Click prediction on Last.fm with MCCLK's negatives and knowledge graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.harness import Measure, alone

SEEDS = 5
TEST_PART = 0.2


def lastfm_clicks(_: Path) -> list[Measure]:
    """Five random splits, 8 : 2; folds, weights and the threshold come from the training part of each."""
    runs = [alone(_run, seed) for seed in range(SEEDS)]
    bounds = {"AUC": 0.876, "F1": 0.798}
    measures = []
    for place, name in enumerate(("AUC", "F1", "AUC within a person", "AUC on the folds", "F1 at 0.5")):
        values = np.array([run[place] for run in runs])
        measures.append(Measure(f"{name}, mean of {SEEDS} splits", float(values.mean()), "", bounds.get(name), True))
        measures.append(Measure(f"{name}, standard deviation", float(values.std(ddof=1)), ""))
    for name, place in (("the knowing filter alone: AUC", 5), ("popularity alone: AUC", 6), ("without facts: AUC", 7)):
        measures.append(Measure(f"{name}, mean", float(np.mean([run[place] for run in runs])), ""))
    measures.append(Measure("seconds a split", float(np.mean([run[8] for run in runs])), "s"))
    return measures


def _run(seed: int) -> tuple[float, ...]:
    from time import perf_counter

    from embeddings.clicks.evidence import NAMES, evidence, facts_of
    from embeddings.clicks.metrics import auc, auc_by_group, f1_of
    from embeddings.clicks.model import ClickModel
    from graph.datasets import dataset

    start = perf_counter()
    found = dataset("lastfm-clicks")
    table, told = found.interactions(), found.attributes()
    assert table.values is not None
    assert told is not None
    users, items = (np.array(ids, np.int32) for ids in (table.users, table.items))
    labels = np.array(table.values) > 0
    facts = facts_of(int(items.max()) + 1, *(np.array(ids, np.int32) for ids in told))
    rng = np.random.default_rng(seed)
    test = np.zeros(len(users), np.bool_)
    test[rng.permutation(len(users))[: int(TEST_PART * len(users))]] = True
    train = (users[~test], items[~test], labels[~test])
    fitted = ClickModel().fit(*train, facts, int(users.max()) + 1, rng=rng)
    chances, right = fitted.chances(users[test], items[test]), labels[test]
    seconds = perf_counter() - start
    columns = evidence(fitted.known, users[test], items[test], np.random.default_rng(fitted.seed))
    bare = ClickModel().fit(*train, facts[:, :0], int(users.max()) + 1, rng=np.random.default_rng(seed))
    return (
        auc(right, chances),
        f1_of(right, chances >= fitted.threshold),
        auc_by_group(right, chances, users[test]),
        fitted.fold_auc,
        f1_of(right, chances >= 0.5),
        auc(right, columns[:, NAMES.index("knowing filter 0.3, 64")]),
        auc(right, columns[:, NAMES.index("popularity")]),
        auc(right, bare.chances(users[test], items[test])),
        seconds,
    )
