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


@settings(deadline=None)
@given(matrices, st.data(), st.sampled_from([0.0, 0.5, 1.0]))
def test_attributes_count_as_people_who_chose_the_items_that_have_them(matrix, draw, exponent):
    if not matrix.any():
        return
    shape = (draw.draw(st.integers(1, 6)), matrix.shape[1])
    known = draw.draw(hnp.arrays(np.float64, shape, elements=st.sampled_from([0.0, 1.0])))
    data = small_data(matrix, attributes=[(item, 0, entity) for entity, item in zip(*np.nonzero(known), strict=True)])
    weighed = known / np.maximum(known.sum(axis=1, keepdims=True), 1) ** (exponent / 2)
    stacked = np.vstack([matrix, np.sqrt(3.0) * weighed])
    expected = ease_by_solving(stacked, 5.0)[: len(matrix)]
    fitted = Ease(reg=5.0, attributes=3.0, entity_exponent=exponent).fit(data, rng=RNG)
    actual = fitted.score(np.arange(len(matrix), dtype=np.int32))
    described = matrix.any(axis=0) | known.any(axis=0)
    np.testing.assert_allclose(actual[:, described], expected[:, described], atol=5e-4)


def test_an_item_that_nobody_has_is_reached_by_its_attributes():
    data = small_data([[1, 0, 0], [0, 1, 0]], attributes=[(0, 0, 0), (2, 0, 0), (1, 0, 1)])
    scores = Ease(reg=1.0, attributes=1.0).fit(data, rng=RNG).score(np.array([0], np.int32))[0]
    assert scores[2] > 0.1
    assert scores[1] == 0


def test_an_item_has_the_attribute_that_it_is_itself():
    named = small_data([[1, 0, 0], [0, 1, 0]], attributes=[(0, 0, 0)], entity_items=[2])
    scores = Ease(reg=1.0, attributes=1.0).fit(named, rng=RNG).score(np.array([0], np.int32))[0]
    assert scores[2] > 0.1
    apart = Ease(reg=1.0, attributes=1.0, own=0.0).fit(named, rng=RNG).score(np.array([0], np.int32))[0]
    assert apart[2] == 0


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
