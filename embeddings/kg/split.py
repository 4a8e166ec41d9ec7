"""Triples kept back to choose and to measure by."""

from __future__ import annotations

import numpy as np

from embeddings.kg.graph import KnowledgeGraph


def hold_out(
    graph: KnowledgeGraph, part: float, most: int, rng: np.random.Generator
) -> tuple[KnowledgeGraph, KnowledgeGraph]:
    """Split triples into what is learnt from and what is held out, alike in every relation.

    A node's only triple is not held out. Where a held-out pair is joined by other relations too, or the other way
    round, those triples are in neither part: they would give the answer away.

    Args:
        graph: all triples.
        part: of the triples that is held out, in ``[0, 1)``.
        most: triples held out at most, give or take one of each relation.
        rng: draws them.

    Returns:
        What is left, and what is held out; the latter may be empty.
    """
    wanted = min(most, int(part * len(graph)))
    left = graph.degrees.copy()
    order = rng.permutation(len(graph))
    held = np.zeros(len(graph), np.bool_)
    quota = np.ceil(np.bincount(graph.kinds, minlength=len(graph.relations)) * wanted / max(1, len(graph))).astype(int)
    heads, kinds, tails = graph.heads.tolist(), graph.kinds.tolist(), graph.tails.tolist()
    for place in order.tolist():
        head, kind, tail = heads[place], kinds[place], tails[place]
        if quota[kind] > 0 and left[head] > 1 and left[tail] > 1:
            held[place] = True
            quota[kind] -= 1
            left[head] -= 1
            left[tail] -= 1
    pairs = _pairs(graph)
    return graph.part(~np.isin(pairs, pairs[held])), graph.part(held)


def _pairs(graph: KnowledgeGraph) -> np.ndarray:
    """One number for each pair of nodes, whichever of them is the head."""
    low, high = np.minimum(graph.heads, graph.tails), np.maximum(graph.heads, graph.tails)
    return low.astype(np.int64) * graph.node_count + high
