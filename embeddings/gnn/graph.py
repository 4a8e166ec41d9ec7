"""People and items as one symmetric graph whose arcs are divided by the roots of both degrees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.gnn.kernels import sum_neighbours, sum_rows
from embeddings.spectral.blocks import friends, normalised
from embeddings.training import Rows, TrainingData

Floats = NDArray[np.float32]

NO_ROWS: Rows = np.empty(0, np.int32)
FEW = 1_000_000
"""Multiplications that are not worth waking other threads for."""
EVERYTHING = np.empty(0, np.bool_)


@dataclass(frozen=True, slots=True)
class SymmetricGraph:
    """A symmetric matrix in CSR form.

    Attributes:
        indptr: ``(n + 1,)`` int64.
        indices: ``(m,)`` int32, sorted within a row.
        data: ``(m,)`` float32.
    """

    indptr: NDArray[np.int64]
    indices: Rows
    data: Floats

    def multiply(
        self, block: Floats, product: Floats, *, rows: Rows = NO_ROWS, counted: NDArray[np.bool_] = EVERYTHING
    ) -> None:
        """Fill ``product`` with the matrix times a dense block, both ``(n, d)``.

        Args:
            block: what is multiplied.
            product: filled.
            rows: fill these rows only, at the cost of their arcs; empty for all.
            counted: ``(n,)`` rows of the block that are read, the others counting as zero; empty for all.
        """
        arcs = int(np.diff(self.indptr)[rows].sum()) if len(rows) else len(self.indices)
        parts = (self.indptr, self.indices, self.data, block, counted, rows)
        if arcs * block.shape[1] > FEW:
            sum_neighbours(*parts, product)
        else:
            sum_rows(*parts, (0, len(rows) or len(block)), product)


def joined_graph(data: TrainingData, social: float = 0.0) -> SymmetricGraph:
    """People and items × people and items: interactions, and follows either way where they weigh anything.

    Args:
        data: interactions and follows.
        social: weight of a follow, where an interaction weighs 1. Degrees are sums of weights.
    """
    matrix = data.matrix()
    people = friends(data) * np.float32(social) if social > 0 else None
    both = sp.block_array([[people, matrix], [matrix.T, None]], format="csr", dtype=np.float32)
    return of_matrix(normalised(sp.csr_array(both), 0.5, 0.5))


def of_matrix(matrix: sp.csr_array) -> SymmetricGraph:
    """A matrix that is symmetric already."""
    matrix.sort_indices()
    return SymmetricGraph(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data)
