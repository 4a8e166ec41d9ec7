"""One matrix of interactions, follows and attributes together, each normalised by degree."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.training import TrainingData


def power_of_degree(matrix: sp.csr_array, axis: int, exponent: float) -> NDArray[np.float32]:
    """``degree ** exponent`` of each row (``axis=1``) or column (``axis=0``); 0 for those without entries."""
    degrees = np.asarray(matrix.sum(axis=axis), np.float64).ravel()
    powers = np.zeros(len(degrees))
    np.power(degrees, exponent, out=powers, where=degrees > 0)
    return powers.astype(np.float32)


def normalised(matrix: sp.csr_array, row_exponent: float, column_exponent: float) -> sp.csr_array:
    """Divide each entry by powers of the sums of its row and its column."""
    rows = sp.diags_array(power_of_degree(matrix, 1, -row_exponent))
    columns = sp.diags_array(power_of_degree(matrix, 0, -column_exponent))
    product: sp.csr_array = (rows @ matrix @ columns).tocsr().astype(np.float32)
    return product


def friends(data: TrainingData) -> sp.csr_array:
    """Users × users, float32, symmetric: 1 where either follows the other."""
    ones = np.ones(2 * len(data.followers), np.float32)
    rows = np.concatenate((data.followers, data.followees))
    columns = np.concatenate((data.followees, data.followers))
    matrix = sp.csr_array((ones, (rows, columns)), shape=(data.user_count, data.user_count))
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def attributes(data: TrainingData) -> sp.csr_array:
    """Attributes × items, float32: 1 where the item has the attribute."""
    ones = np.ones(len(data.attribute_items), np.float32)
    place = (data.attribute_entities, data.attribute_items)
    matrix = sp.csr_array((ones, place), shape=(data.attribute_count, data.item_count))
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def extended(interactions: sp.csr_array, social: sp.csr_array | None, known: sp.csr_array | None) -> sp.csr_array:
    """Put the blocks together.

    Args:
        interactions: users × items.
        social: users × users, or None.
        known: attributes × items, or None.

    Returns:
        ``[[interactions, social], [known, 0]]``: users then attributes × items then users.
    """
    rows: list[list[sp.csr_array | None]] = [[interactions, social]]
    if known is not None:
        rows.append([known, None])
    if social is None:
        rows = [row[:1] for row in rows]
    return sp.block_array(rows, format="csr", dtype=np.float32)


def largest_value(matrix: sp.csr_array) -> float:
    """The largest singular value, by a few rounds of the power method; 1 for exponents of a half."""
    vector = np.ones(matrix.shape[1], np.float32)
    size = 1.0
    for _ in range(10):
        vector = matrix.T @ (matrix @ (vector / np.linalg.norm(vector)))
        size = float(np.sqrt(np.linalg.norm(vector)))
    return size
