"""The index that suits a table's size."""

from __future__ import annotations

import math

from embeddings.index.exact import ExactIndex
from embeddings.index.ivf import IvfIndex
from embeddings.index.port import VectorIndex
from embeddings.table import EmbeddingTable

EXACT_UP_TO = 50_000
"""Rows up to which comparing all takes well under a millisecond at 64 numbers each."""

PROBED_PART = 32
"""One cell of this many is looked into."""


def build_index(table: EmbeddingTable, *, exact_up_to: int = EXACT_UP_TO, seed: int = 0) -> VectorIndex:
    """An exact index for small tables, an approximate one for large ones.

    Args:
        table: vectors by row.
        exact_up_to: largest number of rows of which all are compared.
        seed: of the clustering.
    """
    count = len(table)
    if count <= max(exact_up_to, 1):
        return ExactIndex(table.vectors)
    cells = min(count, max(1, int(4 * math.sqrt(count))))
    return IvfIndex(table.vectors, cells=cells, probes=max(8, cells // PROBED_PART), seed=seed)
