"""
A small town::

    ana ──follows──► bo ──bought──► pan (kitchen)
     └────rated 4──► pot (kitchen)
"""

import numpy as np
import pytest

from graph.snapshot.actions import Actions, minutes_of
from graph.snapshot.view import LiveView
from tests.graph.snapshot.small import small_view


@pytest.fixture
def view(tmp_path) -> LiveView:
    return small_view(
        tmp_path,
        users=["ana", "bo", None],
        products=["pan", "pot", "old"],
        rated=[("ana", "pot", 4, 50)],
        bought=[("bo", "pan", 70), ("bo", "pan", 60)],
        follows=[("ana", "bo", 80)],
        categories={"pan": ["kitchen"], "pot": ["kitchen", "garden"]},
        properties={"Product": {"pan": {"title": 'Pan "24" 🍳', "price_minor": 990, "available": {"DE": True}}}},
        gone={"Product": ["old"]},
    )


def test_ids_become_rows_and_rows_ids(view):
    assert [view.row_of("User", each) for each in ("ana", "bo", "cy", "")] == [0, 1, -1, -1]
    assert view.ids_of("User", np.array([1, 0, 2], np.int32)) == ["bo", "ana", ""]
    assert view.rows_of("Product", ["pot", "?", "pan"]).tolist() == [1, -1, 0]


def test_every_purchase_is_an_edge_newest_first(view):
    assert view.actions.out.neighbours(1).tolist() == [0, 0]
    assert minutes_of(view.actions.out.stamps_of(1)).tolist() == [70, 60]
    assert view.actions.into.neighbours(0).tolist() == [1, 1]


def test_follows_are_seen_from_both_ends(view):
    follows = view.edges("User", "FOLLOWS", "User")
    assert follows.out.neighbours(0).tolist() == [1]
    assert follows.into.neighbours(1).tolist() == [0]


def test_an_edge_set_that_nobody_has_is_empty_and_has_the_labels_rows(view):
    muted = view.edges("User", "MUTED", "User")
    assert [muted.out.degree(row) for row in range(3)] == [0, 0, 0]
    assert len(muted.out.stamps_of(0)) == 0
    assert view.edges("Campaign", "PROMOTES", "Product").into.node_count == 3
    assert view.edges("Campaign", "PROMOTES", "Product") is view.edges("Campaign", "PROMOTES", "Product")


def test_categories_are_edges_without_stamps(view):
    inside = view.edges("Product", "IN_CATEGORY", "Category")
    assert inside.out.stamps is None
    assert view.ids_of("Category", inside.out.neighbours(1)) == ["kitchen", "garden"]


def test_properties_come_in_their_types(view):
    assert view.text("Product", "title", 0) == 'Pan "24" 🍳'
    assert view.text("Product", "title", 1) is None
    assert view.json("Product", "available", 0) == {"DE": True}
    assert view.json("Product", "categories", 1) == ["kitchen", "garden"]
    prices = view.number("Product", "price_minor")
    assert prices is not None
    np.testing.assert_array_equal(prices, [990, np.nan, np.nan])


def test_a_property_that_nobody_has_is_missing_everywhere(view):
    assert view.number("User", "birth_year") is None
    assert view.text("User", "city", 0) is None
    assert view.json("User", "consent", 0) is None


def test_deleted_and_erased_rows_are_gone(view):
    assert view.gone("Product").tolist() == [False, False, True]
    assert view.gone("User").tolist() == [False, False, True]
    assert not view.gone("Post").any()


def test_the_clock_is_the_newest_edge_and_the_kinds_are_what_is_there(view):
    assert view.latest_minutes == 80
    assert view.kinds_present & Actions.of(["bought"]).mask
    assert view.kinds_present & Actions.of(["rated>=4.5"]).mask
    assert not view.kinds_present & Actions.of(["liked", "viewed"]).mask


def test_nothing_can_be_written(view):
    for array in (view.actions.out.indices, view.gone("User"), view.number("Product", "price_minor")):
        assert not array.flags.writeable
        assert type(array) is np.ndarray
