"""Questions to knowledge embeddings, for the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.folders import open_folder
from api.settings import Settings
from api.steps import dataset_named
from api.wiring import actions_of, open_view
from embeddings.errors import UnknownModel
from embeddings.kg.evaluate import KnowledgeResult, evaluate_knowledge
from embeddings.kg.graph import KnowledgeGraph
from embeddings.kg.models import KNOWLEDGE_MODELS, KnowledgeModel
from embeddings.kg.predict import COMPLETED, Guess
from embeddings.kg.predict import predict as predicted
from embeddings.kg.reading import graph_of_data, graph_of_view
from embeddings.kg.stored import load_knowledge
from embeddings.models import model as named_model
from embeddings.training import Progress, silent
from recommend.evaluation import problem_of_dataset


def knowledge_model(name: str, changes: Mapping[str, Any]) -> KnowledgeModel:
    """A model of knowledge by its name.

    Raises:
        UnknownModel: none is called so.
        UnknownSetting: it has no such setting, or the setting cannot hold that value.
        TrainingMissing: torch is not installed.
    """
    known = tuple(each.name for each in KNOWLEDGE_MODELS)
    if name not in known:
        raise UnknownModel(name, known)
    found = named_model(name, changes)
    assert isinstance(found, KnowledgeModel)
    return found


def graph_named(settings: Settings, dataset_name: str | None, seed: int) -> KnowledgeGraph:
    """The triples of a data set's training part, or of the data folder.

    Args:
        settings: the data folder, where data sets are, and what counts as interest.
        dataset_name: as in the catalogue.
        seed: of the split where the authors fixed none.
    """
    if dataset_name is None:
        return graph_of_view(open_view(open_folder(settings)), actions_of(settings))
    dataset = dataset_named(dataset_name, settings)
    return graph_of_data(problem_of_dataset(dataset, seed).data)


def evaluate_named_graph(
    settings: Settings,
    dataset_name: str | None,
    models: Sequence[str],
    changes: Mapping[str, Any],
    *,
    part: float,
    typed: bool,
    seed: int = 0,
    progress: Progress = silent,
) -> list[KnowledgeResult]:
    """Evaluate models on held-out triples of a data set, or of the data folder; see `evaluate_knowledge`."""
    asked = [knowledge_model(name, changes) for name in models]
    graph = graph_named(settings, dataset_name, seed)
    return evaluate_knowledge(graph, asked, part=part, typed=typed, seed=seed, progress=progress)


def predict_missing(
    settings: Settings,
    model: str,
    *,
    relations: Sequence[str] = (),
    product_id: str | None = None,
    each: int = 1,
    limit: int = 20,
) -> list[Guess]:
    """What the catalogue probably lacks; see `embeddings.kg.predict.predict`.

    Raises:
        UnknownModel: no model of knowledge is called so.
        ModelMissing: it has not been trained.
    """
    known = tuple(kind.name for kind in KNOWLEDGE_MODELS)
    if model not in known:
        raise UnknownModel(model, known)
    folder = open_folder(settings)
    stored = load_knowledge(folder.models / model)
    wanted = tuple(relations) or tuple(COMPLETED)
    return predicted(open_view(folder), stored, relations=wanted, product_id=product_id, each=each, limit=limit)
