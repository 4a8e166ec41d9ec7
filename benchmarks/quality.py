"""What the best choices of this project reach on splits that others have published figures for."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.harness import Measure, alone

if TYPE_CHECKING:
    from embeddings.training import FittedModel, TrainingData
    from recommend.evaluation import Problem

BUDGET_S = 300.0
"""Of one choice by ``auto``, as `tastegraph batch` has it by default."""
SEEDS = 5

GOWALLA = {"dim": 512, "user_exponent": 0.3, "item_exponent": 0.45}
"""Of the filter over the whole spectrum; all else is what its authors publish for this split. Both exponents were
chosen on three validation parts of the training interactions, 20 % of each person's: drawn at random; and twice drawn
such that popular items and what goes together are held out more often than chance, about as much as makes two published
filters stand to each other as they do in print. For what this split holds out is not random: popular items are in it
more often than chance."""
YELP = {"dim": 64, "popularity_exponent": 0.15, "social": 0.3}
"""Of the spectral filter; chosen on the split's validation part, ranked among 1,000 drawn items as the test part is."""


def quality_gowalla(_: Path) -> list[Measure]:
    """The filter over the whole spectrum."""
    figures = alone(_one, "gowalla", "chebyshev", GOWALLA, 20)
    return _measures(figures, {"recall@20": 0.1941, "ndcg@20": 0.1616}, train_s=15.0)


def quality_lastfm(_: Path) -> list[Measure]:
    """What ``auto`` chooses on a validation part of the training part; the test part is looked at once."""
    return _measures(alone(_automatic, "lastfm-lightgcn", 20, 0, False), {"recall@20": 0.290, "ndcg@20": 0.230})


def quality_ciao(_: Path) -> list[Measure]:
    """What ``auto`` chooses, and what it would choose and reach without follows and attributes; five seeds."""
    whole = [alone(_automatic, "ciao-recdiff", 20, seed, False) for seed in range(SEEDS)]
    bare = [alone(_automatic, "ciao-recdiff", 20, seed, True) for seed in range(SEEDS)]
    bounds = {"recall@20": 0.0712, "ndcg@20": 0.0419}
    return [*_measures(whole[0], bounds), *_compared(whole, bare)]


def quality_yelp(_: Path) -> list[Measure]:
    """The spectral filter; the bound's models have features of reviews that this data set lacks."""
    figures = alone(_one, "yelp-diffnet", "spectral", YELP, 10)
    return _measures(figures, {"hit_rate@10": 0.3676, "ndcg@10": 0.2274, "recall@10": None})


Found = tuple[dict[str, float], np.ndarray, float, float]
"""Means by metric, recall by person, seconds of training, seconds of processors in training."""


def _one(dataset: str, name: str, settings: dict[str, object], k: int) -> Found:
    from embeddings.models import model

    return _measured(dataset, k, lambda data: model(name, settings).fit(data, rng=np.random.default_rng(0)))


def _automatic(dataset: str, k: int, seed: int, bare: bool) -> Found:
    from recommend.batch.auto import choose

    def chosen(data: TrainingData) -> FittedModel:
        return choose(_bare(data) if bare else data, seed=seed, budget_s=BUDGET_S).fitted

    return _measured(dataset, k, chosen)


def _bare(data: TrainingData) -> TrainingData:
    from embeddings.data import NO_ROWS

    none = dict.fromkeys(
        ("followers", "followees", "attribute_items", "attribute_entities", "attribute_relations"), NO_ROWS
    )
    return replace(data, **none, attribute_count=0, relation_count=0, entity_items=None)


def _measured(dataset_name: str, k: int, fit: object) -> Found:
    from graph.datasets import dataset
    from recommend.evaluation import problem_of_dataset

    problem: Problem = problem_of_dataset(dataset(dataset_name))
    started, spent = time.perf_counter(), time.process_time()
    fitted = fit(problem.data)  # type: ignore[operator]
    train_s, cpu_s = time.perf_counter() - started, time.process_time() - spent
    values = problem.measure(fitted, (k,))
    return {name: float(each.mean()) for name, each in values.items()}, values[f"recall@{k}"], train_s, cpu_s


def _measures(found: Found, bounds: dict[str, float | None], train_s: float | None = None) -> list[Measure]:
    figures, _, seconds, cpu_s = found
    measures = [Measure(name, figures[name], "", bound, at_least=True) for name, bound in bounds.items()]
    measures.append(Measure("choosing and training", seconds, "s", train_s))
    return [*measures, Measure("the same, time of processors", cpu_s, "s")]


def _compared(whole: list[Found], bare: list[Found]) -> list[Measure]:
    """Recall with and without follows and attributes, and how surely it differs: people drawn anew 2,000 times."""
    with_, without = (np.mean([each[1] for each in found], axis=0) for found in (whole, bare))
    rng = np.random.default_rng(0)
    draws = rng.integers(0, len(with_), (2000, len(with_)))
    gains = with_[draws].mean(axis=1) / without[draws].mean(axis=1) - 1
    lines = [
        Measure(f"seed {seed}: recall with, against without", one[0]["recall@20"] / other[0]["recall@20"] - 1, "")
        for seed, (one, other) in enumerate(zip(whole, bare, strict=True))
    ]
    gain = float(with_.mean() / without.mean() - 1)
    return [
        *lines,
        Measure("without follows and attributes: recall@20", float(without.mean()), ""),
        Measure("with them: recall@20", float(with_.mean()), ""),
        Measure("gain", gain, "", 0.10, at_least=True),
        Measure("gain, 2.5 % of draws lie below", float(np.quantile(gains, 0.025)), "", 0.0, at_least=True),
    ]
