"""Vectors of people and items that came later, from the vectors of those that were there; no training."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.inner import InnerProduct
from embeddings.training import Rows, TrainingData
from graph.errors import InvalidValue

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FoldIn:
    """The vector that alternating least squares would give a person or an item next, the other side held still.

    Minimises ``Σ_j w_j (c_j - v · y_j)² + reg |v|²`` over all rows ``j`` of the other side: ``c_j`` is 1 with weight
    ``alpha`` for those that it is joined to, 0 with weight 1 for the others. For `embeddings.factors.als.Als` with its
    own ``alpha`` and ``reg`` it is exactly its next step; for other models it is an estimate.

    Attributes:
        others: ``(n, dim)`` float32 vectors of the other side.
        gram: ``(dim, dim)`` float64: ``others' others + reg``.
        alpha: weight of a joined row.
    """

    others: Floats
    gram: NDArray[np.float64]
    alpha: float

    @classmethod
    def onto(cls, others: Floats, *, alpha: float = 10.0, reg: float = 5.0) -> FoldIn:
        """Prepare once for many vectors: O(n · dim²).

        Raises:
            InvalidValue: ``alpha`` or ``reg`` is not above 0.
        """
        for name, value in (("alpha", alpha), ("reg", reg)):
            if not value > 0:
                raise InvalidValue(name, f"{value} is not above 0")
        gram = (others.T @ others).astype(np.float64)
        return cls(others, gram + reg * np.eye(len(gram)), alpha)

    def vector(self, rows: Rows) -> Floats:
        """The vector of someone joined to ``(k,)`` rows of the other side; zeros without any. O(k · dim² + dim³).

        Raises:
            InvalidValue: a row is not there.
        """
        if not len(rows):
            return np.zeros(self.others.shape[1], np.float32)
        if not 0 <= rows.min() <= rows.max() < len(self.others):
            raise InvalidValue("rows", f"expected rows between 0 and {len(self.others) - 1}")
        near = self.others[rows].astype(np.float64)
        system = self.gram + (self.alpha - 1.0) * (near.T @ near)
        answer = scipy.linalg.solve(system, self.alpha * near.sum(axis=0), assume_a="pos")
        return np.asarray(answer, np.float32)

    def vectors(self, joined: sp.csr_array) -> Floats:
        """The vectors of ``(m, n)`` joined rows: ``(m, dim)``."""
        parts = np.split(joined.indices, joined.indptr[1:-1])
        found = np.zeros((joined.shape[0], self.others.shape[1]), np.float32)
        for place, rows in enumerate(parts):
            found[place] = self.vector(rows)
        return found


def refit(
    learnt: InnerProduct,
    data: TrainingData,
    users: Rows,
    items: Rows,
    *,
    alpha: float = 10.0,
    reg: float = 5.0,
    rounds: int = 2,
) -> InnerProduct:
    """Learn new events: only the vectors of those that the events touch move, in turns.

    Args:
        learnt: the model so far; may have fewer rows than the data, never more.
        data: all interactions, the new ones included.
        users: ``(u,)`` rows with new interactions.
        items: ``(i,)`` rows with new interactions.
        alpha: as in `FoldIn`.
        reg: likewise.
        rounds: turns of users, then items.

    Returns:
        Tables of ``data.user_count`` and ``data.item_count`` rows. New rows that have no interaction are zeros. Each
        round takes O((users + items) · dim² + (u + i) · dim³).

    Raises:
        InvalidValue: the model has more rows than the data, or a setting cannot be.
    """
    if len(learnt.users) > data.user_count or len(learnt.items) > data.item_count:
        raise InvalidValue("learnt", "the model has more rows than the data")
    by_user = data.matrix()
    by_item = by_user.T.tocsr()
    grown = InnerProduct(_grown(learnt.users, data.user_count), _grown(learnt.items, data.item_count))
    for _ in range(rounds):
        onto_items = FoldIn.onto(grown.items, alpha=alpha, reg=reg)
        grown = replace(grown, users=_moved(grown.users, users, onto_items.vectors(by_user[users])))
        onto_users = FoldIn.onto(grown.users, alpha=alpha, reg=reg)
        grown = replace(grown, items=_moved(grown.items, items, onto_users.vectors(by_item[items])))
    return grown


def _grown(table: Floats, count: int) -> Floats:
    return np.pad(table, ((0, count - len(table)), (0, 0)))


def _moved(table: Floats, rows: Rows, vectors: Floats) -> Floats:
    moved = table.copy()
    moved[rows] = vectors
    return moved
