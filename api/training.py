"""Training, and what has been trained: shared by several commands; needs torch only for the models that say so."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from api.folders import open_folder
from api.settings import Settings
from api.steps import dataset_named
from api.wiring import actions_of, open_view
from embeddings.artefact import TrainedModel, load_model, save_model
from embeddings.data import from_view
from embeddings.errors import ModelError, TrainingMissing
from embeddings.facts import facts_of
from embeddings.gnn.sage import FittedSage
from embeddings.index import index_arrays
from embeddings.kg.models import KnowledgeModel
from embeddings.kg.reading import graph_of_view
from embeddings.kg.stored import save_knowledge
from embeddings.models import MODELS, model
from embeddings.ratings import ratings_of_view
from embeddings.training import Model, Progress, settings_of, silent
from graph.errors import ForeignVersion, InvalidValue
from graph.folder import DataFolder
from graph.snapshot.shelf import Shelf
from recommend.batch import AUTO
from recommend.evaluation import (
    Comparison,
    Evaluation,
    Problem,
    RatingEvaluation,
    compare,
    evaluate,
    evaluate_ratings,
    problem_of_dataset,
    ratings_of_dataset,
    timeline_problem,
)


def parse_changes(changes: Iterable[str]) -> dict[str, Any]:
    """Read ``dim=64`` and the like; a value is JSON, or else text.

    Raises:
        InvalidValue: there is no ``=``.
    """
    return dict(_change(each) for each in changes)


def _change(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidValue("set", f"{text!r} is not of the form name=value")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def train_model(
    folder: DataFolder,
    name: str,
    changes: Mapping[str, Any],
    settings: Settings,
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> TrainedModel:
    """Train a model on the current snapshot and keep it as the current version.

    Raises:
        UnknownModel, UnknownSetting, TrainingMissing: as `embeddings.models.model`.
        SnapshotMissing: there is nothing to train on.
        NothingToLearn: nobody did anything that counts.
    """
    chosen = model(name, changes)
    view = open_view(folder)
    if isinstance(chosen, KnowledgeModel):
        graph = graph_of_view(view, actions_of(settings))
        learnt = chosen.fit_graph(graph, rng=np.random.default_rng(seed), progress=progress)
        return save_knowledge(folder.models, chosen, learnt, view.snapshot_id, seed)
    fitted = chosen.fit(from_view(view, actions_of(settings)), rng=np.random.default_rng(seed), progress=progress)
    if isinstance(fitted, FittedSage):
        tables, details, arrays = fitted.tables(), fitted.network.details(), dict(fitted.network.arrays())
    else:
        tables, details, arrays = fitted.tables(), {}, {}
    arrays |= index_arrays(tables.get("Product"))
    return save_model(folder.models, chosen, tables, view.snapshot_id, seed, details=details, arrays=arrays)


def is_trained(folder: DataFolder, name: str, changes: Mapping[str, Any]) -> bool:
    """Whether the current version of a model was trained with these settings on the current snapshot.

    Raises:
        TrainingMissing: it cannot be trained here; one that was trained elsewhere is as good as none.
    """
    wanted = settings_of(model(name, changes))
    try:
        trained = load_model(folder.models / name)
    except (ModelError, ForeignVersion):
        return False
    return trained.snapshot_id == Shelf(folder.snapshots).current_id() and dict(trained.settings) == wanted


def evaluate_named(
    settings: Settings,
    dataset_name: str | None,
    models: Sequence[str],
    changes: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> Evaluation:
    """Evaluate on a data set of the catalogue, or, without a name, on the data folder's own timeline.

    Args:
        settings: the data folder, where data sets are, and what counts as interest.
        dataset_name: as in the catalogue.
        models: names; popularity and ItemKNN come on their own, ``auto`` chooses by itself.
        changes: settings by model that differ from the defaults.
        seed: of everything random.
        progress: told the finished part and the model.
    """
    problem = _problem(settings, dataset_name, seed)
    asked = [_built(each, changes.get(each, {})) for each in models]
    return evaluate(problem, asked, seed=seed, progress=progress)


def evaluate_ratings_named(
    settings: Settings,
    dataset_name: str | None,
    models: Sequence[str] = (),
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> RatingEvaluation:
    """Measure models of ratings on a data set of the catalogue, or, without a name, on the data folder's own stars.

    Raises:
        InvalidValue: the data set holds no ratings.
        NothingToLearn: nobody gave stars.
        UnknownModel: no model of ratings is called so.
    """
    if dataset_name is not None:
        ratings, name = ratings_of_dataset(dataset_named(dataset_name, settings)), dataset_name
    else:
        ratings, name = ratings_of_view(open_view(open_folder(settings))), str(settings.data)
    return evaluate_ratings(ratings, models, seed=seed, name=name, progress=progress)


def _built(name: str, changes: Mapping[str, Any]) -> str | Model:
    """A model with its settings; only the name of one that `evaluate` chooses, or leaves out for want of torch."""
    try:
        return name if name == AUTO else model(name, changes)
    except TrainingMissing:
        return name


def compare_named(
    settings: Settings, names: tuple[str, str], dataset_name: str | None, *, seed: int = 0, progress: Progress = silent
) -> Comparison:
    """Compare two models person by person, on a data set or on the data folder's own timeline.

    Raises:
        UnknownModel, TrainingMissing: as `embeddings.models.model`.
    """
    problem = _problem(settings, dataset_name, seed)
    asked = [each if each == AUTO else model(each) for each in names]
    return compare(problem, asked[0], asked[1], seed=seed, progress=progress)


def _problem(settings: Settings, dataset_name: str | None, seed: int) -> Problem:
    if dataset_name is not None:
        return problem_of_dataset(dataset_named(dataset_name, settings), seed)
    view = open_view(open_folder(settings))
    return replace(timeline_problem(from_view(view, actions_of(settings)), seed=seed), name=str(settings.data))


def model_facts(folder: DataFolder) -> list[dict[str, Any]]:
    """Every model with its settings, and the version that the folder holds."""
    return [
        {
            "model": each.name,
            "kind": facts_of(each).kind,
            "uses": ", ".join(facts_of(each).uses),
            "cost": facts_of(each).cost,
            "torch": each.needs_torch,
            "trained": _version(folder, each.name),
            "summary": each.summary,
            "settings": ", ".join(f"{name}={value}" for name, value in settings_of(each()).items()),
            "source": each.source,
        }
        for each in MODELS
    ]


def _version(folder: DataFolder, name: str) -> str | None:
    try:
        return load_model(folder.models / name).version
    except (ModelError, ForeignVersion):
        return None
