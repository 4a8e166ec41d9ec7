"""What a model learns from and what it has learnt: the port that every model implements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Rows = NDArray[np.int32]

Progress = Callable[[float, str], None]
"""Called with the finished part in ``[0, 1]`` and a short note (the loss, the step)."""


def silent(_done: float, _note: str) -> None:
    """Progress that nobody looks at."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Interactions, and what else is known, by row numbers.

    Attributes:
        user_count: users, those without interactions included.
        item_count: items, likewise.
        users: ``(m,)`` int32 rows; one entry per distinct pair of user and item.
        items: ``(m,)`` int32 rows.
        minutes: ``(m,)`` int64 minutes since 1970 of the newest interaction of the pair, or None without times.
        weights: ``(m,)`` float32 strength of the interaction, or None when all are alike.
        followers: ``(f,)`` int32 user rows: who follows ``followees``. Empty without a follow graph.
        followees: ``(f,)`` int32 user rows.
        attribute_items: ``(a,)`` int32 item rows: which item has which attribute. Empty without attributes.
        attribute_entities: ``(a,)`` int32 attribute rows in ``[0, attribute_count)``.
        attribute_relations: ``(a,)`` int32 which relation joins the two, in ``[0, relation_count)``.
        attribute_count: distinct attributes.
        relation_count: distinct relations.
        entity_items: ``(attribute_count,)`` int32 item row of an attribute that is an item itself (this product is
            bought together with that one), -1 for other attributes; None where no attribute is an item.
    """

    user_count: int
    item_count: int
    users: Rows
    items: Rows
    minutes: NDArray[np.int64] | None
    weights: NDArray[np.float32] | None
    followers: Rows
    followees: Rows
    attribute_items: Rows
    attribute_entities: Rows
    attribute_relations: Rows
    attribute_count: int = 0
    relation_count: int = 0
    entity_items: Rows | None = None

    def matrix(self) -> sp.csr_array:
        """Users × items, float32: 1 where there was an interaction, else 0."""
        ones = np.ones(len(self.users), np.float32)
        return sp.csr_array((ones, (self.users, self.items)), shape=(self.user_count, self.item_count))


class FittedModel(Protocol):
    """A model that has learnt: it scores every item for any user it has seen."""

    def score(self, users: Rows) -> NDArray[np.float32]:
        """Scores ``(len(users), item_count)``, higher is better; items already known are not taken out."""

    def tables(self) -> Mapping[str, NDArray[np.float32]]:
        """Vectors by label (``"User"``, ``"Product"``) whose inner product ranks as `score` does; empty without."""


class Model(Protocol):
    """A model and its settings, which are its dataclass fields.

    A frozen dataclass: hyperparameters have one spelling everywhere (``dim``, ``epochs``,
    ``batch_size``, ``learning_rate``, ``reg``, ``layers``).
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    source: ClassVar[str]
    """The paper."""
    needs_torch: ClassVar[bool]

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> FittedModel:
        """Learn from all of ``data``; the same data and generator state give the same result.

        Raises:
            NothingToLearn: there is no interaction.
        """


def settings_of(model: Any) -> dict[str, Any]:
    """A model's settings by name, for manifests and reports."""
    return {each.name: getattr(model, each.name) for each in fields(model)}
