"""How good ranked lists are, user by user, so that whoever asks can average, slice and resample."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Hits = NDArray[np.bool_]
Counts = NDArray[np.int64]
PerUser = NDArray[np.float64]


def hits_of(ranked: NDArray[np.int64], relevant: sp.csr_array) -> Hits:
    """Which ranked items are right answers.

    Args:
        ranked: ``(n, k)`` item rows, best first, distinct in a row; -1 where there is none.
        relevant: ``(n, items)``, an entry for each right answer.

    Returns:
        ``(n, k)`` bool.
    """
    width = np.int64(relevant.shape[1])
    owner = np.repeat(np.arange(relevant.shape[0], dtype=np.int64), np.diff(relevant.indptr))
    right = owner * width + relevant.indices
    asked = np.arange(len(ranked), dtype=np.int64)[:, None] * width + ranked
    return np.isin(asked, right) & (ranked >= 0)


def precision(hits: Hits, relevant_count: Counts) -> PerUser:  # noqa: ARG001 - one form for all metrics
    """Part of the ``k`` places that hold a right answer."""
    return np.asarray(hits.mean(axis=1), np.float64)


def recall(hits: Hits, relevant_count: Counts) -> PerUser:
    """Part of the right answers that were found."""
    return np.asarray(hits.sum(axis=1) / np.maximum(relevant_count, 1), np.float64)


def f1(hits: Hits, relevant_count: Counts) -> PerUser:
    """Harmonic mean of `precision` and `recall`; 0 where both are."""
    found = hits.sum(axis=1)
    return np.asarray(2 * found / (hits.shape[1] + np.maximum(relevant_count, 1)), np.float64)


def ndcg(hits: Hits, relevant_count: Counts) -> PerUser:
    """Gain discounted by log2 of the place, over that of the best list of ``min(relevant, k)`` right answers."""
    discount = 1 / np.log2(np.arange(hits.shape[1]) + 2)
    ideal = np.concatenate(([1.0], np.cumsum(discount)))
    return np.asarray(hits @ discount / ideal[np.minimum(relevant_count, hits.shape[1])], np.float64)


def mrr(hits: Hits, relevant_count: Counts) -> PerUser:  # noqa: ARG001
    """One over the place of the first right answer; 0 without one."""
    first = hits.argmax(axis=1)
    found: PerUser = np.where(hits.any(axis=1), 1.0 / (first + 1), 0.0)
    return found


def hit_rate(hits: Hits, relevant_count: Counts) -> PerUser:  # noqa: ARG001
    """1 where there is any right answer."""
    return np.asarray(hits.any(axis=1), np.float64)


def average_precision(hits: Hits, relevant_count: Counts) -> PerUser:
    """Mean over the ``min(relevant, k)`` right answers of the precision at their place; its mean over users is MAP."""
    at_place = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    best_case = np.clip(relevant_count, 1, hits.shape[1])
    return np.asarray((at_place * hits).sum(axis=1) / best_case, np.float64)


METRICS: Mapping[str, Callable[[Hits, Counts], PerUser]] = {
    "precision": precision,
    "recall": recall,
    "f1": f1,
    "ndcg": ndcg,
    "mrr": mrr,
    "hit_rate": hit_rate,
    "map": average_precision,
}
"""Metrics of one user's list, by name."""


def per_user(ranked: NDArray[np.int64], relevant: sp.csr_array, k: int) -> dict[str, PerUser]:
    """Every metric of `METRICS` at ``k``.

    Args:
        ranked: ``(n, >= k)`` as in `hits_of`.
        relevant: ``(n, items)``, likewise.
        k: places that count.

    Returns:
        ``(n,)`` float64 by name. A user without right answers has 0 everywhere: leave those users out before.
    """
    hits = hits_of(ranked[:, :k], relevant)
    counts = np.diff(relevant.indptr).astype(np.int64)
    return {name: metric(hits, counts) for name, metric in METRICS.items()}


def coverage(ranked: NDArray[np.int64], item_count: int) -> float:
    """Part of all items that occur in anybody's list; 0 without items."""
    shown = np.unique(ranked)
    return float(np.count_nonzero(shown >= 0) / item_count) if item_count else 0.0
