"""Graph convolution by our kernels against PyG's LightGCN and dense products."""

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.data import from_pairs
from embeddings.gnn.graph import joined_graph, of_matrix
from embeddings.gnn.lightgcn_torch import thinned
from embeddings.gnn.propagation import Layers, Propagation, Seen, mean_of_layers

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch_geometric.nn import LightGCN

USERS, ITEMS = 12, 9


def some_data(seed: int, follows: bool = False):
    rng = np.random.default_rng(seed)
    friends = rng.integers(0, USERS, (2, 15)).astype(np.int32) if follows else None
    users, items = rng.integers(0, USERS, 40).astype(np.int32), rng.integers(0, ITEMS, 40).astype(np.int32)
    return from_pairs(users, items, USERS, ITEMS, follows=friends if friends is None else (friends[0], friends[1]))


def dense(graph):
    count = len(graph.indptr) - 1
    return sp.csr_array((graph.data, graph.indices, graph.indptr), shape=(count, count)).toarray()


def propagated(graph, table, rows, layers, aims):
    """Vectors at the rows, and the gradient of their products with the aims."""
    propagation = Propagation(layers, *table.shape)
    seen = propagation.forward(graph, table, rows, np.random.default_rng(0))
    return seen, propagation.backward(graph, rows, Seen(*aims))


def some_aims(rng, rows, dim):
    return [rng.standard_normal((len(rows), dim)).astype(np.float32) for _ in range(3)]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4))
def test_vectors_and_gradients_are_those_of_pyg(seed, layers):
    data, rng = some_data(seed), np.random.default_rng(seed)
    table = rng.standard_normal((USERS + ITEMS, 5)).astype(np.float32)
    rows = np.unique(rng.integers(0, USERS + ITEMS, 8)).astype(np.int32)
    aims = some_aims(rng, rows, 5)
    aims[1][:] = aims[2][:] = 0
    network = LightGCN(USERS + ITEMS, 5, layers)
    with torch.no_grad():
        network.embedding.weight.copy_(torch.from_numpy(table))
    ends = torch.from_numpy(np.stack([data.users, data.items + USERS]).astype(np.int64))
    theirs = network.get_embedding(torch.cat((ends, ends.flip(0)), dim=1))[torch.from_numpy(rows)]
    (theirs * torch.from_numpy(aims[0])).sum().backward()
    seen, gradient = propagated(joined_graph(data), table, rows, Layers(layers), aims)
    np.testing.assert_allclose(seen.mean, theirs.detach(), atol=1e-5)
    np.testing.assert_allclose(gradient, network.embedding.weight.grad, atol=1e-5)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_the_first_layer_and_the_start_have_their_gradients_too(layers):
    rng = np.random.default_rng(0)
    graph, rows = joined_graph(some_data(3)), np.array([0, 4, 13], np.int32)
    table = rng.standard_normal((USERS + ITEMS, 5)).astype(np.float32)
    aims = some_aims(rng, rows, 5)
    seen, gradient = propagated(graph, table, rows, Layers(layers, start=False), aims)
    hop, plain = torch.from_numpy(dense(graph)), torch.from_numpy(table).requires_grad_()
    hops = [torch.linalg.matrix_power(hop, each + 1) @ plain for each in range(layers)]
    expected = [(sum(hops) / layers)[rows], hops[0][rows], plain[rows]]
    sum((each * torch.from_numpy(aim)).sum() for each, aim in zip(expected, aims, strict=True)).backward()
    for actual, each in zip((seen.mean, seen.first, seen.start), expected, strict=True):
        np.testing.assert_allclose(actual, each.detach(), atol=1e-5)
    np.testing.assert_allclose(gradient, plain.grad, atol=1e-5)


def test_a_step_knows_nothing_of_the_step_before():
    rng = np.random.default_rng(0)
    graph = joined_graph(some_data(3))
    table = rng.standard_normal((USERS + ITEMS, 5)).astype(np.float32)
    propagation = Propagation(Layers(3), USERS + ITEMS, 5)
    for rows in (np.array([0, 4, 13], np.int32), np.array([1, 4], np.int32)):
        aims = some_aims(rng, rows, 5)
        seen = propagation.forward(graph, table, rows, rng)
        gradient = propagation.backward(graph, rows, Seen(*aims))
        fresh, slope = propagated(graph, table, rows, Layers(3), aims)
        np.testing.assert_array_equal(seen.mean, fresh.mean)
        np.testing.assert_array_equal(gradient, slope)


def test_noise_has_its_length_and_the_signs_of_what_it_shakes():
    graph, rng = joined_graph(some_data(5)), np.random.default_rng(1)
    table = rng.standard_normal((USERS + ITEMS, 5)).astype(np.float32)
    rows = np.flatnonzero(np.diff(graph.indptr)).astype(np.int32)
    seen = Propagation(Layers(1, start=False, noise=0.25), *table.shape).forward(graph, table, rows, rng)
    plain = (dense(graph) @ table)[rows]
    added = seen.mean - plain
    np.testing.assert_allclose(np.linalg.norm(added, axis=1), 0.25, rtol=1e-4)
    assert (added * plain >= -1e-7).all()


@pytest.mark.parametrize("social", [0.0, 0.4])
def test_arcs_are_divided_by_the_roots_of_both_degrees(social):
    data = some_data(7, follows=True)
    whole = np.zeros((USERS + ITEMS, USERS + ITEMS))
    whole[data.users, data.items + USERS] = 1
    whole[data.followers, data.followees] = social
    whole = np.maximum(whole, whole.T)
    roots = np.sqrt(np.maximum(whole.sum(axis=1), 1e-12))
    np.testing.assert_allclose(dense(joined_graph(data, social)), whole / np.outer(roots, roots), atol=1e-6)


def test_the_mean_of_all_rows_is_that_of_each_row():
    graph, rng = joined_graph(some_data(9)), np.random.default_rng(1)
    table = rng.standard_normal((USERS + ITEMS, 4)).astype(np.float32)
    rows = np.arange(USERS + ITEMS, dtype=np.int32)
    some = Propagation(Layers(3), *table.shape).forward(graph, table, rows, rng).mean
    np.testing.assert_allclose(mean_of_layers(graph, table, Layers(3)), some, atol=1e-6)


def test_a_thinned_graph_is_symmetric_and_weighs_the_same_on_average():
    rng = np.random.default_rng(2)
    matrix = np.triu(rng.random((80, 80)) < 0.4, 1).astype(np.float32)
    graph = of_matrix(sp.csr_array(matrix + matrix.T))
    part = dense(thinned(graph, 0.25, rng))
    np.testing.assert_array_equal(part, part.T)
    assert set(np.unique(part)) == {0.0, np.float32(1 / 0.75)}
    assert abs(part.sum() / matrix.sum() / 2 - 1) < 0.05
    assert not part[(matrix + matrix.T) == 0].any()
