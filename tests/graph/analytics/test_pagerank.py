"""PageRank against a dense linear system, and against networkx."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analytics.pagerank import pagerank, personalized_pagerank
from graph.errors import EmptySeeds, InvalidValue, NotConverged
from tests.graph.analytics.graphs import csr, out_edges


def pagerank_by_solving(out: list[list[int]], restart: np.ndarray, damping: float) -> np.ndarray:
    """Oracle: the same walk as one dense linear system, too slow to ship."""
    n = len(out)
    step = np.array([np.bincount(t, minlength=n) / len(t) if t else restart for t in out])
    return np.linalg.solve(np.eye(n) - damping * step.T, (1 - damping) * restart)


@given(out_edges(), st.data(), st.sampled_from([0.0, 0.5, 0.85, 0.95]))
def test_agrees_with_the_dense_solution_from_seeds(out, data, damping):
    seeds = data.draw(st.lists(st.integers(0, len(out) - 1), min_size=1, max_size=3))
    restart = np.bincount(seeds, minlength=len(out)) / len(seeds)
    actual = personalized_pagerank(csr(out), np.array(seeds, np.int32), damping=damping)
    np.testing.assert_allclose(actual, pagerank_by_solving(out, restart, damping), atol=1e-7)


@given(out_edges())
def test_agrees_with_the_dense_solution_from_anywhere(out):
    restart = np.full(len(out), 1 / len(out))
    np.testing.assert_allclose(pagerank(csr(out)), pagerank_by_solving(out, restart, 0.85), atol=1e-7)


def test_agrees_with_networkx():
    graph = nx.gnp_random_graph(300, 0.02, seed=4, directed=True)
    out = [sorted(graph.successors(row)) for row in range(300)]
    expected = nx.pagerank(graph, tol=1e-12, max_iter=500)
    np.testing.assert_allclose(pagerank(csr(out)), [expected[row] for row in range(300)], atol=1e-8)


def test_whom_everybody_follows_stands_first():
    rank = pagerank(csr([[3], [3], [3, 0], []]))
    assert rank.argmax() == 3
    assert rank[0] > rank[1]


def test_a_graph_without_nodes_has_no_scores():
    assert len(pagerank(csr([]))) == 0


def test_arrays_that_may_only_be_read_will_do():
    graph = csr([[1], [0, 2], []])
    for array in (graph.indptr, graph.indices):
        array.flags.writeable = False
    assert pagerank(graph).sum() == pytest.approx(1.0)


def test_a_walk_needs_a_start():
    with pytest.raises(EmptySeeds):
        personalized_pagerank(csr([[0]]), np.empty(0, np.int32))


@pytest.mark.parametrize("seed", [-1, 2])
def test_a_start_outside_the_graph_is_refused(seed):
    with pytest.raises(InvalidValue, match="between 0 and 1"):
        personalized_pagerank(csr([[1], [0]]), np.array([seed], np.int32))


def test_what_does_not_settle_is_said():
    with pytest.raises(NotConverged, match="3 steps"):
        pagerank(csr([[1], [2], []]), max_steps=3)
