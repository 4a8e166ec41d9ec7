"""From scores to ranked lists."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings import kernels
from embeddings.training import FittedModel, Rows

NOTHING = -1
"""Fills a list where fewer items than asked for can be ranked."""

BLOCK_CELLS = 20_000_000
"""Scores held at once: bounds the memory of a ranking to about 100 MB."""


def best(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Columns of the highest scores of each row, best first, ties by column.

    Args:
        scores: ``(n, width)`` float32 without NaN.
        count: how many of each row, at most ``width``.

    Returns:
        ``(n, count)`` int64.
    """
    columns = np.empty((len(scores), count), np.int64)
    if count:
        kernels.select_best(np.ascontiguousarray(scores, np.float32), columns)
    return columns


def top_k(scores: NDArray[np.float32], known: sp.csr_array | None, k: int) -> NDArray[np.int64]:
    """The ``k`` best items of each row of scores, known ones left out, ties by row number of the item.

    Args:
        scores: ``(n, items)`` float32; ``-inf`` leaves an item out too. Not changed.
        known: ``(n, items)``, an entry for each item that must not be ranked; None leaves none out.
        k: length of the lists.

    Returns:
        ``(n, k)`` int64, best first, `NOTHING` behind the last item that can be ranked.
    """
    scores = np.array(scores, np.float32)
    if known is not None:
        scores[np.repeat(np.arange(len(scores)), np.diff(known.indptr)), known.indices] = -np.inf
    found = best(scores, min(k, scores.shape[1]))
    found[np.isneginf(np.take_along_axis(scores, found, axis=1))] = NOTHING
    return np.pad(found, ((0, 0), (0, k - found.shape[1])), constant_values=NOTHING)


def rank_all(model: FittedModel, users: Rows, known: sp.csr_array | None, k: int) -> NDArray[np.int64]:
    """The ``k`` best items of many users, computed in blocks of bounded memory.

    Args:
        model: what scores.
        users: ``(n,)`` user rows.
        known: users × items by user row, an entry for each item that must not be ranked.
        k: length of the lists.

    Returns:
        ``(n, k)`` int64 as `top_k`.
    """
    lists = np.empty((len(users), k), np.int64)
    width = known.shape[1] if known is not None else model.score(users[:1]).shape[1]
    block = max(1, BLOCK_CELLS // max(1, width))
    for start in range(0, len(users), block):
        rows = users[start : start + block]
        lists[start : start + block] = top_k(model.score(rows), None if known is None else known[rows], k)
    return lists
