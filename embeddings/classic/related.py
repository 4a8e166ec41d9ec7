"""Items that knowledge joins directly to the user's own: bought together, viewed together, an accessory of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.classic.attributes import EVERY
from embeddings.classic.kernels import spread
from embeddings.classic.paths import scaled
from embeddings.settings import check_learnable, check_range
from embeddings.training import Progress, Rows, TrainingData, silent


@dataclass(frozen=True, slots=True)
class Related:
    """Items that the user's items name, or that name them, where an attribute of an item is an item itself.

    Score: sum over the user's items of ``onward`` for an item that they name and ``back`` for one that names them,
    divided by a power of how many items the one that names them does name.
    """

    name: ClassVar[str] = "related"
    summary: ClassVar[str] = "items that knowledge joins directly to what the user has"
    source: ClassVar[str] = "one step along item-to-item facts; no paper"
    needs_torch: ClassVar[bool] = False

    relation: int = EVERY
    """Which relation counts; -1: all."""
    onward: float = 1.0
    """Worth of an item that the user's item names."""
    back: float = 1.0
    """Worth of an item that names the user's."""
    exponent: float = 0.3
    """How much an item that names many others is held down, 0 to 2."""

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        check_range(self, "relation", EVERY)
        check_range(self, "onward", 0, 100)
        check_range(self, "back", 0, 100)
        check_range(self, "exponent", 0, 2)

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> FittedRelated:
        """Weigh the facts; nothing is drawn.

        Raises:
            NothingToLearn: there is no interaction.
        """
        del rng
        check_learnable(data)
        named = links(data, self.relation)
        names = scaled(np.diff(named.indptr).astype(np.float32), self.exponent) @ named
        both = (names * np.float32(self.onward) + names.T * np.float32(self.back)).tocsr()
        matrix = data.matrix()
        progress(1.0, "weighed")
        return FittedRelated(matrix, both.astype(np.float32))


@dataclass(frozen=True, slots=True)
class FittedRelated:
    """What users have, and what each item leads to.

    Attributes:
        matrix: users × items.
        joined: items × items, weighed.
    """

    matrix: sp.csr_array
    joined: sp.csr_array

    def score(self, users: Rows) -> NDArray[np.float32]:
        """Scores ``(len(users), item_count)``, 0 for an item that is joined to none of the user's."""
        own, next_ = self.matrix[users], self.joined
        scores = np.empty((len(users), next_.shape[1]), np.float32)
        spread(own.indptr, own.indices, own.data, next_.indptr, next_.indices, next_.data, scores)
        return scores

    def tables(self) -> Mapping[str, NDArray[np.float32]]:
        """None: it has no vectors."""
        return {}


def links(data: TrainingData, relation: int = EVERY) -> sp.csr_array:
    """Items × items, float32: 1 where the row's item names the column's as an attribute; nothing on the diagonal."""
    joined = _names_an_item(data)
    if relation != EVERY:
        joined &= data.attribute_relations == relation
    sources, entities = data.attribute_items[joined], data.attribute_entities[joined]
    targets = entities if data.entity_items is None else data.entity_items[entities]
    other = sources != targets
    ones = np.ones(int(other.sum()), np.float32)
    return sp.csr_array((ones, (sources[other], targets[other])), shape=(data.item_count, data.item_count))


def linking_relations(data: TrainingData) -> list[int]:
    """Relations under which items name items, the largest first."""
    counts = np.bincount(data.attribute_relations[_names_an_item(data)], minlength=data.relation_count)
    return [int(each) for each in np.argsort(-counts, kind="stable") if counts[each]]


def _names_an_item(data: TrainingData) -> NDArray[np.bool_]:
    """``(a,)`` which facts are about two items."""
    if data.entity_items is None:
        return np.zeros(len(data.attribute_items), np.bool_)
    return np.asarray(data.entity_items[data.attribute_entities] >= 0)
