"""How well models find triples that they have not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.kg.baseline import frequency_scorer
from embeddings.kg.geometry import Vectors
from embeddings.kg.graph import KnowledgeGraph, Side
from embeddings.kg.models import KnowledgeModel
from embeddings.kg.ranking import Scorer, by_relation, filtered_ranks
from embeddings.kg.split import hold_out
from embeddings.training import Progress, Rows, silent

MOST_ASKED = 5_000
BASELINE = "frequency"


@dataclass(frozen=True, slots=True)
class KnowledgeResult:
    """What one model reached on the test triples.

    Attributes:
        model: its name.
        overall: metrics over both sides of all test triples.
        relations: the same by relation.
        epochs: after how many it was best on the validation triples; 0 for the baseline.
    """

    model: str
    overall: Mapping[str, float]
    relations: Mapping[str, Mapping[str, float]]
    epochs: int = 0

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def scorer_of(vectors: Vectors) -> Scorer:
    """Scores of a model's vectors."""

    def scores(given: Rows, kind: int, side: Side, among: Rows) -> NDArray[np.float32]:
        return vectors.scores(vectors.queries(given, kind, side), vectors.nodes[among])

    return scores


def evaluate_knowledge(
    graph: KnowledgeGraph,
    models: Sequence[KnowledgeModel],
    *,
    part: float = 0.1,
    typed: bool = True,
    seed: int = 0,
    progress: Progress = silent,
) -> list[KnowledgeResult]:
    """Hold triples out, let models learn from the others, and rank what was held out.

    Args:
        graph: all triples.
        models: beside the baseline, which scores answers by how often they occur.
        part: of the triples that is held out, 5,000 at most.
        typed: rank among nodes that may stand there; without, among all, as is usual in the literature.
        seed: of the split and of training.
        progress: told the finished part and the model.

    Returns:
        The baseline, then the models in their order.
    """
    learnt, asked = hold_out(graph, part, MOST_ASKED, np.random.default_rng(seed))
    found = [_result(BASELINE, frequency_scorer(learnt), asked, graph, typed)]
    for place, model in enumerate(models):
        name, before = model.name, place

        def told(done: float, note: str, name: str = name, before: int = before) -> None:
            progress((before + done) / len(models), f"{name}: {note}")

        fitted = model.fit_graph(learnt, rng=np.random.default_rng(seed), progress=told)
        found.append(_result(name, scorer_of(fitted.vectors), asked, graph, typed, fitted.epochs))
    return found


def _result(
    name: str, scorer: Scorer, asked: KnowledgeGraph, graph: KnowledgeGraph, typed: bool, epochs: int = 0
) -> KnowledgeResult:
    ranks = filtered_ranks(scorer, asked, graph, typed=typed)
    return KnowledgeResult(name, ranks.metrics(), by_relation(ranks, graph), epochs)
