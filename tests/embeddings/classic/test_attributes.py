import numpy as np
import pytest

from embeddings.classic.attributes import AttributeCount, AttributeKnn, AttributeTaste
from embeddings.errors import NothingToLearn, UnknownSetting
from tests.embeddings.classic.small import empty_data, small_data

RNG = np.random.default_rng(0)
ME = np.array([0], np.int32)


def test_reaches_an_item_that_nobody_has():
    data = small_data([[1, 0, 0], [0, 1, 0]], attributes=[(0, 0, 0), (2, 0, 0), (1, 0, 1)])
    scores = AttributeKnn().fit(data, rng=RNG).score(ME)[0]
    assert scores[2] > 0
    assert scores[1] == 0


def test_a_rare_attribute_says_more_than_a_common_one():
    attributes = [(0, 0, 0), (1, 0, 0), (0, 0, 1), (2, 0, 1), (3, 0, 1), (4, 0, 1)]
    data = small_data([[1, 0, 0, 0, 0]], attributes=attributes)
    scores = AttributeKnn().fit(data, rng=RNG).score(ME)[0]
    assert scores[1] > scores[2] > 0


def test_one_relation_can_be_asked_for_alone():
    data = small_data([[1, 0, 0]], attributes=[(0, 0, 0), (1, 0, 0), (0, 1, 1), (2, 1, 1)])
    assert np.flatnonzero(AttributeKnn(relation=1).fit(data, rng=RNG).score(ME)[0]).tolist() == [0, 2]


def taste_by_counting(matrix, kinds, prior, user):
    """Oracle: popularity times the user's smoothed share of the item's only kind over everybody's share."""
    popularity = matrix.sum(axis=0)
    everybody = np.array([popularity[kinds == kind].sum() for kind in range(kinds.max() + 1)]) / popularity.sum()
    own = np.array([matrix[user][kinds == kind].sum() for kind in range(kinds.max() + 1)])
    share = (own + prior * everybody) / (own.sum() + prior)
    return popularity * share[kinds] / everybody[kinds]


def test_taste_is_popularity_times_lift():
    matrix = (np.random.default_rng(1).random((12, 9)) < 0.4).astype(float)
    kinds = np.arange(9) % 3
    data = small_data(matrix, attributes=[(item, 0, kind) for item, kind in enumerate(kinds)])
    fitted = AttributeTaste(prior=2.0).fit(data, rng=RNG)
    expected = np.stack([taste_by_counting(matrix, kinds, 2.0, user) for user in range(12)])
    np.testing.assert_allclose(fitted.score(np.arange(12, dtype=np.int32)), expected, rtol=1e-4)


def test_counts_what_is_known_of_each_item():
    data = small_data([[1, 0, 0], [0, 1, 0]], attributes=[(0, 0, 0), (2, 0, 0), (2, 1, 1)])
    assert AttributeCount().fit(data, rng=RNG).score(np.array([1, 0], np.int32)).tolist() == [[1, 0, 2], [1, 0, 2]]


@pytest.mark.parametrize("model", [AttributeKnn(), AttributeTaste(), AttributeCount()])
def test_needs_an_interaction(model):
    with pytest.raises(NothingToLearn):
        model.fit(empty_data(), rng=RNG)


def test_a_relation_below_all_of_them_is_refused():
    with pytest.raises(UnknownSetting):
        AttributeKnn(relation=-2)
