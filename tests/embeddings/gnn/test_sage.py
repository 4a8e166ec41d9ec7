"""GraphSAGE: its layers against PyG's, and vectors of nodes that came later."""

import numpy as np
import pytest
import torch

from embeddings.artefact import load_model, save_model
from embeddings.data import from_pairs
from embeddings.gnn.hetero import NeighbourSampler, hetero_graph
from embeddings.gnn.sage import Sage, fitted_sage, stored_network
from embeddings.gnn.sage_torch import SageLayer
from graph.errors import InvalidValue

MODEL = Sage(dim=8, epochs=20, batch_size=64)


def circles(seed: int = 0):
    """Two circles of 40 people who choose from 30 items of their own and follow each other; one attribute a circle.

    ::

        people 0-39  ──►  items 0-29   ──► attribute 0
        people 40-79 ──►  items 30-59  ──► attribute 1
    """
    rng = np.random.default_rng(seed)
    users = np.repeat(np.arange(80, dtype=np.int32), 6)
    items = (rng.integers(0, 30, len(users)) + 30 * (users >= 40)).astype(np.int32)
    followers = np.repeat(np.arange(80, dtype=np.int32), 3)
    followees = (rng.integers(0, 40, len(followers)) + 40 * (followers >= 40)).astype(np.int32)
    things = np.arange(60, dtype=np.int32)
    attributes = (things, np.zeros(60, np.int32), (things >= 30).astype(np.int32))
    return from_pairs(users, items, 80, 60, follows=(followers, followees), attributes=attributes)


@pytest.fixture(scope="module")
def learnt():
    return MODEL.fit(circles(), rng=np.random.default_rng(0))


def test_all_neighbours_at_once_make_the_vectors_that_pygs_layers_make():
    graph, rng = hetero_graph(circles()), np.random.default_rng(1)
    torch.manual_seed(0)
    layers = [SageLayer(graph, 5) for _ in range(2)]
    table = rng.standard_normal((graph.node_count, 5)).astype(np.float32)
    own, others = (np.stack(each) for each in zip(*(each.weights() for each in layers), strict=True))
    fitted = fitted_sage(graph, table, own, others)
    every = np.arange(graph.node_count, dtype=np.int32)
    hop = NeighbourSampler(graph, 1000).sample(every, rng)
    nodes = torch.from_numpy(every.astype(np.int64))
    vectors = torch.from_numpy(table)
    with torch.no_grad():
        vectors = torch.nn.functional.leaky_relu(layers[0](vectors, nodes, vectors[hop.nodes.tolist()], hop), 0.2)
        vectors = layers[1](vectors, nodes, vectors[hop.nodes.tolist()], hop)
        vectors = torch.nn.functional.normalize(vectors, dim=1)
    np.testing.assert_allclose(np.concatenate((fitted.users, fitted.items)), vectors[:140].numpy(), atol=1e-5)


@pytest.mark.parametrize("circle", [0, 1])
@pytest.mark.parametrize(
    "edges",
    [
        {"chose": [2, 5]},
        {"follows": [3, 8, 12]},
        {"chose": [4], "follows": [1], "followed_by": [9]},
    ],
)
def test_a_new_person_with_first_edges_is_shown_what_their_circle_chooses(learnt, circle, edges):
    neighbours = {name: np.array(rows) + circle * (30 if name == "chose" else 40) for name, rows in edges.items()}
    scores = learnt.items @ learnt.network.vector_of("User", neighbours)
    best = np.argsort(-scores)[:20]
    assert ((best >= 30) == circle).mean() > 0.9


@pytest.mark.parametrize("circle", [0, 1])
@pytest.mark.parametrize("edges", [{"chosen_by": [1, 30]}, {"has_0": [0]}])
def test_a_new_item_goes_to_the_people_of_its_first_edges_or_attributes(learnt, circle, edges):
    neighbours = {name: np.array(rows) + circle * (40 if name == "chosen_by" else 1) for name, rows in edges.items()}
    scores = learnt.users @ learnt.network.vector_of("Product", neighbours)
    best = np.argsort(-scores)[:20]
    assert ((best >= 40) == circle).mean() > 0.9


def test_a_new_person_s_vector_needs_nothing_but_the_stored_model(learnt, tmp_path):
    network = learnt.network
    save_model(tmp_path, MODEL, learnt.tables(), "s1", 0, details=network.details(), arrays=network.arrays())
    model = load_model(tmp_path / "sage")
    again = stored_network(model.arrays, model.details)
    neighbours = {"chose": np.array([1, 2]), "follows": np.array([7])}
    np.testing.assert_array_equal(again.vector_of("User", neighbours), network.vector_of("User", neighbours))


def test_without_edges_there_is_no_vector(learnt):
    assert not learnt.network.vector_of("User", {}).any()
    assert not learnt.network.vector_of("User", {"chose": np.empty(0, np.int32)}).any()


@pytest.mark.parametrize(
    ("kind", "neighbours"),
    [("User", {"has_0": [0]}), ("User", {"chose": [60]}), ("User", {"chose": [-1]}), ("Product", {"has_0": [2]})],
)
def test_edges_that_cannot_be_are_refused(learnt, kind, neighbours):
    with pytest.raises(InvalidValue):
        learnt.network.vector_of(kind, {name: np.array(rows) for name, rows in neighbours.items()})
