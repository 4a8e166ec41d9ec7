"""Single events into the embedded log's tables, many at a time: one statement for all instead of four for each."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from graph.errors import InvalidEvent
from graph.log.bulk import REMEMBER, day_of, event_key
from graph.log.erasing import people_of
from graph.log.tables import RECORD_VERSION

AT_A_TIME = 500
"""Keys that one statement looks for."""
LAST = "SELECT seq FROM sqlite_sequence WHERE name = 'records'"


@dataclass(frozen=True, slots=True)
class Identified:
    """An event and what it is known by.

    Attributes:
        event: in the log's form.
        key: of its id.
        day: partition in which its id is looked for, that of the time it came with.
        days: for how many days before and after that too; clocks are set back too.
    """

    event: Mapping[str, Any]
    key: bytes
    day: int
    days: int

    @classmethod
    def of(cls, event: Mapping[str, Any], told: int | None, days: int) -> Identified:
        """An event that has an id and a time, and came with ``told``; without one it is looked for in ``days``."""
        at = event.get("at")
        if told is None and at is not None:
            return cls(event, event_key(event["event_id"]), day_of(at), days)
        return cls(event, event_key(event["event_id"]), day_of(told), 1)

    @property
    def partitions(self) -> set[int]:
        """Those that remember it: that of its own time, and that of the time it came with."""
        return {self.day, day_of(self.event.get("at"))}

    def is_near(self, day: int) -> bool:
        """Whether an id that was kept for that day is this one's, if the keys are the same."""
        return abs(day - self.day) <= self.days


def new_places(connection: sqlite3.Connection, events: Sequence[Identified]) -> list[int]:
    """Places of the events that the log does not know, and that did not come before among these."""
    known = _known(connection, events)
    new: list[int] = []
    for place, each in enumerate(events):
        days = known[each.key]
        if not any(each.is_near(day) for day in days):
            days |= each.partitions
            new.append(place)
    return new


def _known(connection: sqlite3.Connection, events: Sequence[Identified]) -> defaultdict[bytes, set[int]]:
    """The days for which the keys of these events are kept."""
    found: defaultdict[bytes, set[int]] = defaultdict(set)
    wanted: defaultdict[tuple[int, int], set[bytes]] = defaultdict(set)
    for each in events:
        wanted[each.day, each.days].add(each.key)
    for (day, days), keys in wanted.items():
        between = range(day - days, day + days + 1)
        for part in _parts(sorted(keys)):
            statement = (
                f"SELECT day, key FROM event_ids WHERE day IN ({_marks(len(between))})"  # noqa: S608 - only marks
                f" AND key IN ({_marks(len(part))})"
            )
            for kept, key in connection.execute(statement, (*between, *part)):
                found[key].add(kept)
    return found


def _parts(keys: Iterable[bytes]) -> Iterator[list[bytes]]:
    rest = iter(keys)
    while part := list(islice(rest, AT_A_TIME)):
        yield part


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def add(connection: sqlite3.Connection, events: Sequence[Identified], bodies: Sequence[bytes]) -> list[int]:
    """Keep new events, within a transaction; the position of each.

    Args:
        connection: of the log; nobody else adds to it meanwhile.
        events: new ones, see `new_places`.
        bodies: their records.
    """
    (last,) = connection.execute(LAST).fetchone() or (0,)
    positions = range(last + 1, last + 1 + len(events))
    connection.executemany(
        "INSERT INTO records (position, version, type, body) VALUES (?, ?, ?, ?)",
        [
            (position, RECORD_VERSION, each.event["type"], body)
            for position, each, body in zip(positions, events, bodies, strict=True)
        ],
    )
    named = [
        (person, position) for position, each in zip(positions, events, strict=True) for person in people_of(each.event)
    ]
    remembered = [
        (day, each.key, position) for position, each in zip(positions, events, strict=True) for day in each.partitions
    ]
    connection.executemany("INSERT OR IGNORE INTO people VALUES (?, ?)", sorted(named))  # sorted: page after page
    connection.executemany(REMEMBER, sorted(remembered))
    return list(positions)


def until_erasures(events: Sequence[Identified]) -> Iterator[range]:
    """Places in parts, each of which ends with an erasure or with the last event."""
    start = 0
    for place, each in enumerate(events):
        if each.event["type"] == "erased":
            yield range(start, place + 1)
            start = place + 1
    if start < len(events):
        yield range(start, len(events))


def checked(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """An event in the log's form.

    Raises:
        InvalidEvent: it lacks its id, type or time.
    """
    for name in ("event_id", "type"):
        if not isinstance(event.get(name), str):
            raise InvalidEvent(name, "the log takes checked events, which have it")
    at = event.get("at")
    if at is not None and not isinstance(at, int):
        raise InvalidEvent("at", "the log takes checked events, whose time is in milliseconds")
    return event
