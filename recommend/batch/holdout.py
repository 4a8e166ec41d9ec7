"""A validation part split off the interactions that were given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.errors import NothingToLearn
from embeddings.metrics import hits_of, ndcg, recall
from embeddings.ranking import top_k
from embeddings.training import Rows, TrainingData
from recommend.evaluation.prepare import hidden_part, without

VALIDATION_PART = 0.15
MOST_USERS = 4_000
MOST_CELLS = 50_000_000
"""Users times items that are scored: bounds the memory of one trial to 200 MB."""
LENGTH = 20


@dataclass(frozen=True, slots=True)
class Holdout:
    """What to learn from and what to be measured on while choosing.

    Attributes:
        train: the data without the hidden interactions.
        users: ``(n,)`` rows of the users that are measured.
        known: ``(n, items)`` what they have in ``train``.
        right: ``(n, items)`` what was hidden.
        hidden_count: interactions hidden altogether.
        manner: how they were picked, in words.
    """

    train: TrainingData
    users: Rows
    known: sp.csr_array
    right: sp.csr_array
    hidden_count: int
    manner: str

    def described(self) -> dict[str, Any]:
        """For the report."""
        return {
            "manner": self.manner,
            "hidden_interactions": self.hidden_count,
            "people_measured": len(self.users),
            "measures": ["ndcg@20", "recall@20"],
        }

    def quality_of(self, scores: NDArray[np.float32]) -> tuple[float, float]:
        """NDCG@20 and recall@20, averaged over the measured users, of scores ``(n, items)``."""
        hits = hits_of(top_k(scores, self.known, LENGTH), self.right)
        counts = np.diff(self.right.indptr).astype(np.int64)
        return float(ndcg(hits, counts).mean()), float(recall(hits, counts).mean())


def hold_out(data: TrainingData, rng: np.random.Generator) -> Holdout:
    """Hide the newest interactions where there are times, else some of each user's.

    Raises:
        NothingToLearn: there are too few interactions to hide any.
    """
    if not len(data.users):
        raise NothingToLearn
    hide, manner = hidden_part(data, VALIDATION_PART, rng)
    if not hide.any() or hide.all():
        raise NothingToLearn
    train = without(data, hide)
    shape = (data.user_count, data.item_count)
    hidden = sp.csr_array((np.ones(hide.sum(), np.float32), (data.users[hide], data.items[hide])), shape=shape)
    users = np.flatnonzero(np.diff(hidden.indptr)).astype(np.int32)
    most = min(MOST_USERS, max(200, MOST_CELLS // max(1, data.item_count)))
    if len(users) > most:
        users = np.sort(rng.choice(users, most, replace=False))
    return Holdout(train, users, train.matrix()[users], hidden[users], int(hide.sum()), manner)
