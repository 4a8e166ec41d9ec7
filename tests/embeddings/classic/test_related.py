import numpy as np
import pytest

from embeddings.classic.related import Related, linking_relations, links
from embeddings.errors import NothingToLearn, UnknownSetting
from tests.embeddings.classic.small import empty_data, small_data

RNG = np.random.default_rng(0)
ME = np.array([0], np.int32)
# item 0 names items 1 and 2; item 3 names item 0; item 4 names item 5; entity 5 is no item
FACTS = [(0, 0, 1), (0, 0, 2), (3, 1, 0), (4, 0, 3), (0, 0, 4)]
ENTITY_ITEMS = [0, 1, 2, 5, -1]


def linked():
    return small_data([[1, 0, 0, 0, 0, 0]], attributes=FACTS, entity_items=ENTITY_ITEMS)


def test_reaches_what_the_own_item_names_and_what_names_it():
    scores = Related(exponent=1.0, back=0.5).fit(linked(), rng=RNG).score(ME)[0]
    np.testing.assert_allclose(scores, [0, 0.5, 0.5, 0.5, 0, 0])


def test_one_direction_or_one_relation_can_be_asked_for_alone():
    onward = Related(back=0.0).fit(linked(), rng=RNG).score(ME)[0]
    assert np.flatnonzero(onward).tolist() == [1, 2]
    back = Related(relation=1).fit(linked(), rng=RNG).score(ME)[0]
    assert np.flatnonzero(back).tolist() == [3]


def test_agrees_with_sums_over_dense_links():
    rng = np.random.default_rng(3)
    matrix = (rng.random((7, 9)) < 0.3).astype(float)
    pairs = np.unique(rng.integers(0, 9, (25, 2)), axis=0)
    data = small_data(matrix, attributes=[(a, 0, b) for a, b in pairs], entity_items=range(9))
    dense = np.zeros((9, 9))
    for a, b in pairs:
        dense[a, b] = a != b
    dense /= np.maximum(dense.sum(axis=1, keepdims=True), 1) ** 0.3
    actual = Related(back=2.0).fit(data, rng=RNG).score(np.arange(7, dtype=np.int32))
    np.testing.assert_allclose(actual, matrix @ (dense + 2.0 * dense.T), rtol=1e-5, atol=1e-6)


def test_an_item_that_names_itself_is_no_link():
    data = small_data([[1, 0]], attributes=[(0, 0, 0)], entity_items=[0])
    assert links(data).nnz == 0


def test_relations_that_join_items_come_largest_first():
    assert linking_relations(linked()) == [0, 1]
    assert linking_relations(small_data([[1]], attributes=[(0, 0, 0)])) == []


def test_needs_an_interaction_and_settings_in_range():
    with pytest.raises(NothingToLearn):
        Related().fit(empty_data(), rng=RNG)
    with pytest.raises(UnknownSetting):
        Related(onward=-1.0)
