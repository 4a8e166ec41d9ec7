"""Communities: groups of nodes with more edges among themselves than chance would give them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from graph.snapshot.csr import Csr

NONE = -1
"""Community of a node without edges."""


def communities(
    graphs: Sequence[Csr], *, seed: int = 0, resolution: float = 1.0, iterations: int = 10
) -> NDArray[np.int32]:
    """Put every node into one community, by the Leiden method: a high modularity, and every community connected.

    Args:
        graphs: edge sets among the same ``n`` nodes. Direction does not matter; edges between the same two nodes add
            up, so that people who follow each other are held together twice as strongly. Loops are left out.
        seed: of the order in which nodes are looked at; the same seed gives the same communities.
        resolution: above 1 more and smaller communities, below 1 fewer and larger ones.
        iterations: most rounds; it ends earlier when nothing moves any more.

    Returns:
        ``(n,)`` int32 numbers of communities, the largest being 0 (of two equal ones that of the lower row first);
        `NONE` for a node without edges. About O(``iterations * m``) time, O(n + m) memory.

    Source:
        Traag, Waltman and van Eck, "From Louvain to Leiden: guaranteeing well-connected communities", 2019, as
        networkit has it, on one thread: with more of them the answer would change from run to run.
    """
    node_count = graphs[0].node_count if graphs else 0
    edges = _undirected(graphs, node_count)
    if not edges.nnz:
        return np.full(node_count, NONE, np.int32)
    found = _leiden(edges, seed, resolution, iterations)
    found[np.bincount(np.concatenate([edges.row, edges.col]), minlength=node_count) == 0] = NONE
    return _by_size(found)


def modularity(graphs: Sequence[Csr], members: NDArray[np.int32], resolution: float = 1.0) -> float:
    """How much more of the edges lie inside communities than by chance, in ``[-1/2, 1]``; 0 without edges.

    Source:
        Newman and Girvan, "Finding and evaluating community structure in networks", 2004.
    """
    edges = _undirected(graphs, len(members))
    total = float(edges.data.sum())
    if not total:
        return 0.0
    inside = float(edges.data[members[edges.row] == members[edges.col]].sum())
    weight = np.bincount(edges.row, edges.data, len(members)) + np.bincount(edges.col, edges.data, len(members))
    ends = np.bincount(np.where(members < 0, members.max() + 1, members), weight)
    return inside / total - resolution * float(np.square(ends / (2.0 * total)).sum())


def _undirected(graphs: Sequence[Csr], node_count: int) -> sp.coo_array:
    """Each joined pair once, lower row first, weighted by the number of its edges."""
    keys = [_pair_keys(graph) for graph in graphs]
    pairs, counts = np.unique(np.concatenate([np.empty(0, np.int64), *keys]), return_counts=True)
    low, high = np.divmod(pairs, max(1, node_count))
    return sp.coo_array((counts.astype(np.float64), (low, high)), shape=(node_count, node_count))


def _pair_keys(graph: Csr) -> NDArray[np.int64]:
    source = np.repeat(np.arange(graph.node_count, dtype=np.int64), graph.degrees())
    target = graph.indices.astype(np.int64)
    keys = np.minimum(source, target) * graph.node_count + np.maximum(source, target)
    joined: NDArray[np.int64] = keys[source != target]
    return joined


def _leiden(edges: sp.coo_array, seed: int, resolution: float, iterations: int) -> NDArray[np.int64]:
    import networkit  # large; only who asks for communities pays for it

    threads = networkit.getMaxNumberOfThreads()
    networkit.setNumberOfThreads(1)
    networkit.setSeed(seed, False)
    try:
        pairs = (edges.data, (edges.row.astype(np.uint64), edges.col.astype(np.uint64)))
        graph = networkit.GraphFromCoo(pairs, n=edges.shape[0], weighted=True, directed=False)
        method = networkit.community.ParallelLeiden(graph, iterations=iterations, randomize=True, gamma=resolution)
        method.run()
        return np.array(method.getPartition().getVector(), np.int64)
    finally:
        networkit.setNumberOfThreads(threads)


def _by_size(members: NDArray[np.int64]) -> NDArray[np.int32]:
    known = members != NONE
    _, first, inverse, counts = np.unique(members[known], return_index=True, return_inverse=True, return_counts=True)
    numbers = np.empty(len(counts), np.int32)
    numbers[np.lexsort((first, -counts))] = np.arange(len(counts), dtype=np.int32)
    sorted_members = np.full(len(members), NONE, np.int32)
    sorted_members[known] = numbers[inverse]
    return sorted_members
