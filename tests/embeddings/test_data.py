import numpy as np
import pytest

from embeddings.data import from_pairs, from_view
from graph.errors import InvalidValue
from graph.snapshot.actions import Actions
from tests.graph.snapshot.small import small_view


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


def test_knowledge_becomes_attributes_one_relation_a_predicate_and_a_product_stays_an_item(tmp_path):
    told = {"shop": {"goes_with": ["Product:lid"], "made_of": ["Entity:iron", "Product:gone"]}}
    view = small_view(
        tmp_path,
        users=["u"],
        products=["pan", "lid", "gone"],
        bought=[("u", "pan", 5)],
        properties={"Product": {"pan": {"brand": "acme", "related": told}}},
        gone={"Product": ["gone"]},
    )
    data = from_view(view, Actions.of())
    assert data.entity_items is not None
    predicates = view.predicates
    goes_with, made_of = (3 + predicates.index(name) for name in ("goes_with", "made_of"))
    items = data.entity_items[data.attribute_entities]
    facts = sorted(zip(data.attribute_items.tolist(), data.attribute_relations.tolist(), items.tolist(), strict=True))
    assert facts == sorted([(0, 1, -1), (0, goes_with, 1), (0, made_of, -1)])


def test_without_knowledge_no_attribute_is_an_item(tmp_path):
    view = small_view(tmp_path, users=["u"], bought=[("u", "pan", 5)], categories={"pan": ["kitchen"]})
    assert from_view(view, Actions.of()).entity_items is None
