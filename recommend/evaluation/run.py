"""Train models on one part of the data and measure them on the other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import TrainingMissing
from embeddings.models import model as named_model
from embeddings.training import FittedModel, Model, Progress, settings_of, silent
from graph.datasets import Split, dataset
from graph.errors import InvalidValue
from recommend.evaluation.beyond import beyond, slices
from recommend.evaluation.prepare import problem_of_dataset, problem_of_split
from recommend.evaluation.problem import Problem
from recommend.evaluation.report import Evaluation, Figure, ModelResult

BASELINES = ("popularity", "item_knn")
DEFAULT_MODELS = ("spectral", "lightgcn")
RESAMPLES = 1000


def evaluate(
    problem: Problem | Split,
    models: Sequence[str | Model] = DEFAULT_MODELS,
    *,
    k: Sequence[int] = (5, 10, 20),
    seed: int = 0,
    progress: Progress = silent,
) -> Evaluation:
    """Train each model and measure its rankings; popularity and ItemKNN always come first.

    Args:
        problem: what to learn from and be measured on, or a given split.
        models: names or models with settings; ``auto`` is chosen on a part of the training data.
        k: lengths of lists.
        seed: of training, drawn items and intervals.
        progress: told the finished part and the model.

    Raises:
        InvalidValue: a ``k`` is below 1 or there is none.
        UnknownModel: a name is not known.
    """
    if not k or min(k) < 1:
        raise InvalidValue("k", f"{list(k)} are no lengths of lists; each must be at least 1")
    asked = problem_of_split(problem, seed=seed) if isinstance(problem, Split) else problem
    every = [named_model(each, {}) if isinstance(each, str) and each != "auto" else each for each in _asked(models)]
    results, skipped = [], []
    for place, each in enumerate(every):
        name = each if isinstance(each, str) else each.name
        progress(place / len(every), name)
        try:
            results.append(_result(asked, each, tuple(k), seed))
        except TrainingMissing as missing:
            skipped.append((name, str(missing)))
    progress(1.0, "done")
    return Evaluation(
        name=asked.name,
        manner=asked.note,
        users=len(asked.measured()),
        items=asked.data.item_count,
        interactions=len(asked.data.users),
        negatives=asked.negatives,
        ks=tuple(k),
        seed=seed,
        results=tuple(results),
        published=asked.published,
        skipped=tuple(skipped),
    )


def evaluate_dataset(
    name: str,
    models: Sequence[str | Model] = DEFAULT_MODELS,
    *,
    k: Sequence[int] = (5, 10, 20),
    seed: int = 0,
    progress: Progress = silent,
) -> Evaluation:
    """`evaluate` on a data set of the catalogue: its given split, or the last part of its timeline.

    Raises:
        UnknownDataset, DatasetUnavailable, ChecksumMismatch: as `graph.datasets`.
    """
    return evaluate(problem_of_dataset(dataset(name), seed), models, k=k, seed=seed, progress=progress)


def _asked(models: Sequence[str | Model]) -> list[str | Model]:
    names = {each if isinstance(each, str) else each.name for each in models}
    return [*(each for each in BASELINES if each not in names), *models]


def _result(problem: Problem, asked: str | Model, ks: tuple[int, ...], seed: int) -> ModelResult:
    start = time.perf_counter()
    found = trained(problem, asked, seed)
    train_s = time.perf_counter() - start
    top = problem.top(found.fitted, max(ks))
    score_s = time.perf_counter() - start - train_s
    values = problem.quality(top, ks)
    draws = np.random.default_rng(seed)
    figures = {metric: interval(each, draws) for metric, each in values.items()}
    about = {f"{name}@{k}": value for k in ks for name, value in beyond(top[:, :k], problem.data).items()}
    groups = slices(problem.data, problem.measured(), problem.test)
    sliced = {
        name: {metric: interval(values[metric][mask], draws) for metric in _sliced(max(ks))}
        for name, mask in groups.items()
    }
    taken = (round(train_s, 3), round(score_s, 3))
    sizes = {name: int(mask.sum()) for name, mask in groups.items()}
    return ModelResult(found.name, found.settings, figures, about, *taken, found.note, sliced, sizes)


def _sliced(k: int) -> tuple[str, ...]:
    return tuple(f"{metric}@{k}" for metric in ("recall", "ndcg", "hit_rate"))


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that has learnt, and how it was made.

    Attributes:
        fitted: scores items.
        name: of the model.
        settings: by name.
        note: what ``auto`` chose, and why; empty for others.
    """

    fitted: FittedModel
    name: str
    settings: dict[str, object]
    note: str = ""


def trained(problem: Problem, asked: str | Model, seed: int) -> Trained:
    """Train a model on a problem; ``auto`` chooses inside the training part."""
    if isinstance(asked, str):
        from recommend.batch.auto import choose

        choice = choose(problem.data, seed=seed)
        return Trained(choice.fitted, "auto", choice.chosen, choice.reason)
    fitted = asked.fit(problem.data, rng=np.random.default_rng(seed))
    return Trained(fitted, asked.name, settings_of(asked))


def interval(values: NDArray[np.float64], rng: np.random.Generator) -> Figure:
    """The mean with its 95 % bootstrap interval over users."""
    if not len(values):
        return Figure(0.0, 0.0, 0.0)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(RESAMPLES)]
    low, high = np.quantile(means, (0.025, 0.975))
    return Figure(float(values.mean()), float(low), float(high))
