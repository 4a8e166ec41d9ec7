"""What a message holds: an event, or a reason why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.consuming.messages import LONGEST, event_of, sort_out
from graph.log.events import milliseconds
from tests.api.consuming.messages import Sent

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
LIKED = {"type": "liked", "user_id": "ana", "product_id": "boot"}

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def sent(body: object, **fields: object) -> Sent:
    return Sent(orjson.dumps(body), **fields)  # type: ignore[arg-type]


def read(message: Sent, now: datetime) -> dict[str, Any]:
    return event_of(message, now, {}, 0)


def test_an_event_keeps_its_own_id_and_time():
    event = read(sent({**LIKED, "event_id": "e1", "at": "2026-11-21T00:00:00Z"}), NOW)
    assert event == {**LIKED, "event_id": "e1", "at": milliseconds(datetime(2026, 11, 21, tzinfo=UTC))}


def test_a_message_delivered_twice_is_one_event():
    first = read(sent(LIKED, place=7), NOW)
    assert read(sent(LIKED, place=7), NOW + timedelta(hours=1)) == first
    assert first["at"] == 1_700_000_000_000


def test_a_message_delivered_again_is_known_by_the_time_it_came_with():
    ahead = sent({**LIKED, "at": "2026-11-24T00:00:00Z"}, place=7)
    dated = sent({**LIKED, "at": "2026-11-20T00:00:00Z"}, place=8)
    of_message = sent(LIKED, place=9, at=milliseconds(NOW) + 86_400_000)
    found = sort_out([ahead, dated, of_message, sent(LIKED, place=10, at=-1)], NOW)
    expected = {0: milliseconds(datetime(2026, 11, 24, tzinfo=UTC)), 2: milliseconds(NOW) + 86_400_000, 3: None}
    assert found.told == expected


def test_another_place_is_another_event():
    assert read(sent(LIKED, place=7), NOW)["event_id"] != read(sent(LIKED, place=8), NOW)["event_id"]


def test_a_topic_that_was_made_anew_brings_new_events():
    again = sent(LIKED, place=7, at=1_700_000_000_001)
    assert read(sent(LIKED, place=7), NOW)["event_id"] != read(again, NOW)["event_id"]


def test_a_clock_that_runs_fast_makes_no_event_of_the_future():
    assert read(sent(LIKED, at=milliseconds(NOW) * 2), NOW)["at"] == milliseconds(NOW)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "is empty"),
        (b" ", "is empty"),
        (b"{", "is no JSON"),
        (b"\xff\xfe{}", "is no JSON"),
        (b"[]", "is no JSON object"),
        (b"[" * 100_000 + b"]" * 100_000, "is no JSON"),
        (b'{"type":"liked"}', "user_id"),
        (b'{"type":"danced","user_id":"a"}', "is no event type"),
        (b'{"text":"' + b"x" * LONGEST + b'"}', "one may have"),
    ],
)
def test_what_is_no_event_is_a_letter_with_a_reason(content: bytes | None, reason: str):
    found = sort_out([Sent(content)], NOW)
    assert not found.events
    assert reason in found.letters[0].reason
    assert (found.letters[0].value, found.letters[0].key) == (content, b"key")


@given(st.lists(st.binary(max_size=40) | anything.map(lambda body: orjson.dumps(body)) | st.just(orjson.dumps(LIKED))))
def test_every_message_is_an_event_or_a_letter(contents: list[bytes]):
    found = sort_out([Sent(content, place) for place, content in enumerate(contents)], NOW)
    assert len(found.events) + len(found.letters) == len(contents)
    assert len(found.events) >= contents.count(orjson.dumps(LIKED))
