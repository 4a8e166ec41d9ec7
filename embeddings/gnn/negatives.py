"""Items that a person has not chosen, to learn from by contrast."""

from __future__ import annotations

import numpy as np

from embeddings.gnn.kernels import alias_table, draw_negatives
from embeddings.training import Rows, TrainingData

SMOOTHING = 0.75
"""Power of an item's popularity that it is drawn by, as word2vec has it."""


class Negatives:
    """Draws items that a user has not chosen; O(1) a draw, and the log of the user's items to check it."""

    def __init__(self, data: TrainingData, by_popularity: bool = False) -> None:
        """Prepare the tables.

        Args:
            data: the interactions.
            by_popularity: an item is drawn in proportion to its popularity ** `SMOOTHING`, not uniformly.
        """
        matrix = data.matrix()
        matrix.sort_indices()
        self._indptr = matrix.indptr.astype(np.int64)
        self._indices = matrix.indices.astype(np.int32)
        self._item_count = data.item_count
        self._limits = np.empty(data.item_count if by_popularity else 0, np.uint64)
        self._alias = np.empty(len(self._limits), np.int32)
        if by_popularity:
            weights = np.bincount(data.items, minlength=data.item_count) ** SMOOTHING
            alias_table(weights / weights.mean(), self._limits, self._alias)

    def draw(self, users: Rows, count: int, rng: np.random.Generator) -> Rows:
        """``(len(users), count)`` items; where ten tries found chosen ones only, a chosen one is let through."""
        drawn = np.empty((len(users), count), np.int32)
        seed = rng.integers(0, 2**64, dtype=np.uint64)
        draw_negatives(self._indptr, self._indices, users, self._item_count, self._limits, self._alias, seed, drawn)
        return drawn
