import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.classic.similar import SIMILARITIES, nearest, nearest_rated
from embeddings.errors import UnknownSetting
from embeddings.models import model
from tests.embeddings.classic.small import small_data

ROWS, COLUMNS = 6, 7
cells = st.lists(st.lists(st.integers(0, 1), min_size=COLUMNS, max_size=COLUMNS), min_size=ROWS, max_size=ROWS)
stars = st.lists(st.lists(st.integers(0, 5), min_size=COLUMNS, max_size=COLUMNS), min_size=ROWS, max_size=ROWS)
kinds = st.sampled_from(SIMILARITIES)


def cosine(x, y):
    below = np.sqrt((x @ x) * (y @ y))
    return x @ y / below if x @ x > 1e-6 and y @ y > 1e-6 else 0.0


def alike(kind, x, y, means, *, mean_difference):
    """Oracle: the similarity of two rows, straight from its definition."""
    distance = np.abs(x - y) ** (2 if kind == "euclidean" else 1)
    total = distance.mean() if mean_difference else distance.sum()
    return {
        "cosine": lambda: cosine(x, y),
        "pearson": lambda: cosine(x - x.mean(), y - y.mean()),
        "adjusted_cosine": lambda: cosine(x - means, y - means),
        "euclidean": lambda: 1 / (1 + np.sqrt(total)),
        "manhattan": lambda: 1 / (1 + total),
    }[kind]()


def all_pairs(matrix, kind, shrink, *, rated):
    """Oracle: every pair of rows that share a column, one after the other."""
    found = np.zeros((len(matrix), len(matrix)))
    filled = matrix > 0
    means = matrix.sum(axis=0) / np.maximum(filled.sum(axis=0), 1) if rated else matrix.mean(axis=0)
    for one in range(len(matrix)):
        for other in range(len(matrix)):
            both = filled[one] & filled[other]
            if one == other or not both.any():
                continue
            seen = both if rated else slice(None)
            value = alike(kind, matrix[one, seen], matrix[other, seen], means[seen], mean_difference=rated)
            weight = both.sum() if rated else np.sqrt(matrix[one].sum() * matrix[other].sum())
            found[one, other] = max(0.0, value * weight / (weight + shrink))
    return found


@settings(deadline=None)  # the first example compiles the kernels
@given(cells, kinds, st.sampled_from([0.0, 2.5]))
def test_chosen_rows_are_as_similar_as_their_definition_says(matrix, kind, shrink):
    dense = np.array(matrix, float)
    found = nearest(sp.csr_array(dense.astype(np.float32)), kind, neighbours=ROWS, shrink=shrink)
    np.testing.assert_allclose(found.toarray(), all_pairs(dense, kind, shrink, rated=False), atol=2e-5)


@settings(deadline=None)
@given(stars, kinds, st.sampled_from([0.0, 2.5]))
def test_rated_rows_are_as_similar_as_their_definition_says(matrix, kind, shrink):
    dense = np.array(matrix, float)
    found = nearest_rated(sp.csr_array(dense.astype(np.float32)), kind, neighbours=ROWS, shrink=shrink)
    np.testing.assert_allclose(found.toarray(), all_pairs(dense, kind, shrink, rated=True), atol=2e-3)


@settings(deadline=None)
@given(cells, kinds)
def test_only_the_nearest_are_kept(matrix, kind):
    sparse = sp.csr_array(np.array(matrix, np.float32))
    every = nearest(sparse, kind, neighbours=ROWS, shrink=1.0).toarray()
    two = nearest(sparse, kind, neighbours=2, shrink=1.0).toarray()
    np.testing.assert_array_equal(-np.sort(-two, axis=1)[:, :2], -np.sort(-every, axis=1)[:, :2])
    assert ((two > 0).sum(axis=1) <= 2).all()


@pytest.mark.parametrize("name", ["item_knn", "user_knn"])
@pytest.mark.parametrize("kind", SIMILARITIES)
def test_neighbours_are_summed_up(name, kind):
    dense = (np.random.default_rng(3).random((12, 9)) < 0.4).astype(float)
    learnt = model(name, {"similarity": kind, "shrink": 2, "neighbours": 50}).fit(
        small_data(dense), rng=np.random.default_rng(0)
    )
    if name == "item_knn":
        expected = dense @ all_pairs(dense.T, kind, 2, rated=False)
    else:
        expected = all_pairs(dense, kind, 2, rated=False) @ dense
    np.testing.assert_allclose(learnt.score(np.arange(12, dtype=np.int32)), expected, atol=1e-4)


@pytest.mark.parametrize("name", ["item_knn", "user_knn"])
def test_an_unknown_similarity_names_the_known_ones(name):
    with pytest.raises(UnknownSetting, match="manhattan"):
        model(name, {"similarity": "jaccard"})
