"""What kind of model each is, what it learns from beside choices, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass

from embeddings.training import Model

KINDS = {
    "classic": "classic",
    "factors": "factorisation",
    "spectral": "closed form",
    "walks": "random walk",
    "gnn": "graph network",
    "kg": "knowledge",
    "hybrid": "hybrid",
    "deep": "deep",
}
"""By the package that holds it."""
CLOSED_FORM = frozenset({"ease"})
FOLLOWS = frozenset({"friends", "paths", "spectral", "social_lightgcn", "sage", "deepwalk", "node2vec", "metapath2vec"})
ATTRIBUTES = frozenset(
    {
        "attribute_knn",
        "attribute_taste",
        "attribute_count",
        "related",
        "ease",
        "spectral",
        "sage",
        "metapath2vec",
        "transe",
        "rotate",
        "complex",
    }
)
COSTS = {
    "seconds": ("classic", "closed form", "hybrid"),
    "minutes": ("factorisation", "random walk", "knowledge", "deep"),
    "hours": ("graph network",),
}
"""Order of the time that training on a million choices takes on two cores, by kind."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What there is to know before choosing a model.

    Attributes:
        kind: family of models.
        uses: what it learns from beside choices: follows, attributes; empty for neither.
        cost: order of the training time on a million choices with two cores.
    """

    kind: str
    uses: tuple[str, ...]
    cost: str


def facts_of(model: type[Model]) -> ModelFacts:
    """The facts of a model's class."""
    kind = "closed form" if model.name in CLOSED_FORM else KINDS[model.__module__.split(".")[1]]
    told = (("follows", FOLLOWS), ("attributes", ATTRIBUTES))
    uses = tuple(what for what, names in told if model.name in names)
    return ModelFacts(kind, uses, next(cost for cost, kinds in COSTS.items() if kind in kinds))
