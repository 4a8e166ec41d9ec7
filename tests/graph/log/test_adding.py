"""Many events at once are what they would be one by one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.log.adding import AT_A_TIME
from graph.log.bulk import DAY_MS
from graph.log.sqlite import KNOWN_DAYS, SqliteEventLog
from graph.log.verify import verify_log

PEOPLE = st.sampled_from("abc")
events = st.fixed_dictionaries(
    {
        "event_id": st.integers(0, 8).map(str),
        "user_id": PEOPLE,
        "type": st.sampled_from(["liked", "liked", "searched", "erased"]),
        "at": st.none() | st.integers(0, 40).map(lambda day: day * DAY_MS),
        "text": st.just("warm boots"),
        "told": st.just("at") | st.none() | st.integers(0, 40).map(lambda day: day * DAY_MS),
    }
)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteEventLog]:
    log = SqliteEventLog(tmp_path / "log.sqlite", durability="normal")
    yield log
    log.close()


def kept(given: dict[str, Any]) -> dict[str, Any]:
    fields = {"liked": ("user_id",), "searched": ("user_id", "text"), "erased": ("user_id",)}[given["type"]]
    return {name: given[name] for name in ("event_id", "type", "at", *fields)}


def one_by_one(happened: list[dict[str, Any]]) -> list[bool]:
    """Oracle: whether each is new, by the rule itself."""
    days: dict[str, set[int]] = {}
    new = []
    for each in happened:
        given = -1 if each["at"] is None else each["at"] // DAY_MS
        came = given if each["told"] in ("at", None) else each["told"] // DAY_MS
        back = KNOWN_DAYS if each["told"] is None and each["at"] is not None else 1
        known = days.setdefault(each["event_id"], set())
        new.append(not any(abs(came - other) <= back for other in known))
        if new[-1]:
            known |= {given, came}
    return new


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(events, max_size=12), max_size=4))
def test_events_are_new_or_known_as_one_by_one(groups):
    with (
        TemporaryDirectory() as folder,
        closing(SqliteEventLog(Path(folder) / "log.sqlite", durability="normal")) as log,
    ):
        positions = []
        for group in groups:
            told = {place: each["told"] for place, each in enumerate(group) if each["told"] != "at"}
            positions += log.append([kept(each) for each in group], told=told)
        happened = [each for group in groups for each in group]
        assert [position is not None for position in positions] == one_by_one(happened)
        there = [position for position in positions if position is not None]
        assert [int(position.rpartition("-")[2]) for position in there] == list(range(1, len(there) + 1))
        people_left = people_at_the_end(happened, positions)
        found = [(record.position, record.body.get("user_id")) for record in log.read(None)]
        assert found == people_left


def people_at_the_end(happened: list[dict[str, Any]], positions: list[str | None]) -> list[tuple[str, str]]:
    """Oracle: an erasure takes everything of its person before it."""
    left: list[tuple[str, str]] = []
    for each, position in zip(happened, positions, strict=True):
        if position is not None:
            if each["type"] == "erased":
                left = [one for one in left if one[1] != each["user_id"]]
            left.append((position, each["user_id"]))
    return left


def test_more_events_than_one_statement_takes(log):
    many = [
        {"event_id": str(n), "type": "liked", "user_id": "a", "product_id": "p", "at": 1} for n in range(3 * AT_A_TIME)
    ]
    assert all(log.append(many))
    assert not any(log.append(many[::-1]))
    assert verify_log(log.path, log.imports, log.path.parent / "keys.sqlite").problems == []


def test_a_position_is_never_used_again(log):
    liked = {"type": "liked", "user_id": "a", "product_id": "p", "at": 1}
    log.append([{**liked, "event_id": "1"}, {**liked, "event_id": "2"}])
    with closing(sqlite3.connect(log.path)) as other:
        other.execute("DELETE FROM records WHERE position = 2")
        other.commit()
    (position,) = log.append([{**liked, "event_id": "3"}])
    assert position.endswith("-3")


def test_keys_are_looked_for_one_by_one_not_by_reading_a_day_through(log):
    statement = "SELECT day, key FROM event_ids WHERE day IN (?, ?, ?) AND key IN (?, ?)"
    with closing(sqlite3.connect(log.path)) as other:
        plan = [row[3] for row in other.execute(f"EXPLAIN QUERY PLAN {statement}", (1, 2, 3, b"a", b"b"))]
    assert any("(day=? AND key=?)" in line for line in plan), plan
