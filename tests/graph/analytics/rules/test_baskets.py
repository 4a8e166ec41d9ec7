"""Baskets out of a view, a store and a log, and who is in none."""

from datetime import UTC, datetime

import numpy as np
import pytest

from graph.analytics.rules import By, Of
from graph.analytics.rules.baskets import left_out, make_baskets, of_days, of_orders, of_people, of_sessions
from graph.analytics.rules.features import age_band, features_of
from graph.folder import DataFolder
from graph.log.events import check_event
from graph.log.project import project
from graph.snapshot.actions import Actions
from graph.snapshot.build import build_snapshot
from graph.snapshot.view import LiveView
from tests.graph.snapshot.small import small_view

DAY = 1440
BOUGHT = Actions.of(["bought"])


def contents(baskets):
    """Each basket as the set of its items' ids."""
    held = baskets.held.toarray()
    return sorted(sorted(baskets.items[item][1] for item in np.flatnonzero(row)) for row in held)


@pytest.fixture
def view(tmp_path):
    """Ana bought on two days, Bo once and once at an unknown time; Cy only looked; ``old`` is ended."""
    now = 20_000 * DAY
    return small_view(
        tmp_path,
        users=["ana", "bo", "cy", "dee", "eve"],
        bought=[
            ("ana", "pan", now),
            ("ana", "lid", now + 5),
            ("ana", "pan", now + DAY),
            ("ana", "old", now + DAY),
            ("bo", "pan", now),
            ("bo", "cup", 0),
            ("dee", "pan", now),
            ("eve", "lid", now),
        ],
        viewed=[("cy", "cup", now)],
        categories={"pan": ["kitchen"], "lid": ["kitchen"], "cup": ["kitchen", "table"]},
        properties={
            "User": {
                "ana": {"country": "DE", "birth_year": 1990},
                "bo": {"country": "FR"},
                "dee": {"visibility": "private"},
                "eve": {"consent": {"analytics": False}},
            },
            "Product": {"pan": {"brand": "Iron"}},
        },
        edges={("User", "MEMBER_OF", "Community"): [("ana", "cooks", now)]},
        gone={"Product": ["old"]},
    )


def test_a_day_is_a_basket_and_what_has_ended_or_has_no_time_is_in_none(view):
    baskets = make_baskets(view, of_days(view, BOUGHT), By.DAY)
    assert contents(baskets) == [["lid"], ["lid", "pan"], ["pan"], ["pan"], ["pan"]]


def test_a_person_is_a_basket_of_all_that_they_chose(view):
    baskets = make_baskets(view, of_people(view, BOUGHT), By.PERSON)
    assert contents(baskets) == [["cup", "pan"], ["lid"], ["lid", "pan"], ["pan"]]


def test_people_who_are_private_or_do_not_agree_are_in_none(view):
    out = left_out(view)
    assert [view.id_of("User", row) for row in np.flatnonzero(out)] == ["dee", "eve"]
    baskets = make_baskets(view, of_people(view, BOUGHT).without(out), By.PERSON)
    assert contents(baskets) == [["cup", "pan"], ["lid", "pan"]]


def test_a_basket_may_hold_categories_or_brands_instead(view):
    chosen = of_people(view, BOUGHT).without(left_out(view))
    assert contents(make_baskets(view, chosen, By.PERSON, Of.CATEGORY)) == [["kitchen"], ["kitchen", "table"]]
    assert contents(make_baskets(view, chosen, By.PERSON, Of.BRAND)) == [["Iron"], ["Iron"]]


def test_traits_lie_in_the_baskets_of_their_people(view):
    baskets = make_baskets(view, of_people(view, BOUGHT).without(left_out(view)), By.PERSON, traits=True)
    assert contents(baskets) == [
        ["age=25-34", "community=cooks", "country=DE", "lid", "pan"],
        ["country=FR", "cup", "pan"],
    ]
    assert {label for label, each in baskets.items if "=" in each} == {"person"}


@pytest.mark.parametrize(
    ("year", "band"),
    [(2020, "under-18"), (2006, "18-24"), (2007, "under-18"), (1959, "65-or-more"), (1900, "65-or-more"), (2050, None)],
)
def test_an_age_is_that_at_the_time_of_the_graph(tmp_path, year, band):
    """Day 20,000 since 1970 lies in 2024."""
    view = small_view(
        tmp_path, bought=[("ana", "pan", 20_000 * DAY)], properties={"User": {"ana": {"birth_year": year}}}
    )
    assert age_band(view, 0) == band


def test_without_anything_there_are_no_baskets(tmp_path):
    view = small_view(tmp_path, users=["ana"])
    for chosen, by in ((of_days(view, BOUGHT), By.DAY), (of_people(view, BOUGHT), By.PERSON)):
        assert make_baskets(view, chosen, by, traits=True).count == 0
    assert features_of(view, [0]) == ([], [], [])


@pytest.fixture
def folder(tmp_path):
    """Orders and sessions, as events that came in one by one."""
    told = [
        {"type": "bought", "user_id": "ana", "product_id": "pan", "order_id": "1", "session_id": "x"},
        {"type": "bought", "user_id": "ana", "product_id": "lid", "order_id": "1", "session_id": "x"},
        {"type": "bought", "user_id": "bo", "product_id": "cup", "order_id": "1"},
        {"type": "bought", "user_id": "bo", "product_id": "pan"},
        {"type": "viewed", "user_id": "ana", "product_id": "cup", "session_id": "x"},
        {"type": "viewed", "user_id": "ana", "product_id": "cup", "session_id": "y"},
        {"type": "searched", "user_id": "ana", "text": "cup", "session_id": "x"},
        {"type": "followed", "user_id": "ana", "other_id": "bo", "session_id": "x"},
    ]
    folder = DataFolder(tmp_path / "data")
    with folder.owned():
        log, store = folder.open_log(), folder.open_store()
        log.append([check_event(each, datetime(2026, 11, 22, tzinfo=UTC)) for each in told])
        project(log, store, lambda _: None)
        snapshot = build_snapshot(store, folder.snapshots)
    yield log, store, LiveView(snapshot)
    log.close()
    store.close()


def test_an_order_is_a_basket_of_one_person(folder):
    _, store, view = folder
    assert contents(make_baskets(view, of_orders(store, view), By.ORDER)) == [["cup"], ["lid", "pan"]]


def test_a_session_is_a_basket_of_what_counts_in_it(folder):
    log, _, view = folder
    seen = of_sessions(log, view, ["viewed", "bought"])
    assert contents(make_baskets(view, seen, By.SESSION)) == [["cup"], ["cup", "lid", "pan"]]
    bought = of_sessions(log, view, ["bought"])
    assert contents(make_baskets(view, bought, By.SESSION)) == [["lid", "pan"]]
