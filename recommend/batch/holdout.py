"""A validation part split off the interactions that were given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from embeddings.errors import NothingToLearn
from embeddings.training import FittedModel, Rows, TrainingData
from recommend.evaluation.prepare import hidden_part, without
from recommend.evaluation.problem import Problem

VALIDATION_PART = 0.15
MOST_USERS = 4000


@dataclass(frozen=True, slots=True)
class Holdout:
    """What to learn from and what to be measured on while choosing.

    Attributes:
        train: the data without the hidden interactions.
        hidden: users × items, the hidden ones.
        users: rows of users with hidden items that are measured, at most `MOST_USERS`.
        manner: how they were picked, in words.
    """

    train: TrainingData
    hidden: sp.csr_array
    users: Rows
    manner: str

    def described(self) -> dict[str, Any]:
        """For the report."""
        return {
            "manner": self.manner,
            "hidden_interactions": int(self.hidden.nnz),
            "users_measured": len(self.users),
            "part": VALIDATION_PART,
        }

    def quality(self, fitted: FittedModel) -> tuple[float, float]:
        """NDCG@20 and recall@20 averaged over the measured users."""
        problem = Problem(self.train, self.hidden, self.train.matrix(), users=self.users)
        result = problem.measure(fitted, (20,))
        return float(result["ndcg@20"].mean()), float(result["recall@20"].mean())


def hold_out(data: TrainingData, rng: np.random.Generator) -> Holdout:
    """Hide the newest interactions where there are times, else some of each user's.

    Raises:
        NothingToLearn: there are too few interactions to hide any.
    """
    hide, manner = hidden_part(data, VALIDATION_PART, rng)
    if not hide.any() or hide.all():
        raise NothingToLearn
    train = without(data, hide)
    shape = (data.user_count, data.item_count)
    hidden = sp.csr_array((np.ones(hide.sum(), np.float32), (data.users[hide], data.items[hide])), shape=shape)
    users = np.flatnonzero(np.diff(hidden.indptr)).astype(np.int32)
    if len(users) > MOST_USERS:
        users = np.sort(rng.choice(users, MOST_USERS, replace=False))
    return Holdout(train, hidden, users, manner)
