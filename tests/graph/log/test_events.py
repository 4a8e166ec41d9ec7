from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidEvent
from graph.log.events import check_event, check_id, format_time, milliseconds, new_id, parse_time
from graph.schema import EVENTS, Type

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BOUGHT = {"event_id": "e1", "type": "bought", "user_id": "u1", "product_id": "p1", "at": "2026-11-22T10:00:00Z"}


def refusal(body):
    with pytest.raises(InvalidEvent) as raised:
        check_event(body, NOW)
    return raised.value


def test_the_event_of_the_interface_comes_out_in_the_form_of_the_log():
    event = {**BOUGHT, "quantity": 2, "price_minor": 1990, "currency": "EUR", "order_id": "o7", "session_id": "s3"}
    assert check_event(event, NOW) == {**event, "at": milliseconds(datetime(2026, 11, 22, 10, tzinfo=UTC))}


@pytest.mark.parametrize("kind", EVENTS)
def test_every_event_type_can_be_told_and_checked_again(kind):
    samples = {Type.STRING: "Post", Type.INTEGER: 1, Type.FLOAT: 1.0, Type.IDS: ["x"], Type.JSON: {"a": 1}}
    fields = {f.name: samples[f.type] for f in EVENTS[kind].fields if not (kind == "shared" and f.name == "post_id")}
    checked = check_event({"user_id": "u", **fields, "type": kind}, NOW)
    assert check_event({**checked, "at": format_time(checked["at"])}, NOW) == checked
    assert orjson.loads(orjson.dumps(checked)) == checked


def test_an_event_without_an_id_gets_one_that_sorts_by_time():
    early = check_event({k: v for k, v in BOUGHT.items() if k != "event_id"}, NOW)["event_id"]
    assert UUID(early).version == 7
    assert UUID(early).variant == UUID(new_id(NOW)).variant == "specified in RFC 4122"
    assert early < new_id(NOW + timedelta(milliseconds=1)) < new_id(NOW + timedelta(days=9999))


def test_an_event_without_a_time_is_of_the_moment_of_receipt():
    assert check_event({**BOUGHT, "at": None}, NOW)["at"] == milliseconds(NOW)


def test_a_time_in_the_future_is_set_back_to_five_minutes_from_now():
    assert check_event({**BOUGHT, "at": "2999-01-01T00:00:00Z"}, NOW)["at"] == milliseconds(NOW) + 300_000
    assert check_event({**BOUGHT, "at": "2026-11-22T12:04:59Z"}, NOW)["at"] == milliseconds(NOW) + 299_000


@given(st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30)), st.integers(-1439, 1439))
def test_times_keep_their_moment_through_any_zone(naive, offset):
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=offset)))
    found = parse_time("at", moment.isoformat())
    assert found == milliseconds(moment)
    assert parse_time("at", format_time(found)) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:01.5z", 1500),
        ("1970-01-01 00:00:00.0019999999Z", 1),
        ("1970-01-01T01:00:00+01:00", 0),
        ("2016-12-31T23:59:60Z", 1483228799999),
    ],
)
def test_all_forms_of_the_standard_are_read(text, expected):
    assert parse_time("at", text) == expected


