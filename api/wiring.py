"""The only place that picks implementations: which store, which snapshot, which models answer."""

from __future__ import annotations

from dataclasses import dataclass
from logging import getLogger

from api.settings import Settings
from embeddings.artefact import TrainedModel, load_model
from embeddings.errors import ModelError, ModelMissing
from embeddings.training import Progress, silent
from graph.errors import ForeignVersion
from graph.folder import DataFolder
from graph.snapshot.actions import Actions
from graph.snapshot.shelf import Shelf
from graph.snapshot.view import LiveView
from recommend.pipeline import PipelineSettings, Recommender
from recommend.rank.fusion import WEIGHTS, WeightedFusion
from recommend.rerank.diversity import Diversity

SERVED = ("spectral", "lightgcn")
"""Models whose tables the candidate sources can use."""

log = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Service:
    """What a serving process holds open.

    Attributes:
        view: the graph that answers rest on.
        recommender: the pipeline over it.
    """

    view: LiveView
    recommender: Recommender


def open_folder(settings: Settings) -> DataFolder:
    """The data folder that the settings name."""
    return DataFolder(settings.data)


def actions_of(settings: Settings) -> Actions:
    """What counts as interest."""
    return Actions.of(settings.recommend.actions)


def pipeline_of(settings: Settings) -> PipelineSettings:
    """How answers are made."""
    given = settings.recommend
    return PipelineSettings(
        fusion=WeightedFusion({**WEIGHTS, **given.weights}),
        diversity=Diversity(**given.diversity.model_dump()),
        offered=given.offered,
        ranked=given.ranked,
        seen=given.seen,
        trending_half_life_days=given.trending_half_life_days,
        seed=given.seed,
    )


def open_view(folder: DataFolder) -> LiveView:
    """The current snapshot, proved.

    Raises:
        SnapshotMissing: none has been built.
    """
    return LiveView(Shelf(folder.snapshots).current())


def open_models(folder: DataFolder) -> dict[str, TrainedModel]:
    """The trained models that sources can use; a damaged one is left out with a warning."""
    models = {}
    for name in SERVED:
        try:
            models[name] = load_model(folder.models / name)
        except ModelMissing as error:
            log.info("answers do without a model: %s", error)
        except (ModelError, ForeignVersion) as error:
            log.warning("a model is not used: %s", error)
    return models


def open_service(settings: Settings, progress: Progress = silent) -> Service:
    """Open snapshot and models and compile what answers need.

    Raises:
        SnapshotMissing: none has been built.
        SnapshotDamaged: none of those that are kept can be proved.
    """
    folder = open_folder(settings)
    progress(0.1, "snapshot")
    view = open_view(folder)
    progress(0.4, "models")
    models = open_models(folder)
    progress(0.6, "kernels")
    return Service(view, Recommender(view, models, actions_of(settings), pipeline_of(settings)))
