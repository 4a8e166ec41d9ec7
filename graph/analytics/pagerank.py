"""PageRank: how often a walk along the edges comes by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.analytics import kernels
from graph.errors import EmptySeeds, InvalidValue, NotConverged
from graph.model import Rows
from graph.snapshot.csr import Csr


def pagerank(
    graph: Csr, *, damping: float = 0.85, tolerance: float = 1e-9, max_steps: int = 500
) -> NDArray[np.float64]:
    """Score each node by how often a walk that now and then starts anywhere visits it.

    Args:
        graph: out-edges, as `personalized_pagerank`.
        damping: likewise.
        tolerance: likewise.
        max_steps: likewise.

    Returns:
        ``(n,)`` float64 probabilities with sum 1; empty for a graph without nodes.

    Raises:
        NotConverged: ``max_steps`` steps did not settle.

    Source:
        Brin and Page, "The Anatomy of a Large-Scale Hypertextual Web Search Engine", WWW 1998.
    """
    if not graph.node_count:
        return np.zeros(0)
    return _settled(graph, np.full(graph.node_count, 1.0 / graph.node_count), damping, tolerance, max_steps)


def personalized_pagerank(
    graph: Csr, seeds: Rows, *, damping: float = 0.85, tolerance: float = 1e-9, max_steps: int = 500
) -> NDArray[np.float64]:
    """Score each node by how often a walk that keeps returning to the seeds visits it.

    Args:
        graph: ``n`` nodes and ``m`` out-edges, all edges of a node equally likely; parallel ones count each.
        seeds: ``(s,)`` row numbers, ``s >= 1``; a row named twice weighs double.
        damping: probability of following an edge rather than returning, in ``[0, 1)``.
        tolerance: the L1 change of one step, in probability, that counts as settled.
        max_steps: bound on the work, O(``max_steps * (n + m)``) time and O(n) memory.

    Returns:
        ``(n,)`` float64 probabilities with sum 1.

    Raises:
        EmptySeeds: ``seeds`` is empty.
        InvalidValue: a seed is no row of the graph.
        NotConverged: ``max_steps`` steps did not settle.

    Source:
        Haveliwala, "Topic-Sensitive PageRank", WWW 2002. We differ in one thing: a node without out-edges returns to
        the seeds, not to a node drawn from the whole graph.
    """
    if not len(seeds):
        raise EmptySeeds
    if min(seeds) < 0 or max(seeds) >= graph.node_count:
        raise InvalidValue("seeds", f"rows must lie between 0 and {graph.node_count - 1}")
    restart = np.bincount(seeds, minlength=graph.node_count) / len(seeds)
    return _settled(graph, restart, damping, tolerance, max_steps)


def _settled(
    graph: Csr, restart: NDArray[np.float64], damping: float, tolerance: float, max_steps: int
) -> NDArray[np.float64]:
    rank, moved = restart.copy(), np.empty_like(restart)
    for _ in range(max_steps):
        kernels.push(graph.indptr, graph.indices, rank, moved)
        moved *= damping
        moved += (1.0 - moved.sum()) * restart  # returning walkers and dangling ones at once
        settled = np.abs(moved - rank).sum() < tolerance
        rank, moved = moved, rank
        if settled:
            return rank
    raise NotConverged(max_steps)
