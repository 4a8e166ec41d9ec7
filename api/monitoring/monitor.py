"""What the process that writes to the log knows of it: events as they come, and how it keeps up with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from api.monitoring.behaviour import LONGEST, Behaviour
from graph.log.events import milliseconds
from graph.log.port import EventLog

RECALLED = 100_000
"""Newest events that are read again at the start."""


class Monitor:
    """Counts what is appended; to be asked from any thread.

    Args:
        now: the moment.
    """

    def __init__(self, now: datetime) -> None:
        self._lock = Lock()
        self._behaviour = Behaviour(milliseconds(now))
        self._events: Counter[str] = Counter()
        self._duplicates = 0
        self._commits = 0
        self._commit_s = 0.0

    def recall(self, log: EventLog, now: datetime) -> None:
        """Begin with what the log already holds."""
        events = log.newest(RECALLED)
        with self._lock:
            if events:
                self._behaviour.since_ms = min(self._behaviour.since_ms, events[0]["at"])
            self._behaviour.add(events, milliseconds(now))

    def committed(
        self, events: Sequence[Mapping[str, Any]], positions: Sequence[str | None], now: datetime, seconds: float
    ) -> None:
        """One commit: its events, and where they went; None for a duplicate."""
        new = [event for event, position in zip(events, positions, strict=True) if position is not None]
        with self._lock:
            self._events.update(event["type"] for event in new)
            self._duplicates += len(events) - len(new)
            self._commits += 1
            self._commit_s += seconds
            self._behaviour.add(new, milliseconds(now))

    def report(self, minutes: int = LONGEST) -> dict[str, Any]:
        """See `api.monitoring.behaviour.Behaviour.report`."""
        with self._lock:
            return self._behaviour.report(milliseconds(datetime.now(UTC)), minutes)

    def counts(self) -> dict[str, Any]:
        """Since this process started: ``events`` by type, ``duplicates``, ``commits`` and the seconds they took."""
        with self._lock:
            return {
                "events": dict(self._events),
                "duplicates": self._duplicates,
                "commits": self._commits,
                "commit_s": self._commit_s,
            }
