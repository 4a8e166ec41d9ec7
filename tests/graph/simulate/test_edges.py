"""Edges alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InvalidValue
from graph.simulate import edge_arrays
from graph.snapshot.actions import CODE_MASK, CODES, minutes_of


@given(st.integers(2, 400), st.integers(1, 300), st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 9))
@settings(deadline=None, max_examples=40)
def test_edges_name_rows_that_are_there(users: int, products: int, follows: int, interactions: int, seed: int) -> None:
    edges = edge_arrays(users, products, follows, interactions, seed)
    assert len(edges.user) == len(edges.product) == len(edges.stamps) == interactions
    assert len(edges.follower) == len(edges.followee) == len(edges.follow_minutes) <= follows
    for rows, limit in ((edges.follower, users), (edges.followee, users), (edges.user, users)):
        assert ((rows >= 0) & (rows < limit)).all()
    assert ((edges.product >= 0) & (edges.product < products)).all()
    assert (edges.follower != edges.followee).all()
    assert len(set(zip(edges.follower, edges.followee, strict=True))) == len(edges.follower)


def test_equal_seeds_give_equal_edges_and_others_do_not() -> None:
    first, again, other = (edge_arrays(500, 400, 3000, 9000, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(getattr(first, name), getattr(again, name)) for name in first.__slots__)
    assert not np.array_equal(first.product, other.product)


def test_popularity_has_a_long_tail_on_both_sides() -> None:
    edges = edge_arrays(20_000, 20_000, 100_000, 600_000)
    for column in (edges.followee, edges.product, edges.user):
        degree = np.bincount(column, minlength=20_000)
        assert degree.max() > 15 * degree.mean()


def test_stamps_hold_a_time_in_the_year_and_a_known_action() -> None:
    stamps = edge_arrays(100, 100, 0, 5000).stamps
    assert {CODES[code][0] for code in np.unique(stamps & CODE_MASK)} == {"VIEWED", "LIKED", "BOUGHT", "RATED"}
    days = minutes_of(stamps) // (24 * 60)
    assert days.min() >= 20_089
    assert days.max() < 20_089 + 365


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(InvalidValue):
        edge_arrays(1, 10, 10, 10)
