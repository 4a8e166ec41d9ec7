"""Communities: planted ones are found, every one is connected, and a seed decides."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.analytics.communities import NONE, communities, modularity
from graph.snapshot.csr import Csr
from tests.graph.analytics.graphs import csr, out_edges, planted


def undirected(graphs: list[Csr]) -> nx.Graph:
    """Oracle's graph: every edge adds one to the weight of its pair; loops left out."""
    joined = nx.Graph()
    joined.add_nodes_from(range(graphs[0].node_count))
    for graph in graphs:
        for row in range(graph.node_count):
            for other in map(int, graph.neighbours(row)):
                if other != row:
                    weight = joined.get_edge_data(row, other, {"weight": 0})["weight"]
                    joined.add_edge(row, other, weight=weight + 1)
    return joined


@pytest.mark.parametrize("seed", range(3))
def test_planted_groups_are_found(seed):
    graph = planted(np.random.default_rng(seed), groups=8, size=40, inside=0.25, outside=0.005)
    found = communities([graph], seed=seed)
    group = np.arange(320) // 40
    agree = sum(np.bincount(found[group == each]).max() for each in range(8))
    assert agree >= 0.99 * 320


@given(out_edges(20), st.integers(0, 5))
@settings(max_examples=60)
def test_each_community_is_connected(out, seed):
    found = communities([csr(out)], seed=seed)
    graph = undirected([csr(out)])
    for number in set(found.tolist()) - {NONE}:
        assert nx.is_connected(graph.subgraph(np.flatnonzero(found == number).tolist()))


@given(out_edges(20))
@settings(max_examples=60)
def test_nodes_without_edges_have_none_and_larger_ones_come_first(out):
    found = communities([csr(out)])
    alone = [row for row, degree in undirected([csr(out)]).degree() if not degree]
    assert np.flatnonzero(found == NONE).tolist() == alone
    sizes = np.bincount(found[found != NONE])
    assert (sizes > 0).all()
    assert (np.diff(sizes) <= 0).all()


@given(out_edges(15), out_edges(15), st.floats(0.5, 2.0))
@settings(max_examples=60)
def test_modularity_is_that_of_networkx(first, second, resolution):
    n = min(len(first), len(second))
    graphs = [csr([[t for t in targets if t < n] for targets in out[:n]]) for out in (first, second)]
    found = communities(graphs)
    graph = undirected(graphs)
    groups = [set(np.flatnonzero(found == each).tolist()) for each in set(found.tolist())]
    expected = nx.community.modularity(graph, groups, resolution=resolution) if graph.number_of_edges() else 0.0
    assert modularity(graphs, found, resolution) == pytest.approx(expected)


def test_it_is_no_worse_than_a_second_library():
    graph = planted(np.random.default_rng(0), groups=6, size=50, inside=0.1, outside=0.02)
    louvain = nx.community.louvain_communities(undirected([graph]), seed=0)
    expected = nx.community.modularity(undirected([graph]), louvain)
    assert modularity([graph], communities([graph])) >= 0.98 * expected


def test_the_same_seed_gives_the_same_communities():
    graph = planted(np.random.default_rng(1), groups=5, size=40, inside=0.1, outside=0.05)
    first = communities([graph], seed=3)
    assert any((communities([graph], seed=seed) != first).any() for seed in range(4, 9))
    np.testing.assert_array_equal(first, communities([graph], seed=3))


def test_a_higher_resolution_gives_more_communities():
    graph = planted(np.random.default_rng(2), groups=10, size=30, inside=0.3, outside=0.03)
    few, many = (communities([graph], resolution=each).max() + 1 for each in (0.2, 3.0))
    assert few < many


def test_without_edges_or_edge_sets_there_are_none():
    assert communities([csr([[], [1]])]).tolist() == [NONE, NONE]
    assert len(communities([])) == 0
