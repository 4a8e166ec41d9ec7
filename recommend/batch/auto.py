"""Choosing a model on a validation part split off the given interactions."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from embeddings.models import model as named_model

from embeddings.training import FittedModel, Progress, TrainingData, settings_of, silent
from recommend.batch.holdout import Holdout, hold_out
from recommend.batch.report import Trial


@dataclass(frozen=True, slots=True)
class Choice:
    """A fitted model and why it is this one."""

    fitted: FittedModel
    chosen: dict[str, Any]
    reason: str
    trials: tuple[Trial, ...]
    validation: dict[str, Any]
    notes: tuple[str, ...]


def choose(data: TrainingData, *, seed: int = 0, budget_s: float = 300.0, progress: Progress = silent) -> Choice:
    """Try candidates on a validation part, take the best, train it again on everything."""
    rng = np.random.default_rng(seed)
    part = hold_out(data, rng)
    trials = [_try(name, part, seed) for name in ("popularity", "item_knn", "spectral")]
    trials.sort(key=lambda trial: -(trial.ndcg or 0.0))
    best = trials[0]
    built = named_model(best.model, best.settings)
    fitted = built.fit(data, rng=np.random.default_rng(seed), progress=progress)
    chosen = {"model": best.model, "settings": best.settings}
    return Choice(fitted, chosen, "highest NDCG@20 on the validation part", tuple(trials), part.described(), ())


def _try(name: str, part: Holdout, seed: int) -> Trial:
    start = time.perf_counter()
    built = named_model(name, {})
    fitted = built.fit(part.train, rng=np.random.default_rng(seed))
    ndcg, recall = part.quality(fitted)
    return Trial(name, settings_of(built), (), ndcg, recall, time.perf_counter() - start)
