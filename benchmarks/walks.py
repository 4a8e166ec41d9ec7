"""Random walks and skip-gram on made graphs of 1, 4 and 16 times the size."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from benchmarks.harness import Measure
from embeddings.walks.graph import WalkGraph, graph_of
from embeddings.walks.skipgram import SkipGram

NODES, ARCS, LENGTH = 120_000, 2_000_000, 80
ROUNDS = 3
PART = 4_000
"""Walks that the time of a whole skip-gram is reckoned from."""


def made(times: int) -> WalkGraph:
    """A graph of skewed degrees: one end uniform, the other by the square of a uniform number."""
    rng, count, edges = np.random.default_rng(times), NODES * times, ARCS * times // 2
    ends = rng.integers(0, count, edges), (count * rng.random(edges) ** 2).astype(np.int64)
    one_way = sp.csr_array((np.ones(edges, np.float32), ends), shape=(count, count))
    both = sp.csr_array(one_way + one_way.T)
    both.data[:] = 1.0
    return graph_of({"": (0, both)}, count)


def speed(graph: WalkGraph, p: float, q: float) -> float:
    """Steps a second, in millions: the best of some rounds."""
    starts, rng = np.arange(NODES, dtype=np.int32), np.random.default_rng(0)
    graph.walks(starts[:1], 2, rng, p=p, q=q)
    best = 0.0
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        walks = graph.walks(starts, LENGTH, rng, p=p, q=q)
        taken = time.perf_counter() - begun
        best = max(best, float((walks[:, 1:] >= 0).sum()) / taken / 1e6)
    return best


def skipgram(graph: WalkGraph, threads: int) -> float:
    """Thousands of nodes of walks learnt a second, with Node2Vec's usual settings."""
    rng = np.random.default_rng(0)
    starts, met = rng.integers(0, graph.node_count, PART).astype(np.int32), graph.degrees().astype(np.float64)
    walks, settings = graph.walks(starts, LENGTH, rng), SkipGram(threads=threads)
    places = np.arange(PART, dtype=np.int32)
    settings.fit(places[:2], lambda part: walks[part], met, rng)
    begun = time.perf_counter()
    settings.fit(places, lambda part: walks[part], met, rng)
    return float((walks >= 0).sum()) / (time.perf_counter() - begun) / 1e3


def whole(graph: WalkGraph, threads: int) -> float:
    """Seconds of Node2Vec with GDS's defaults: ten walks of 80 from each node, window 10, dim 128, one pass."""
    rng = np.random.default_rng(0)
    starts = np.concatenate([rng.permutation(graph.node_count).astype(np.int32) for _ in range(10)])
    begun = time.perf_counter()
    settings = SkipGram(dim=128, window=10, threads=threads)
    settings.fit(starts, lambda part: graph.walks(part, LENGTH, rng), graph.degrees().astype(np.float64), rng)
    return time.perf_counter() - begun


def walks(_work: Path) -> list[Measure]:
    found = []
    for times in (1, 4, 16):
        graph = made(times)
        bounds = (80.0, 15.0) if times == 1 else (None, None)
        found.append(Measure(f"{times}×: uniform steps", speed(graph, 1.0, 1.0), "M/s", bounds[0], at_least=True))
        found.append(Measure(f"{times}×: p 0.5, q 2 steps", speed(graph, 0.5, 2.0), "M/s", bounds[1], at_least=True))
        if times == 1:
            found += [Measure(f"skip-gram, {n} threads", skipgram(graph, n), "k/s") for n in (1, 2)]
            found.append(Measure("Node2Vec with the defaults of GDS, two threads", whole(graph, 2), "s"))
    return found
