"""TransE, RotatE and ComplEx: settings and fitting; torch is imported when one is fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from embeddings.errors import NothingToLearn
from embeddings.inner import InnerProduct
from embeddings.kg.geometry import Floats, Form, Vectors
from embeddings.kg.graph import ACTED, KnowledgeGraph
from embeddings.kg.reading import graph_of_data
from embeddings.settings import check_learnable, check_range
from embeddings.training import Progress, TrainingData, silent


@dataclass(frozen=True, slots=True)
class FittedKnowledge:
    """What a knowledge model learnt of a graph.

    Attributes:
        graph: labels, relations and all triples that were known, validation ones included.
        vectors: of its nodes and relations.
        validation: metrics of the triples that were held out to know when to stop; empty without any.
        calibration: by relation, slope and offset that make of a logit of softmax a probability; see `calibrate`.
        epochs: after how many the vectors were best.
    """

    graph: KnowledgeGraph
    vectors: Vectors
    validation: Mapping[str, float]
    calibration: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    epochs: int = 0

    def recommender(self, user_count: int, item_count: int) -> InnerProduct:
        """People and products as vectors whose inner products rank products by ``ACTED``.

        Args:
            user_count: rows of the table of people; zeros for those that stand in no triple.
            item_count: rows of the table of products; those that stand in no triple come last for everybody.

        Raises:
            InvalidValue: the graph has no ``ACTED``.
        """
        kind = self.graph.relation(ACTED)
        people, products = self.graph.span("User"), self.graph.span("Product")
        queries = self.vectors.queries(np.arange(people.start, people.stop, dtype=np.int32), kind, "tail")
        left, right = self.vectors.as_inner_products(queries, self.vectors.nodes[products])
        there = self.graph.degrees > 0
        left, right = left * there[people, None], right * there[products, None]
        if self.vectors.form != "complex":
            farthest = _longest(queries) + _longest(self.vectors.nodes[products])
            right[~there[products], -1] = -np.square(farthest)
        return InnerProduct(_of_length(left, user_count), _of_length(right, item_count))


@dataclass(frozen=True)
class KnowledgeModel:
    """Settings of a model that learns from triples of any kind, and how it is fitted.

    Attributes:
        dim: numbers, complex ones for RotatE and ComplEx, in a vector.
        epochs: passes over the triples, at most.
        batch_size: triples in one step.
        learning_rate: of Adam.
        reg: weight of the size of the vectors of a step: the cubes of ComplEx's, the squares of the others'.
        negatives: nodes that each step's triples are compared with on either side, all of the label that stands there.
        patience: training ends after so many looks at the validation triples without a better MRR.
        look_every: epochs between two looks.
        validation: part of the triples held out for those looks, 2,000 at most; 0 runs all epochs.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    source: ClassVar[str]
    needs_torch: ClassVar[bool] = True
    form: ClassVar[Form]

    dim: int = 64
    epochs: int = 60
    batch_size: int = 2048
    learning_rate: float = 0.005
    reg: float = 0.0
    negatives: int = 512
    patience: int = 3
    look_every: int = 3
    validation: float = 0.02

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        for each in ("dim", "epochs", "batch_size", "negatives", "patience", "look_every"):
            check_range(self, each, 1)
        check_range(self, "learning_rate", 1e-9, 10)
        check_range(self, "reg", 0)
        check_range(self, "validation", 0, 0.5)

    def fit_graph(
        self, graph: KnowledgeGraph, *, rng: np.random.Generator, progress: Progress = silent
    ) -> FittedKnowledge:
        """Learn vectors of all nodes and relations.

        O(``epochs · m · dim · (negatives + n / batch_size)``) time for ``m`` triples of ``n`` nodes.

        Raises:
            NothingToLearn: there is no triple.
        """
        if not len(graph):
            raise NothingToLearn
        from embeddings.kg.training_torch import fitted

        return fitted(self, graph, rng, progress)

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> InnerProduct:
        """Learn from interactions, follows and attributes; see `fit_graph`.

        Raises:
            NothingToLearn: there is no interaction.
        """
        check_learnable(data)
        learnt = self.fit_graph(graph_of_data(data), rng=rng, progress=progress)
        return learnt.recommender(data.user_count, data.item_count)


@dataclass(frozen=True)
class TransE(KnowledgeModel):
    """A relation is a step from head to tail."""

    name: ClassVar[str] = "transe"
    summary: ClassVar[str] = "knowledge embedding: a relation is a step from head to tail; PyG"
    source: ClassVar[str] = "Bordes et al., Translating Embeddings, NIPS 2013"
    form: ClassVar[Form] = "transe"


@dataclass(frozen=True)
class RotatE(KnowledgeModel):
    """A relation is a rotation in the complex plane."""

    name: ClassVar[str] = "rotate"
    summary: ClassVar[str] = "knowledge embedding: a relation is a rotation in the complex plane; PyG"
    source: ClassVar[str] = "Sun et al., RotatE, ICLR 2019"
    form: ClassVar[Form] = "rotate"


@dataclass(frozen=True)
class ComplEx(KnowledgeModel):
    """A relation is a complex diagonal matrix."""

    name: ClassVar[str] = "complex"
    summary: ClassVar[str] = "knowledge embedding: a relation is a complex diagonal matrix; PyG"
    source: ClassVar[str] = "Trouillon et al., Complex Embeddings for Simple Link Prediction, ICML 2016"
    form: ClassVar[Form] = "complex"

    reg: float = 0.003


KNOWLEDGE_MODELS: tuple[type[KnowledgeModel], ...] = (TransE, RotatE, ComplEx)


def _longest(vectors: Floats) -> float:
    return float(np.sqrt(np.square(vectors).sum(1).max(initial=0.0)))


def _of_length(table: Floats, rows: int) -> Floats:
    return np.ascontiguousarray(np.pad(table, ((0, rows - len(table)), (0, 0))), np.float32)
