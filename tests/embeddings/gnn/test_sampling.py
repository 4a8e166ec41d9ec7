"""Neighbour samples against the sets that they are drawn from."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.data import from_pairs
from embeddings.gnn.hetero import NeighbourSampler, hetero_graph

USERS, ITEMS, ATTRIBUTES = 15, 10, 4


def some_graph(seed: int):
    rng = np.random.default_rng(seed)

    def rows(below: int, count: int):
        return rng.integers(0, below, count).astype(np.int32)

    attributes = (rows(ITEMS, 12), rows(2, 12), rows(ATTRIBUTES, 12))
    follows = (rows(USERS, 30), rows(USERS, 30))
    return hetero_graph(
        from_pairs(rows(USERS, 60), rows(ITEMS, 60), USERS, ITEMS, follows=follows, attributes=attributes)
    )


def neighbours(relation, node: int) -> set[int]:
    row = node - relation.first
    if not 0 <= row < len(relation.indptr) - 1:
        return set()
    return set(relation.indices[relation.indptr[row] : relation.indptr[row + 1]].tolist())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_every_node_gets_different_neighbours_of_its_own_and_as_many_as_there_are(seed, fan_out):
    graph, rng = some_graph(seed), np.random.default_rng(seed)
    nodes = rng.integers(0, graph.node_count, 20).astype(np.int32)
    avoid = rng.integers(-1, graph.node_count, 12).astype(np.int32)
    hop = NeighbourSampler(graph, fan_out).sample(nodes, rng, avoid)
    assert len(np.unique(hop.nodes)) == len(hop.nodes)
    for relation, edges in zip(graph.relations, hop.edges, strict=True):
        for place, node in enumerate(nodes):
            got = hop.nodes[edges[0, edges[1] == place]].tolist()
            may = neighbours(relation, node) - ({int(avoid[place])} if place < len(avoid) else set())
            assert len(got) == len(set(got)) == min(fan_out, len(may))
            assert set(got) <= may


def test_all_neighbours_are_drawn_equally_often():
    items = np.arange(9, dtype=np.int32)
    graph = hetero_graph(from_pairs(np.zeros(9, np.int32), items, 1, 9))
    asked = np.zeros(20_000, np.int32)
    avoid = np.full(20_000, 3, np.int32)  # item 2 of 9: the user is node 0
    hop = NeighbourSampler(graph, 3).sample(asked, np.random.default_rng(0), avoid)
    found = np.bincount(hop.nodes[hop.edges[0][0]] - 1, minlength=9)
    assert found[2] == 0
    expected = 20_000 * 3 / 8
    rest = np.delete(found, 2)
    assert (np.square(rest - expected) / expected).sum() < 24.3  # 7 degrees of freedom, p = 0.001


def test_a_sampler_forgets_what_it_drew():
    graph = some_graph(3)
    sampler = NeighbourSampler(graph, 2)
    nodes = np.arange(8, dtype=np.int32)
    first = sampler.sample(nodes, np.random.default_rng(5))
    sampler.sample(nodes[::-1].copy(), np.random.default_rng(6))
    again = sampler.sample(nodes, np.random.default_rng(5))
    np.testing.assert_array_equal(first.nodes, again.nodes)
    for one, other in zip(first.edges, again.edges, strict=True):
        np.testing.assert_array_equal(one, other)


def test_attributes_are_reached_both_ways():
    attributes = (np.array([0, 1], np.int32), np.array([0, 1], np.int32), np.array([0, 0], np.int32))
    graph = hetero_graph(from_pairs(np.array([0], np.int32), np.array([0], np.int32), 1, 2, attributes=attributes))
    assert [each.name for each in graph.relations] == ["chose", "chosen_by", "has_0", "had_by_0", "has_1", "had_by_1"]
    assert neighbours(graph.relations[2], 1) == {3}
    assert neighbours(graph.relations[5], 3) == {2}