@pytest.mark.parametrize(
    ("related", "reason"),
    [
        ("oak", "must be a JSON object"),
        ({"shop": ["Entity:oak"]}, "must be a JSON object"),
        ({"shop": {"made of": "Entity:oak"}}, "must be a list"),
        ({"shop": {"made of": ["oak"]}}, "is no label:id"),
        ({"shop": {"made of": ["User:ann"]}}, "is no label:id"),
        ({"shop": {"made of": ["Entity:"]}}, "has 0 bytes"),
        ({"shop": {"": ["Entity:oak"]}}, "has 0 bytes"),
    ],
)
def test_knowledge_of_another_form_is_refused(related, reason):
    found = refusal({"type": "product", "product_id": "p", "properties": {"related": related}})
    assert found.field.startswith("related")
    assert reason in found.reason


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-22", "2026-11-22T10:00:00", "2026-13-01T00:00:00Z", "2026-11-22T10:00Z", "1969-12-31T23:59:59Z",
     "yesterday", "1795341600", "٢٠٢٦-11-22T10:00:00Z", "0001-01-01T00:00:00+23:00", "2026-11-22T10:00:00+25:00"],
)  # fmt: skip
def test_other_texts_are_no_times(text):
    assert refusal({**BOUGHT, "at": text}).field == "at"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "ate"}, "type"),
        ({"type": None}, "type"),
        ({"type": ["bought"]}, "type"),
        ({"user_id": None}, "user_id"),
        ({"user_id": ""}, "user_id"),
        ({"user_id": 7}, "user_id"),
        ({"user_id": "u" * 257}, "user_id"),
        ({"user_id": "é" * 129}, "user_id"),
        ({"user_id": "\ud800"}, "user_id"),
        ({"product_id": None}, "product_id"),
        ({"event_id": 1}, "event_id"),
        ({"at": 1795341600}, "at"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"price_minor": -1}, "price_minor"),
        ({"price_minor": 1 << 63}, "price_minor"),
        ({"type": "rated"}, "value"),
        ({"type": "rated", "value": 5.5}, "value"),
        ({"type": "rated", "value": float("nan")}, "value"),
        ({"type": "rated", "value": 10**400}, "value"),
        ({"type": "rated", "value": "5"}, "value"),
        ({"type": "shared", "with": "u2"}, "with"),
        ({"type": "shared", "post_id": "q"}, "product_id"),
    ],
)
def test_what_breaks_the_form_is_refused_and_the_field_named(change, field):
    extra = {k: v for k, v in BOUGHT.items() if change.get("type") is None or k != "quantity"}
    assert refusal({**extra, **change}).field == field


@pytest.mark.parametrize("body", [[], "bought", 1, None])
def test_what_is_no_object_is_no_event(body):
    assert refusal(body).field == "event"


def test_a_misspelt_field_is_named_with_those_that_there_are():
    error = refusal({**BOUGHT, "quantitty": 2})
    assert "quantitty" in str(error)
    assert "quantity" in str(error)


def test_nobody_follows_themselves():
    assert refusal({"type": "followed", "user_id": "u", "other_id": "u"}).field == "other_id"


def test_only_nodes_of_a_known_label_can_be_deleted():
    assert refusal({"type": "deleted", "label": "Thing", "id": "x"}).field == "label"


def test_errors_stay_short_whatever_came():
    assert len(str(refusal({**BOUGHT, "type": "x" * 10_000}))) < 1000
    assert len(str(refusal({**BOUGHT, "user_id": "x" * 10_000}))) < 200
    assert len(str(refusal({**BOUGHT, "at": "x" * 10_000}))) < 200
    assert len(str(refusal({**BOUGHT, "x" * 10_000: 1}))) < 500


def test_unknown_properties_go_under_attributes_and_null_removes():
    properties = {"title": None, "colour": "red", "attributes": {"size": 4}, "created_at": "1970-01-01T00:00:01Z"}
    checked = check_event({"type": "product", "product_id": "p", "properties": properties}, NOW)
    assert checked["properties"] == {
        "title": None,
        "created_at": 1000,
        "attributes": {"size": 4, "colour": "red"},
    }


@pytest.mark.parametrize(
    "properties",
    [{"brand": ""}, {"categories": ["x" * 300]}, {"attributes": [1]}, {"title": 5}, {"price_minor": "5"}, ["title"]],
)
def test_properties_are_checked_against_their_declaration(properties):
    refusal({"type": "product", "product_id": "p", "properties": properties})


def test_a_choice_is_one_of_the_declared_ones():
    refusal({"type": "user", "user_id": "u", "properties": {"visibility": "hidden"}})


@given(st.text(min_size=1, max_size=256))
def test_an_id_is_any_text_of_1_to_256_bytes(text):
    if len(text.encode()) <= 256:
        assert check_id("id", text) == text
    else:
        with pytest.raises(InvalidEvent):
            check_id("id", text)
