"""What people do at the moment: as plain counting would say, within windows that slide."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.monitoring import sketch
from api.monitoring.behaviour import DAY, FUNNEL, KEPT, MINUTE_MS, Behaviour

NOW = 30_000_000 * MINUTE_MS + 17
AGES = st.integers(-3, KEPT + 30)

events = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from([*FUNNEL, "searched", "followed"]),
            "user_id": st.sampled_from("abcdef"),
            "product_id": st.sampled_from("pqrs"),
            "at": AGES.map(lambda minutes: NOW - minutes * MINUTE_MS),
        }
    ),
    max_size=60,
)


def event(kind: str, minutes_ago: int, person: str = "ana", product: str = "boot") -> dict[str, Any]:
    return {"type": kind, "user_id": person, "product_id": product, "at": NOW - minutes_ago * MINUTE_MS}


def behaviour(given_events: list[dict[str, Any]], since: int = 0) -> Behaviour:
    made = Behaviour(since)
    made.add(given_events, NOW)
    return made


def age(each: dict[str, Any]) -> int:
    """In whole minutes; a time of the next minutes is now."""
    return max(0, NOW // MINUTE_MS - each["at"] // MINUTE_MS)


@given(events, st.integers(1, 60), st.integers(1, 59))
def test_windows_count_what_plain_counting_counts(happened, minutes, at_a_time):
    made = Behaviour(0)
    for start in range(0, len(happened), at_a_time):
        made.add(happened[start : start + at_a_time], NOW)
    report = made.report(NOW, minutes)

    def within(first: int) -> Counter[str]:
        return Counter(each["type"] for each in happened if first <= age(each) < first + minutes)

    told = {each["type"]: (each["count"], each["before"], each["day_before"]) for each in report["events"]}
    now, before, yesterday = within(0), within(minutes), within(DAY)
    assert told == {kind: (now[kind], before[kind], yesterday[kind]) for kind in {*now, *before, *yesterday}}
    people = {each["user_id"] for each in happened if age(each) < minutes}
    assert report["active_users"] == len(people)
    products = Counter(each["product_id"] for each in happened if age(each) < minutes and each["type"] in FUNNEL)
    assert {each["product_id"]: each["count"] for each in report["rising"]}.items() <= products.items()


def test_the_funnel_counts_people_by_step():
    happened = [event("viewed", 1, person) for person in "abcd"] + [event("liked", 1, "a"), event("bought", 2, "a")]
    funnel = behaviour(happened).report(NOW)["funnel"]
    assert [(step["type"], step["users"], step["of_step_before"]) for step in funnel] == [
        ("viewed", 4, None),
        ("liked", 1, 0.25),
        ("carted", 0, 0.0),
        ("bought", 1, None),
    ]


def test_a_product_that_rises_stands_above_one_that_is_always_there():
    always = [event("viewed", minute % 120, product="always") for minute in range(240)]
    new = [event("viewed", 5, product="new") for _ in range(30)]
    rising = behaviour(always + new).report(NOW)["rising"]
    assert [each["product_id"] for each in rising] == ["new"]


@pytest.mark.parametrize(
    ("now", "expected", "kind"), [(100, 40, "jump"), (40, 100, "drop"), (100, 90, None), (12, 0, None), (0, 50, "drop")]
)
def test_what_comes_far_more_or_less_often_than_a_day_ago_is_told(now, expected, kind):
    happened = [event("liked", 10)] * now + [event("liked", DAY + 10)] * expected
    alerts = behaviour(happened).report(NOW)["alerts"]
    assert [each["kind"] for each in alerts] == ([kind] if kind else [])


def test_a_day_that_was_not_seen_is_no_measure():
    happened = [event("liked", 10)] * 100 + [event("liked", 70)] * 100
    since = NOW - 5 * 60 * MINUTE_MS
    report = behaviour(happened, since).report(NOW)
    assert report["events"] == [{"type": "liked", "count": 100, "before": 100, "day_before": None}]
    assert report["alerts"] == []


def test_memory_is_bounded_by_the_day_not_by_the_events():
    made = Behaviour(0)
    for minute in range(3 * DAY):
        at = NOW + minute * MINUTE_MS
        made.add([{"type": "viewed", "user_id": str(minute), "product_id": "p", "at": at}], at)
    assert len(made._buckets) <= KEPT


@pytest.mark.parametrize("people", [10, 3_000, 200_000])
def test_a_sketch_is_near_the_number_of_people(people):
    first, second = sketch.empty(), sketch.empty()
    sketch.add(first, (str(number) for number in range(people)))
    sketch.add(second, (str(number) for number in range(people // 2, people)))
    assert sketch.count([first, second]) == pytest.approx(people, rel=0.07)
