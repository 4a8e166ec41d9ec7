"""What the log holds of one person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graph.log.port import EventLog
from graph.log.project import IMPORTED
from graph.log.sqlite import people_of


def events_about(log: EventLog, user_id: str) -> Iterator[dict[str, Any]]:
    """Every event that names a person, as doer or as somebody else, in the log's order."""
    position: str | None = None
    while records := list(log.read(position)):
        for record in records:
            if record.type != IMPORTED and user_id in people_of(record.body):
                yield dict(record.body)
        position = records[-1].position


def people_in(log: EventLog) -> Iterator[str]:
    """Everybody whom the log names, some of them several times."""
    position: str | None = None
    while records := list(log.read(position)):
        for record in records:
            if record.type != IMPORTED:
                yield from people_of(record.body)
        position = records[-1].position
