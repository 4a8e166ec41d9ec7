"""Metrics per user of ranked lists."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray


def hits_of(ranked: NDArray[np.int64], test: sp.csr_array) -> NDArray[np.bool_]:
    """Where a ranked item (-1: none) is a right answer of its user, ``(users, count)``."""
    width = test.shape[1]
    owner = np.repeat(np.arange(test.shape[0], dtype=np.int64), np.diff(test.indptr))
    right = owner * width + test.indices
    keys = np.arange(len(ranked), dtype=np.int64)[:, None] * width + ranked
    return np.isin(keys, right) & (ranked >= 0)


def per_user_quality(
    ranked: NDArray[np.int64], test: sp.csr_array, ks: Sequence[int]
) -> dict[str, NDArray[np.float64]]:
    """Precision, recall, F1, NDCG, MRR and hit rate of each user at each ``k``."""
    hits = hits_of(ranked, test)
    right = np.maximum(np.diff(test.indptr), 1)
    discount = 1.0 / np.log2(np.arange(hits.shape[1]) + 2)
    ideal = np.concatenate(([0.0], np.cumsum(discount)))
    result: dict[str, NDArray[np.float64]] = {}
    for k in ks:
        found = hits[:, :k].sum(axis=1)
        precision, recall = found / k, found / right
        result[f"precision@{k}"] = precision
        result[f"recall@{k}"] = recall
        result[f"f1@{k}"] = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
        result[f"ndcg@{k}"] = hits[:, :k] @ discount[:k] / ideal[np.minimum(right, k)]
        first = np.where(found > 0, hits[:, :k].argmax(axis=1) + 1, np.inf)
        result[f"mrr@{k}"] = 1.0 / first
        result[f"hit_rate@{k}"] = (found > 0).astype(np.float64)
    return result
