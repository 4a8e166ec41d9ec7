"""Values for the parameters of named queries: typed, checked, never pasted."""

from __future__ import annotations

import pytest

from graph.errors import InvalidValue
from graph.query_parameters import checked, parameter

DECLARED = {
    "user_id": "STRING, id of a User",
    "limit": "INTEGER, 1 to 500, how many, default 20",
    "share": "FLOAT, 0 to 1, part of all, default 0.5",
    "actions": 'LIST<STRING>, what counts, default ["BOUGHT"]',
    "now": "TIME, the present, default newest",
    "weights": 'MAP<FLOAT>, by kind, default {"BOUGHT": 3.0}',
    "whole": "BOOLEAN, all of it, default false",
}


def values(**given):
    return checked("some_query", DECLARED, {"user_id": "u", **given}, newest_ms=77)


def test_what_is_not_given_has_its_default():
    assert values() == {
        "user_id": "u", "limit": 20, "share": 0.5, "actions": ["BOUGHT"], "now": 77, "whole": False,
        "weights": {"BOUGHT": 3.0},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "given", "meant"),
    [
        ("limit", "5", 5),
        ("limit", 5.0, 5),
        ("share", "0.25", 0.25),
        ("share", 1, 1.0),
        ("actions", "LIKED, BOUGHT", ["LIKED", "BOUGHT"]),
        ("actions", '["LIKED"]', ["LIKED"]),
        ("actions", [], []),
        ("weights", '{"LIKED": 1}', {"LIKED": 1.0}),
        ("weights", {"LIKED": "2"}, {"LIKED": 2.0}),
        ("now", "1970-01-01T00:00:01Z", 1000),
        ("now", "1970-01-01T01:00:01+01:00", 1000),
        ("whole", "True", True),
        ("user_id", "' OR 1=1 //", "' OR 1=1 //"),
    ],
)
def test_a_value_is_read_from_json_and_from_text(name, given, meant):
    assert values(**{name: given})[name] == meant


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("limit", 0, "not within 1 to 500"),
        ("limit", "many", "'many' is no INTEGER"),
        ("limit", 2.5, "no INTEGER"),
        ("limit", True, "no INTEGER"),
        ("limit", "9" * 40, "no INTEGER"),
        ("share", float("nan"), "no FLOAT"),
        ("share", "inf", "no FLOAT"),
        ("user_id", 5, "no STRING"),
        ("user_id", "x" * 10_001, "no STRING"),
        ("actions", [["BOUGHT"]], "no STRING"),
        ("actions", 3, "no list"),
        ("actions", "[BOUGHT", "no list"),
        ("weights", "BOUGHT", "no object"),
        ("weights", {"BOUGHT": "much"}, "no FLOAT"),
        ("now", "yesterday", "no time"),
        ("now", "2026-01-01T00:00:00", "no time"),
        ("whole", 1, "no BOOLEAN"),
        ("colour", "red", "no such parameter"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name(name, given, reason):
    with pytest.raises(InvalidValue, match=reason) as error:
        values(**{name: given})
    assert error.value.name == name


def test_what_has_no_default_must_be_given():
    with pytest.raises(InvalidValue, match="some_query needs it: STRING, id of a User"):
        checked("some_query", DECLARED, {}, newest_ms=0)


def test_a_type_that_is_not_known_is_refused():
    with pytest.raises(InvalidValue, match="'TEXT'"):
        parameter("some_query", "x", "TEXT, what")
