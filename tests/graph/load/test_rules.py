"""Robots, people with hardly any actions, and references to nothing."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidMapping
from graph.load import rules
from graph.load.rules import RateRule, times_are_days
from tests.graph.load.conftest import Shop

VIEWS = """
[[events]]
file = "views.csv"
type = "viewed"
columns = { user_id = "user", product_id = "product", at = "at" }
time = "unix_s"
"""
MINUTE = 1_290_000_000 // 60 * 60


def views(rows: list[tuple[str, str, int]]) -> str:
    return "user,product,at\n" + "".join(f"{user},{product},{at}\n" for user, product, at in rows)


def test_who_acts_faster_than_people_do_is_a_robot(shop: Shop):
    busy = [("robot", f"p{n}", MINUTE + n % 60) for n in range(121)]
    human = [("human", f"p{n}", MINUTE + 30 * n) for n in range(121)]
    shop.put("views.csv", views(busy + human + [("robot", "p1", MINUTE + 86_400)]))
    report = shop.load(VIEWS)
    assert dict(report.files[0].reasons) == {"robot: too many actions in one minute": 122}
    assert {user for user, _ in shop.edges("User", "VIEWED", "Product")} == {"human"}


def test_the_rate_can_be_set_and_switched_off(shop: Shop):
    rows = views([("u1", f"p{n}", MINUTE + n) for n in range(5)] + [("u2", "p1", MINUTE)])
    shop.put("views.csv", rows)
    assert shop.load(VIEWS + "[cleaning]\nmax_actions_per_minute = 4", dry_run=True).files[0].rejected == 5
    assert shop.load(VIEWS + "[cleaning]\nmax_actions_per_minute = 0", dry_run=True).files[0].rejected == 0


def test_times_that_are_days_say_nothing_about_robots(shop: Shop):
    day = MINUTE // 86_400 * 86_400 + 7 * 3600
    rows = [("u1", f"p{n}", day + n % 3 * 86_400) for n in range(900)]
    shop.put("views.csv", views(rows))
    report = shop.load(VIEWS)
    assert report.files[0].rejected == 0
    assert report.files[0].notes == ["times are whole days: the rule against robots was not applied"]


@given(st.lists(st.integers(0, 10**13), min_size=1, max_size=30))
def test_times_are_days_agrees_with_the_obvious(at: list[int]):
    of_day = {time % 86_400_000 for time in at}
    expected = len(of_day) <= 3 and all(time % 900_000 == 0 for time in of_day)
    assert times_are_days(np.array(at)) == expected


@pytest.mark.parametrize("cells", [1, 64])
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=60), st.integers(1, 8))
def test_robots_are_those_of_a_plain_count(cells: int, actions: list[tuple[str, int]], most: int):
    """Also where all people share one counter."""
    rules.CELLS, whole = cells, rules.CELLS
    try:
        check_robots(actions, most)
    finally:
        rules.CELLS = whole


def check_robots(actions: list[tuple[str, int]], most: int) -> None:

    class Fake:
        def __init__(self) -> None:
            at = [1_290_000_000_123 + minute * 60_000 for _, minute in actions]
            self.columns = {"user_id": [user for user, _ in actions], "at": at}

        def standing(self) -> dict[str, list[object]]:
            return self.columns

    rule = RateRule(most)
    rule.observe(Fake())  # type: ignore[arg-type]
    expected = {user for (user, _), count in Counter(actions).items() if count > most}
    assert rule.suspicious() or not expected
    rule.count(Fake())  # type: ignore[arg-type]
    assert rule.robots() == expected


def test_people_with_too_few_actions_are_left_out_but_their_follows_stay(shop: Shop):
    shop.put("views.csv", views([("u1", "p1", 1), ("u1", "p2", 2), ("u2", "p1", 3)]))
    shop.put("follows.csv", "a,b\nu2,u1\n")
    follows = '[[events]]\nfile = "follows.csv"\ntype = "followed"\ncolumns = { user_id = "a", other_id = "b" }\n'
    report = shop.load(VIEWS + follows + "[cleaning]\nmin_actions_per_user = 2")
    assert dict(report.files[0].reasons) == {"person with too few actions": 1}
    assert shop.edges("User", "FOLLOWS", "User") == [("u2", "u1")]


PRODUCTS = '[[nodes]]\nfile = "products.csv"\nlabel = "Product"\ncolumns = { id = "id" }\n'
USERS = PRODUCTS.replace("products.csv", "users.csv").replace("Product", "User")


def test_references_to_nothing_make_nodes_unless_they_are_refused(shop: Shop):
    shop.put("products.csv", "id\np1\n")
    shop.put("users.csv", "id\nu1\n")
    shop.put("views.csv", views([("u1", "p1", 1), ("u1", "p2", 2), ("u2", "p1", 3)]))
    strict = PRODUCTS + USERS + VIEWS + '[cleaning]\nunknown = "reject"'
    report = shop.load(strict, dry_run=True)
    assert dict(report.files[2].reasons) == {
        "product_id names no Product that is known": 1,
        "user_id names no User that is known": 1,
    }
    assert shop.load(PRODUCTS + USERS + VIEWS).files[2].rejected == 0


def test_nodes_of_the_store_are_known_too(shop: Shop):
    shop.put("products.csv", "id\np1\n")
    shop.put("users.csv", "id\nu1\n")
    shop.load(PRODUCTS + USERS)
    shop.put("views.csv", views([("u1", "p1", 1), ("u9", "p1", 3)]))
    report = shop.load(VIEWS + '[cleaning]\nunknown = "reject"')
    assert (report.files[0].kept, report.files[0].rejected) == (1, 1)


def test_refusing_what_nothing_at_all_is_known_of_is_a_mistake(shop: Shop):
    shop.put("views.csv", views([("u1", "p1", 1)]))
    with pytest.raises(InvalidMapping, match="neither a table nor the store has any User; load"):
        shop.load(VIEWS + '[cleaning]\nunknown = "reject"')
