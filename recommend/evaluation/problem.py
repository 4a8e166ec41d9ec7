"""What to learn from, what to be measured on, and how items are ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.metrics import per_user
from embeddings.ranking import top_k
from embeddings.training import FittedModel, Rows, TrainingData

BLOCK_CELLS = 20_000_000
PerUser = dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Problem:
    """One evaluation: models learn from ``data`` and rank items against ``test``.

    Attributes:
        data: what models may see.
        test: users × items, 1 where the item is a right answer.
        masked: users × items that are never ranked, 1 where so.
        users: rows that are measured; all with a test item by default.
        negatives: unobserved items drawn per user that the right ones are ranked among; 0 ranks all items.
        seed: of the drawn items.
        name: of the data set, for reports.
        note: how the test part was made.
    """

    data: TrainingData
    test: sp.csr_array
    masked: sp.csr_array
    users: Rows | None = None
    negatives: int = 0
    seed: int = 0
    name: str = ""
    note: str = ""
    published: tuple[tuple[str, dict[str, float]], ...] = field(default=())

    def measured(self) -> Rows:
        """Rows of the users that are measured."""
        if self.users is not None:
            return self.users
        return np.flatnonzero(np.diff(self.test.indptr)).astype(np.int32)

    def top(self, fitted: FittedModel, count: int) -> NDArray[np.int64]:
        """The best ``count`` unmasked items of each measured user, ``(users, count)``; -1 where there are no more."""
        users = self.measured()
        block = max(1, BLOCK_CELLS // max(1, self.data.item_count))
        parts = [self._top_block(fitted, users[at : at + block], count) for at in range(0, len(users), block)]
        return np.concatenate(parts) if parts else np.empty((0, count), np.int64)

    def measure(self, fitted: FittedModel, ks: Sequence[int]) -> PerUser:
        """Each metric of each measured user."""
        return self.quality(self.top(fitted, max(ks)), ks)

    def quality(self, top: NDArray[np.int64], ks: Sequence[int]) -> PerUser:
        """Each metric of each measured user, from what `top` gave."""
        test = self.test[self.measured()]
        named = {k: per_user(top, test, k) for k in ks}
        return {f"{metric}@{k}": values for k in ks for metric, values in named[k].items()}

    def _top_block(self, fitted: FittedModel, rows: Rows, count: int) -> NDArray[np.int64]:
        scores = np.array(fitted.score(rows), np.float32)
        if self.negatives:
            self._keep_sample(scores, rows)
        return top_k(scores, self.masked[rows], count)

    def _keep_sample(self, scores: NDArray[np.float32], rows: Rows) -> None:
        """Leave only the user's test items and a sample of unobserved ones; the sample depends on user and seed."""
        for place, row in enumerate(rows.tolist()):
            rng = np.random.default_rng((self.seed, row))
            right = self.test.indices[self.test.indptr[row] : self.test.indptr[row + 1]]
            free = np.ones(scores.shape[1], bool)
            free[self.masked.indices[self.masked.indptr[row] : self.masked.indptr[row + 1]]] = False
            free[right] = False
            candidates = np.flatnonzero(free)
            drawn = rng.choice(candidates, min(self.negatives, len(candidates)), replace=False)
            free[:] = True
            free[right] = False
            free[drawn] = False
            scores[place, free] = -np.inf
