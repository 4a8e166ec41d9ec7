"""Walks against the exact chances of each step."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from embeddings.data import from_pairs
from embeddings.walks.graph import graph_of, joined_graph, typed_graph, walks_forward
from graph.errors import InvalidValue

WALKS = 40_000


def house() -> sp.csr_array:
    """Five nodes, weights on the edges; a walk may dead-end nowhere.

    ::

        0 ──1── 1
        │ ╲     │       0-1: 1, 0-2: 3, 0-3: 2, 1-3: 5, 3-4: 1
        3   2   5
        │     ╲ │
        2       3 ──1── 4
    """
    edges = [(0, 1, 1), (0, 2, 3), (0, 3, 2), (1, 3, 5), (3, 4, 1)]
    rows, columns, weights = (np.array(each) for each in zip(*edges, strict=True))
    one_way = sp.csr_array((weights.astype(np.float32), (rows, columns)), shape=(5, 5))
    return sp.csr_array(one_way + one_way.T)


def agrees(walks, chances):
    """Whether the third nodes of walks are distributed as they should, by a chi-square test at one in a million."""
    seen = np.bincount(walks, minlength=len(chances))
    assert not seen[chances == 0].any()
    there = chances > 0
    return there.sum() == 1 or chisquare(seen[there], chances[there] * seen.sum()).pvalue > 1e-6


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("p", "q"), [(1, 1), (0.25, 4), (4, 0.5), (1, 0.1), (10, 10)])
def test_each_step_has_the_chances_of_node2vec(weighted, p, q):
    matrix = house()
    dense = matrix.toarray() if weighted else (matrix.toarray() > 0).astype(float)
    graph = graph_of({"": (0, matrix)}, 5, weighted=weighted)
    walks = graph.walks(np.zeros(WALKS, np.int32), 3, np.random.default_rng(1), p=p, q=q)
    assert agrees(walks[:, 1], dense[0] / dense[0].sum())
    for middle in (1, 2, 3):
        bias = np.array([1 / p if other == 0 else 1 if dense[0, other] else 1 / q for other in range(5)])
        chances = dense[middle] * bias
        assert agrees(walks[walks[:, 1] == middle, 2], chances / chances.sum())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(0, 30), st.booleans())
def test_walks_follow_edges_and_end_only_where_there_are_none(seed, nodes, edges, second_order):
    rng = np.random.default_rng(seed)
    place = (rng.integers(0, nodes, edges), rng.integers(0, nodes, edges))
    matrix = sp.csr_array((np.ones(edges, np.float32), place), shape=(nodes, nodes))
    starts = rng.integers(0, nodes, 70).astype(np.int32)
    graph = graph_of({"": (0, matrix)}, nodes)
    walks = graph.walks(starts, 6, rng, q=2.0 if second_order else 1.0)
    dense = matrix.toarray() > 0
    np.testing.assert_array_equal(walks[:, 0], starts)
    for before, after in zip(walks[:, :-1].ravel(), walks[:, 1:].ravel(), strict=True):
        assert (after < 0) if before < 0 or not dense[before].any() else dense[before, after]


def test_the_same_generator_walks_the_same_way():
    graph, starts = graph_of({"": (0, house())}, 5, weighted=True), np.arange(5, dtype=np.int32)
    for biases in ({}, {"p": 2.0}):
        one, two = (graph.walks(starts, 30, np.random.default_rng(3), **biases) for _ in range(2))
        np.testing.assert_array_equal(one, two)


def town():
    """Three people, three products, two brands::

    0 ─► p0 ─ brand 0        0 follows 1
    1 ─► p1 ─ brand 0        (numbers: people 0-2, products 3-5, brands 6-7)
    2 ─► p2 ─ brand 1
    """
    rows = np.arange(3, dtype=np.int32)
    brands = np.array([0, 0, 1], np.int32)
    follows = (np.array([0], np.int32), np.array([1], np.int32))
    return from_pairs(rows, rows, 3, 3, follows=follows, attributes=(rows, np.zeros(3, np.int32), brands))


def test_metapaths_meet_the_kinds_that_they_name():
    graph = typed_graph(town())
    path = ("UI", "IA", "AI", "IU")
    walks = graph.walks(np.zeros(500, np.int32), 9, np.random.default_rng(0), path=path)
    for step, nodes in enumerate(({0, 1}, {3, 4}, {6}, {3, 4})):
        for place in range(step, 9, 4):
            met = set(walks[:, place].tolist())
            assert met == (nodes if place > 1 else {(0, 3)[place]})


def test_a_metapath_ends_where_its_edge_is_missing():
    walks = typed_graph(town()).walks(np.array([2], np.int32), 4, np.random.default_rng(0), path=("UU", "UI"))
    assert walks.tolist() == [[2, -1, -1, -1]]


def test_old_interactions_are_walked_seldom():
    users, items = np.zeros(2, np.int32), np.array([0, 1], np.int32)
    data = from_pairs(users, items, 1, 2, minutes=np.array([0, 20 * 1440], np.int64))
    graph = joined_graph(data, half_life_days=10)
    walks = graph.walks(np.zeros(WALKS, np.int32), 2, np.random.default_rng(0))
    assert agrees(walks[:, 1], np.array([0, 0.2, 0.8]))  # a quarter of the weight after two half-lives


def earlier_and_later():
    """``0 ─10─► 1``, and from 1 to 2 at 5, to 3 at 20, to 4 at 30; from 3 to 0 at 20 and to 2 at 25."""
    edges = [(0, 1, 10), (1, 2, 5), (1, 3, 20), (1, 4, 30), (3, 0, 20), (3, 2, 25)]
    rows, columns, times = (np.array(each) for each in zip(*edges, strict=True))
    return sp.csr_array((times.astype(np.int64), (rows, columns)), shape=(5, 5))


def test_walks_forward_in_time_take_later_edges_alike_and_no_others():
    walks, times = walks_forward(earlier_and_later(), np.zeros(WALKS, np.int32), 4, np.random.default_rng(0))
    assert agrees(walks[:, 2], np.array([0, 0, 0, 0.5, 0.5]))
    assert set(map(tuple, walks.tolist())) == {(0, 1, 3, 2), (0, 1, 4, -1)}
    assert set(map(tuple, times[walks[:, 3] == 2, 1:].tolist())) == {(10, 20, 25)}


def test_walks_forward_may_start_late():
    starts, since = np.array([0, 1, 1], np.int32), np.array([10, 20, 29])
    walks, _ = walks_forward(earlier_and_later(), starts, 2, np.random.default_rng(0), since)
    assert walks.tolist() == [[0, -1], [1, 4], [1, 4]]


@pytest.mark.parametrize(
    "asked", [{"p": 0.0}, {"q": -1.0}, {"path": ("UX",)}, {"path": ()}, {"starts": [9]}, {"length": 0}]
)
def test_walks_that_cannot_be_are_refused(asked):
    starts = np.array(asked.pop("starts", [0]), np.int32)
    length = asked.pop("length", 3)
    with pytest.raises(InvalidValue):
        graph_of({"": (0, house())}, 5).walks(starts, length, np.random.default_rng(0), **asked)


def test_weights_that_are_not_above_zero_are_refused():
    matrix = house()
    matrix.data[0] = 0
    with pytest.raises(InvalidValue):
        graph_of({"": (0, matrix)}, 5, weighted=True)
