"""The most similar rows of each row of a matrix: users by their items, items by their users."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.classic import kernels_similar as kernels
from embeddings.errors import UnknownSetting

SIMILARITIES: Final = ("cosine", "pearson", "adjusted_cosine", "euclidean", "manhattan")
"""By name, in the order of their numbers in the kernels."""


def check_similarity(model: Any) -> None:
    """Refuse a setting ``similarity`` that names none.

    Raises:
        UnknownSetting: it names none.
    """
    if model.similarity not in SIMILARITIES:
        known = ", ".join(SIMILARITIES)
        raise UnknownSetting(model.name, "similarity", f"{model.similarity!r} is none; known: {known}")


def nearest(matrix: sp.csr_array, similarity: str, *, neighbours: int, shrink: float) -> sp.csr_array:
    """The nearest rows of each row of a matrix of zeros and ones, a zero being an answer like any other.

    ``cosine``, ``pearson`` (each row less its mean), ``adjusted_cosine`` (each column less its mean), and
    ``1 / (1 + distance)`` for ``euclidean`` and ``manhattan``. Each is multiplied by ``w / (w + shrink)``, where ``w``
    is the geometric mean of the two rows' sums. Rows that share no column are not compared.

    Args:
        matrix: ``(n, m)``; which cells are set counts, not their values.
        similarity: one of `SIMILARITIES`.
        neighbours: kept of each row at most; only similarities above 0.
        shrink: more distrusts small rows more.

    Returns:
        ``(n, n)`` float32: row ``i`` holds the rows most similar to ``i``. O(sum of squared column sums) time.

    Source:
        Sarwar et al., Item-based collaborative filtering recommendation algorithms, WWW 2001.
    """
    rows, columns = matrix.tocsr(), matrix.T.tocsr()
    count = rows.shape[0]
    means = np.zeros(count + 1, np.float32)
    if similarity == "adjusted_cosine":
        of_column = np.diff(columns.indptr) / max(1, count)
        means[:count] = np.bincount(_owners(rows), of_column[rows.indices], count)
        means[count] = float(of_column @ of_column)
    near, values = _room(count, neighbours)
    kernels.nearest_chosen(
        SIMILARITIES.index(similarity),
        float(shrink),
        rows.indptr,
        rows.indices,
        columns.indptr,
        columns.indices,
        means,
        near,
        values,
    )
    return _sparse(near, values)


def nearest_rated(
    matrix: sp.csr_array, similarity: str, *, neighbours: int, shrink: float, least: int = 1
) -> sp.csr_array:
    """The nearest rows of each row of a matrix of ratings, an empty cell being unknown.

    Compared over the columns that both rows rated: ``cosine``; ``pearson``, each row less its mean over those columns;
    ``adjusted_cosine``, each column less its mean; ``1 / (1 + d)`` with ``d`` the root of the mean squared
    (``euclidean``) or the mean absolute difference (``manhattan``).

    Args:
        matrix: ``(n, m)`` ratings.
        similarity: one of `SIMILARITIES`.
        neighbours: kept of each row at most; only similarities above 0.
        shrink: a similarity is multiplied by ``n / (n + shrink)`` of ``n`` shared columns.
        least: shared columns below which two rows are not compared.

    Returns:
        ``(n, n)`` float32: row ``i`` holds the rows most similar to ``i``.

    Source:
        Herlocker et al., An algorithmic framework for performing collaborative filtering, SIGIR 1999. Shrinkage:
        Bell & Koren, Scalable collaborative filtering with jointly derived neighborhood interpolation weights,
        ICDM 2007.
    """
    rows = matrix.tocsr().astype(np.float32)
    if similarity == "adjusted_cosine":
        rows = rows.copy()
        rows.data -= column_means(rows)[rows.indices]
    columns = rows.T.tocsr()
    near, values = _room(rows.shape[0], neighbours)
    kernels.nearest_rated(
        SIMILARITIES.index(similarity),
        float(shrink),
        least,
        rows.indptr,
        rows.indices,
        rows.data,
        columns.indptr,
        columns.indices,
        columns.data,
        near,
        values,
    )
    return _sparse(near, values)


def column_means(matrix: sp.csr_array) -> NDArray[np.float32]:
    """The mean of the set cells of each column; 0 for an empty one."""
    counts = np.bincount(matrix.indices, minlength=matrix.shape[1])
    sums = np.bincount(matrix.indices, matrix.data, matrix.shape[1])
    return np.asarray(sums / np.maximum(counts, 1), np.float32)


def _owners(matrix: sp.csr_array) -> NDArray[np.int64]:
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))


def _room(count: int, neighbours: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    shape = (count, max(1, min(neighbours, count)))
    return np.full(shape, -1, np.int32), np.zeros(shape, np.float32)


def _sparse(near: NDArray[np.int32], values: NDArray[np.float32]) -> sp.csr_array:
    kept = near >= 0
    indptr = np.concatenate(([0], np.cumsum(kept.sum(axis=1))))
    return sp.csr_array((values[kept], near[kept], indptr), shape=(len(near), len(near)))
