"""The best of many scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def ranked(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Columns of the ``count`` highest scores of each row, best first, ties by column.

    Found by a threshold rather than `numpy.argpartition` alone, which breaks ties at the edge as it likes.
    """
    width = scores.shape[1]
    if count >= width:
        return np.argsort(-scores, axis=1, kind="stable")
    edge = -np.partition(-scores, count - 1, axis=1)[:, count - 1]
    result = np.empty((scores.shape[0], count), np.int64)
    for row in range(scores.shape[0]):
        above = np.flatnonzero(scores[row] > edge[row])
        ties = np.flatnonzero(scores[row] == edge[row])[: count - len(above)]
        pool = np.sort(np.concatenate((above, ties)))
        result[row] = pool[np.argsort(-scores[row, pool], kind="stable")]
    return result
