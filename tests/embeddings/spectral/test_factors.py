from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from embeddings.models import model
from embeddings.spectral.blocks import extended, friends, normalised
from embeddings.spectral.factors import leading_factors, orthonormal, times
from embeddings.spectral.filter import FOLD_IN
from tests.embeddings.planted import two_tastes


def sparse(rows, columns, seed=0):
    matrix = sp.random_array((rows, columns), density=0.1, rng=np.random.default_rng(seed), dtype=np.float32)
    return matrix.tocsr()


def test_agrees_with_the_dense_decomposition():
    matrix = sparse(90, 70)
    found = leading_factors(matrix, 10, rounds=8, rng=np.random.default_rng(0))
    left, values, right = np.linalg.svd(matrix.toarray())
    np.testing.assert_allclose(found.values, values[:10], rtol=1e-3)
    expected = left[:, :10] * values[:10] @ right[:10]
    np.testing.assert_allclose(found.left * found.values @ found.right.T, expected, atol=2e-2)
    np.testing.assert_allclose(found.right.T @ found.right, np.eye(10), atol=1e-4)


@pytest.mark.parametrize("dim", [1, 5, 50])
def test_asks_no_more_of_a_small_matrix_than_it_has(dim):
    found = leading_factors(sparse(6, 4), dim, rounds=2, rng=np.random.default_rng(0))
    assert found.left.shape == (6, min(dim, 4))
    assert np.isfinite(found.left).all()


def test_columns_that_depend_on_each_other_still_give_a_basis():
    column = np.random.default_rng(0).standard_normal((20, 1)).astype(np.float32)
    basis = orthonormal(np.concatenate((column, column, 2 * column), axis=1))
    np.testing.assert_allclose(basis.T @ basis, np.eye(3), atol=1e-4)


def test_the_compiled_product_agrees_with_scipy():
    matrix, block = sparse(300, 40), np.random.default_rng(1).standard_normal((40, 5)).astype(np.float32)
    np.testing.assert_allclose(times(matrix, block), matrix @ block, rtol=1e-4, atol=1e-5)


def test_normalising_divides_by_powers_of_both_degrees():
    matrix = sp.csr_array(np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0]], np.float32))
    expected = np.array([[1 / 2**0.5, 1 / (2**0.5 * 2**0.3), 0], [0, 1 / 2**0.3, 0], [0, 0, 0]])
    np.testing.assert_allclose(normalised(matrix, 0.5, 0.3).toarray(), expected, rtol=1e-6)


def test_friends_are_symmetric_and_counted_once():
    data, _ = two_tastes()
    matrix = friends(data).toarray()
    assert (matrix == matrix.T).all()
    assert set(np.unique(matrix)) == {0, 1}


def test_blocks_stand_where_they_belong():
    one, two, three = (
        sp.csr_array(np.full(shape, value, np.float32)) for shape, value in (((2, 3), 1), ((2, 2), 2), ((1, 3), 3))
    )
    whole = extended(one, two, three).toarray()
    assert whole.tolist() == [[1, 1, 1, 2, 2], [1, 1, 1, 2, 2], [3, 3, 3, 0, 0]]
    assert extended(one, None, three).toarray().tolist() == [[1, 1, 1], [1, 1, 1], [3, 3, 3]]


def test_follows_bring_a_person_without_interactions_near_to_friends():
    data, _ = two_tastes()
    quiet = data.users >= 2
    users, items = data.users[quiet], data.items[quiet]
    silent_data = replace(data, users=users, items=items)
    with_follows = model("spectral", {"dim": 8, "social": 1.0}).fit(silent_data, rng=np.random.default_rng(0))
    without = model("spectral", {"dim": 8, "social": 0.0}).fit(silent_data, rng=np.random.default_rng(0))
    asked = np.array([0, 1], np.int32)
    assert np.abs(without.score(asked)).max() < 1e-5
    scores = with_follows.score(asked)
    assert (scores[:, :30].mean(axis=1) > scores[:, 30:].mean(axis=1)).all()


def test_folding_in_a_persons_items_gives_their_vector():
    data, _ = two_tastes()
    learnt = model("spectral", {"dim": 4, "rounds": 12, "social": 0.0}).fit(data, rng=np.random.default_rng(0))
    inputs, vector = learnt.tables()[FOLD_IN], learnt.users[3]
    folded = inputs[data.items[data.users == 3]].sum(axis=0)
    cosine = folded @ vector / np.linalg.norm(folded) / np.linalg.norm(vector)
    assert cosine > 0.999
