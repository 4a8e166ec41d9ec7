"""Small graphs, and strategies that make them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from graph.snapshot.csr import Csr, build_csr


def csr(out: list[list[int]]) -> Csr:
    """The graph in which row ``i`` leads to the rows ``out[i]``."""
    rows = np.array([row for row, targets in enumerate(out) for _ in targets], np.int32)
    others = np.array([target for targets in out for target in targets], np.int32)
    return build_csr(rows, others, None, len(out), len(out))


def out_edges(most: int = 12) -> st.SearchStrategy[list[list[int]]]:
    """Graphs of one to ``most`` nodes; loops, parallel edges and nodes without edges included."""
    return st.integers(1, most).flatmap(
        lambda n: st.lists(st.lists(st.integers(0, n - 1), max_size=5), min_size=n, max_size=n)
    )


def planted(rng: np.random.Generator, groups: int, size: int, inside: float, outside: float) -> Csr:
    """Groups with more edges inside than between them, in row order."""
    n = groups * size
    group = np.arange(n) // size
    chance = np.where(group[:, None] == group[None, :], inside, outside)
    rows, others = np.nonzero(rng.random((n, n)) < chance)
    return build_csr(rows.astype(np.int32), others.astype(np.int32), None, n, n)
