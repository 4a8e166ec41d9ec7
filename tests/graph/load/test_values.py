"""Columns read at once and values read one by one agree."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.load import values
from graph.load.times import TimeReader
from graph.load.values import Converted, Rule, convert
from graph.schema import Property, Type

texts = st.one_of(
    st.sampled_from(
        ["", "NULL", " a ", "1", "5", "3.5", "1_0", "nan", "inf", "-2", "1e3", "9" * 5000, "x" * 300, "🦊" * 70, "٣"]
    ),
    st.text(max_size=4),
)
numbers = st.one_of(st.integers(-3, 9), st.integers(-(2**70), 2**70))
columns = st.one_of(st.lists(texts, max_size=6), st.lists(numbers, max_size=6), st.lists(st.one_of(texts, numbers)))
kinds = st.sampled_from([Type.STRING, Type.INTEGER, Type.FLOAT, Type.IDS])


@given(
    columns,
    kinds,
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from([(None, None), (1, 5), (None, 3)]),
    st.sampled_from(["", ","]),
)
def test_a_column_at_once_gives_what_its_values_give_one_by_one(
    column: list[object],
    kind: Type,
    is_id: bool,
    text: bool,
    whole: bool,
    span: tuple[int | None, int | None],
    split: str,
):
    low, high = span if kind in {Type.INTEGER, Type.FLOAT} else (None, None)
    declared = Property("x", kind, "", minimum=low, maximum=high)
    missing = frozenset({"", "NULL"})
    rule = Rule(declared, is_id or kind is Type.IDS, missing=missing, whole=whole, split=split)
    rule = rule if text else rule.of_values()
    at_once = convert(column, rule)
    quick, values._quick = values._quick, lambda *_: None
    try:
        one_by_one = convert(column, rule)
    finally:
        values._quick = quick
    assert at_once == one_by_one


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("true", Type.BOOLEAN, True),
        ("No", Type.BOOLEAN, False),
        ("3.0", Type.INTEGER, 3),
        (3.0, Type.INTEGER, 3),
        ('{"a": 1}', Type.JSON, {"a": 1}),
        ("False", Type.JSON, False),
        ("plain", Type.JSON, "plain"),
    ],
)
def test_values_come_out_in_their_type(value: object, kind: Type, expected: object):
    assert convert([value], Rule(Property("x", kind, ""))) == Converted([expected])


@pytest.mark.parametrize(
    ("value", "kind", "reason"),
    [
        ("3.7", Type.INTEGER, "x is not a whole number"),
        ("99999999999999999999", Type.INTEGER, "x is too large"),
        ("maybe", Type.BOOLEAN, "x is neither true nor false"),
        ("{oops", Type.JSON, "x is not JSON"),
        (float("nan"), Type.FLOAT, "x is not a number"),
        (["a"], Type.STRING, "x is no text"),
        ("\ud800", Type.STRING, "x holds half a character"),
    ],
)
def test_values_that_cannot_be_have_a_reason(value: object, kind: Type, reason: str):
    assert convert([value], Rule(Property("x", kind, ""))).bad == {0: reason}


def test_prices_are_scaled_without_losing_a_cent():
    rule = Rule(Property("price_minor", Type.INTEGER, "", minimum=0), scale=100.0)
    prices = [f"{cents / 100:.2f}" for cents in range(100_000)]
    assert convert(prices, rule).values == list(range(100_000))


@given(st.integers(0, 4_000_000_000))
def test_seconds_come_out_as_the_same_moment(seconds: int):
    now = datetime(2200, 1, 1, tzinfo=UTC)
    read = TimeReader("unix_s", "", now)
    assert read.one(str(seconds)) == read.one(float(seconds)) == (seconds * 1000, False)
    assert read.column([str(seconds)]) == read.column([seconds]) == [seconds * 1000]
    text = datetime.fromtimestamp(seconds, UTC).isoformat()
    assert TimeReader("", "", now).one(text) == (seconds * 1000, False)


@given(st.lists(st.one_of(st.integers(-5, 5), st.integers(1_789_999_000, 1_790_200_000)), min_size=1, max_size=4))
def test_times_at_once_are_those_read_one_by_one(seconds: list[int]):
    declared = Property("at", Type.TIME, "")
    reader = TimeReader("unix_s", "", datetime(2026, 9, 21, 14, tzinfo=UTC))
    for column in (seconds, list(map(str, seconds))):
        at_once = convert(column, Rule(declared, time=reader))
        one_by_one = [convert([value], Rule(declared, time=reader)) for value in column]
        assert at_once.values == [each.values[0] for each in one_by_one]
        assert len(at_once.bad) == sum(len(each.bad) for each in one_by_one)
        assert len(at_once.repaired) == sum(len(each.repaired) for each in one_by_one)
