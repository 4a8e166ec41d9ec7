"""A trained model made ready to be asked: vectors of people and products, and an index over the products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recommend.query import NO_ROWS, NO_SCORES, Floats, Rows

if TYPE_CHECKING:
    from embeddings.artefact import TrainedModel


@dataclass(frozen=True, slots=True)
class ServedModel:
    """One trained model.

    Attributes:
        name: of the model.
        version: of this training.
        users: ``(n, dim)`` float32 by user row; people who came later have none.
        products: ``(m, dim)`` float32 by product row; likewise.
    """

    name: str
    version: str
    users: Floats
    products: Floats

    def vector_of(self, user_row: int, anchors: Rows, anchor_scores: Floats) -> Floats | None:
        """The person's vector; for one the model has not seen, the mean of what they chose, or None."""
        if 0 <= user_row < len(self.users) and np.any(self.users[user_row]):
            return np.asarray(self.users[user_row])
        known = anchors < len(self.products)
        if not known.any():
            return None
        weights = anchor_scores[known]
        return np.asarray(weights @ self.products[anchors[known]] / weights.sum(), np.float32)

    def nearest(self, vector: Floats, hidden: NDArray[np.bool_], known: Rows, limit: int) -> tuple[Rows, Floats]:
        """Products with the largest inner product, best first, ties by row, only those above 0."""
        scores = self.products @ vector
        scores[: len(hidden)][hidden[: len(scores)]] = 0
        scores[known[known < len(scores)]] = 0
        count = min(limit, len(scores))
        if not count:
            return NO_ROWS, NO_SCORES
        found = np.argpartition(-scores, count - 1)[:count].astype(np.int32)
        found = found[scores[found] > 0]
        rows: Rows = found[np.lexsort((found, -scores[found]))]
        return rows, np.asarray(scores[rows], np.float32)


def served(model: TrainedModel) -> ServedModel | None:
    """A trained model as sources ask it; None for one without vectors of products."""
    users, products = model.tables.get("User"), model.tables.get("Product")
    if users is None or products is None:
        return None
    return ServedModel(model.name, model.version, np.asarray(users), np.asarray(products))
