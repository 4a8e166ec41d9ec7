"""Offline recommendation for every user of a file."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.models import model as named_model
from embeddings.training import FittedModel, Progress, TrainingData, settings_of, silent
from graph.errors import InvalidValue, UnreadableFile
from recommend.batch.auto import Choice, choose
from recommend.batch.inputs import read_input
from recommend.batch.report import BatchReport
from recommend.batch.write import write_recommendations

AUTO = "auto"
DEFAULT_BUDGET_S = 300.0


def batch(
    interactions: Path,
    out: Path,
    *,
    follows: Path | None = None,
    attributes: Path | None = None,
    model: str = AUTO,
    settings: Mapping[str, Any] | None = None,
    top: int = 20,
    seed: int = 0,
    budget_s: float = DEFAULT_BUDGET_S,
    progress: Progress = silent,
) -> BatchReport:
    """Train on files and write the best unknown items of every user with interactions.

    Args:
        interactions: TSV ``user_id item_id [value] [timestamp]`` with a header, gzip too.
        out: Parquet ``user_id, item_id, rank, score``; it appears whole or not at all.
        follows: TSV ``follower_id followee_id``.
        attributes: TSV ``item_id relation entity_id``.
        model: name of a model, or ``auto``, which chooses on a validation part split off ``interactions``.
        settings: settings of a named model.
        top: items a user.
        seed: of everything random.
        budget_s: about how long ``auto`` may take, in seconds.
        progress: told the finished part and the step.

    Raises:
        UnreadableFile: a file or a row cannot be used.
        InvalidValue: ``top``, ``budget_s`` or ``settings`` make no sense.
        UnknownModel, UnknownSetting, TrainingMissing: as `embeddings.models.model`.
        StorageFull: the disk is full; nothing was written.
    """
    _check(out, top, budget_s, model, settings)
    clock = [time.perf_counter()]
    source = read_input(interactions, follows, attributes)
    clock.append(time.perf_counter())
    progress(0.02, f"{len(source.data.users)} interactions of {source.active_count} people")
    choice = _choice(source.data, model, settings or {}, seed, budget_s, progress)
    clock.append(time.perf_counter())
    written = write_recommendations(
        choice.fitted,
        source.data.matrix(),
        source.user_ids,
        source.item_ids,
        active_count=source.active_count,
        top=top,
        out=out,
        progress=lambda part, note: progress(0.85 + 0.15 * part, note),
    )
    clock.append(time.perf_counter())
    return BatchReport(
        chosen=choice.chosen,
        reason=choice.reason,
        trials=choice.trials,
        validation=choice.validation,
        users=source.active_count,
        items=len(source.item_ids),
        rows=written,
        seconds=dict(zip(("read", "train", "write"), np.diff(clock).round(3).tolist(), strict=True)),
        read=source.read,
        notes=source.notes + choice.notes,
        out=str(out),
    )


def _check(out: Path, top: int, budget_s: float, model: str, settings: Mapping[str, Any] | None) -> None:
    if top < 1:
        raise InvalidValue("top", f"{top} items a user cannot be written; it must be at least 1")
    if not budget_s > 0:
        raise InvalidValue("budget_s", f"{budget_s} seconds are no budget; it must be above 0")
    if model == AUTO and settings:
        raise InvalidValue("settings", "auto chooses its settings itself; name a model to set them")
    if not out.absolute().parent.is_dir():
        raise UnreadableFile(out, "its folder does not exist", "make the folder first")
    if out.is_dir():
        raise UnreadableFile(out, "it is a folder", "name a file in it")


def _choice(
    data: TrainingData, model: str, settings: Mapping[str, Any], seed: int, budget_s: float, progress: Progress
) -> Choice:
    def inner(part: float, note: str) -> None:
        progress(0.02 + 0.83 * part, note)

    if model == AUTO:
        return choose(data, seed=seed, budget_s=budget_s, progress=inner)
    built = named_model(model, settings)
    fitted: FittedModel = built.fit(data, rng=np.random.default_rng(seed), progress=inner)
    chosen = {"model": model, "settings": settings_of(built)}
    return Choice(fitted, chosen, f"{model} was asked for", (), {}, ())
