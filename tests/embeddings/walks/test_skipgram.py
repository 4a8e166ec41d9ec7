"""Vectors out of walks, against plain code and planted groups."""

import numpy as np
import pytest
import scipy.sparse as sp

from embeddings.errors import UnknownSetting
from embeddings.models import model
from embeddings.walks.graph import graph_of
from embeddings.walks.kernels_skipgram import learn
from embeddings.walks.skipgram import SIGMOID, SkipGram


def communities(seed=0, groups=4, size=30):
    """Four groups of 30; a pair in one group is joined with 0.2, any other with 0.03."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), size)
    chance = np.where(group[:, None] == group, 0.2, 0.03)
    joined = np.triu(rng.random(chance.shape) < chance, 1)
    return sp.csr_array((joined | joined.T).astype(np.float32)), group


def same_group(vectors, group):
    """Part of the ten nearest that are of a node's own group; 0.24 by chance."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    likeness = unit @ unit.T
    np.fill_diagonal(likeness, -np.inf)
    return float((group[np.argsort(-likeness, axis=1)[:, :10]] == group[:, None]).mean())


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("p", "q"), [(1.0, 1.0), (1.0, 0.5)])
def test_finds_groups_better_than_neighbours_in_common_do(threads, p, q):
    matrix, group = communities()
    graph, rng = graph_of({"": (0, matrix)}, matrix.shape[0]), np.random.default_rng(0)
    starts = np.concatenate([rng.permutation(120).astype(np.int32) for _ in range(20)])
    settings = SkipGram(dim=16, window=5, learning_rate=0.05, threads=threads)
    learnt = settings.fit(starts, lambda part: graph.walks(part, 20, rng, p=p, q=q), graph.degrees().astype(float), rng)
    baseline = same_group(matrix.toarray(), group)
    assert same_group(learnt.embedding, group) > baseline + 0.025


def plain_step(inputs, outputs, walk, contrasts, negatives, rate):
    """Oracle: skip-gram of one walk with a window of one, every contrast the node ``contrasts``."""
    for at, node in enumerate(walk):
        held, gradient = inputs[node].copy(), np.zeros_like(inputs[node])
        near = [walk[place] for place in (at - 1, at + 1) if 0 <= place < len(walk)]
        draws = max(negatives, len(near))
        steps = [(other, 1.0, rate) for other in near]
        steps += [(contrasts, 0.0, rate * len(near) * negatives / draws)] * draws
        for other, label, weight in steps:
            error = weight * (label - 1 / (1 + np.exp(-held @ outputs[other])))
            gradient += error * outputs[other]
            outputs[other] += error * held
        inputs[node] += gradient


def test_a_pass_is_that_of_plain_code():
    rng = np.random.default_rng(2)
    inputs, outputs = rng.standard_normal((2, 6, 7)).astype(np.float32)
    walks = np.array([[0, 1, 2, 3], [4, 0, -1, -1]], np.int32)
    limits, alias = np.zeros(6, np.uint64), np.full(6, 5, np.int32)  # every draw is node 5
    expected = inputs.astype(float), outputs.astype(float)
    for walk in ([0, 1, 2, 3], [4, 0]):
        plain_step(*expected, walk, 5, 3, 0.1)
    learn(walks, 1, inputs, outputs, limits, alias, 1, 3, 0.1, np.uint64(1), SIGMOID)
    np.testing.assert_allclose(inputs, expected[0], atol=3e-3)  # the sigmoid is a table
    np.testing.assert_allclose(outputs, expected[1], atol=3e-3)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("node2vec", {"p": 0.0}),
        ("deepwalk", {"walk_length": 1}),
        ("deepwalk", {"social": -1.0}),
        ("metapath2vec", {"paths": "UI"}),
        ("metapath2vec", {"paths": "UAU"}),
        ("metapath2vec", {"paths": ""}),
    ],
)
def test_a_setting_that_cannot_be_is_refused(name, settings):
    with pytest.raises(UnknownSetting):
        model(name, settings)
