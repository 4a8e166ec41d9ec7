import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from embeddings.classic.ease import Ease
from embeddings.errors import NothingToLearn
from tests.embeddings.classic.small import empty_data, small_data

RNG = np.random.default_rng(0)
matrices = hnp.arrays(np.float32, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.sampled_from([0.0, 1.0]))


def ease_by_solving(matrix, reg):
    """Oracle: one ridge regression an item on all the others, as the paper defines it."""
    matrix = matrix.astype(np.float64)
    count = matrix.shape[1]
    weights = np.zeros((count, count))
    for item in range(count):
        others = np.delete(np.arange(count), item)
        rest = matrix[:, others]
        weights[others, item] = np.linalg.solve(rest.T @ rest + reg * np.eye(count - 1), rest.T @ matrix[:, item])
    return matrix @ weights


@settings(deadline=None)  # other work on the machine must not fail it
@given(matrices, st.sampled_from([1.0, 30.0]))
def test_agrees_with_one_regression_an_item_whichever_side_is_smaller(matrix, reg):
    if not matrix.any():
        return
    fitted = Ease(reg=reg).fit(small_data(matrix), rng=RNG)
    actual = fitted.score(np.arange(len(matrix), dtype=np.int32))
    np.testing.assert_allclose(actual, ease_by_solving(matrix, reg), atol=2e-4)


def test_lift_multiplies_by_a_power_of_popularity():
    matrix = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [1, 0, 1, 1]], np.float32)
    rows = np.arange(3, dtype=np.int32)
    plain = Ease(reg=5.0).fit(small_data(matrix), rng=RNG).score(rows)
    lifted = Ease(reg=5.0, lift=0.5).fit(small_data(matrix), rng=RNG).score(rows)
    np.testing.assert_allclose(lifted, plain * np.sqrt(matrix.sum(axis=0)), rtol=1e-5)


def test_a_person_without_interactions_scores_nothing():
    fitted = Ease().fit(small_data([[1, 1], [0, 0]]), rng=RNG)
    assert not fitted.score(np.array([1], np.int32)).any()


def test_needs_an_interaction():
    with pytest.raises(NothingToLearn):
        Ease().fit(empty_data(), rng=RNG)
