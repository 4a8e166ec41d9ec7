import numpy as np
import pytest

from embeddings.data import from_pairs
from graph.errors import InvalidValue


def rows(*values):
    return np.array(values, np.int32)


def test_a_repeated_pair_counts_once_with_its_newest_time_and_its_weights_together():
    minutes, weights = np.array([5, 9, 7], np.int64), np.array([1, 2, 3], np.float32)
    data = from_pairs(rows(1, 0, 1), rows(2, 0, 2), 2, 3, minutes=minutes, weights=weights)
    assert data.users.tolist() == [0, 1]
    assert data.items.tolist() == [0, 2]
    assert data.minutes.tolist() == [9, 7]
    assert data.weights.tolist() == [2, 4]
    assert data.matrix().toarray().tolist() == [[1, 0, 0], [0, 0, 1]]


def test_attributes_are_counted():
    data = from_pairs(rows(0), rows(0), 1, 2, attributes=(rows(0, 1), rows(0, 1), rows(4, 2)))
    assert (data.attribute_count, data.relation_count) == (5, 2)


@pytest.mark.parametrize(("users", "items"), [(rows(2), rows(0)), (rows(0), rows(-1)), (rows(0, 1), rows(0))])
def test_rows_out_of_range_are_refused(users, items):
    with pytest.raises(InvalidValue):
        from_pairs(users, items, 2, 2)
