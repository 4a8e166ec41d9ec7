"""What every event log can do: keep events durably, in order, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One record: a single event in the form of INTERFACES (the JSON of ``POST /v1/events``), or a bulk import.

    Attributes:
        position: opaque to everyone but the log; grows, and is never used twice.
        type: an event type, or ``imported``.
        body: the event as JSON types; for ``imported``: ``{"files": [...], "sha256": "..."}``.
    """

    position: str
    type: str
    body: Mapping[str, Any]


class BulkRecord(Protocol):
    """A bulk import on its way into the log."""

    position: str

    def admit(self, event_ids: Sequence[str], at: Sequence[int | None]) -> list[bool]:
        """For each event: True when its id is new to the log, False for a duplicate. Remembers the new ones."""


class EventLog(Protocol):
    """The durable, ordered truth; stores, snapshots and overlays are projections of it."""

    def append(self, events: Sequence[Mapping[str, Any]]) -> list[str | None]:
        """Keep events; durable on return. The position of each, or None for a duplicate id."""

    def bulk(self, files: Sequence[str], sha256: str) -> AbstractContextManager[BulkRecord]:
        """One ``imported`` record and the ids of its events, durable when the block is left without an exception."""

    def imported(self, sha256: str) -> str | None:
        """The position of the import with that checksum, if there was one."""

    def read(self, after: str | None, limit: int = 10_000) -> Iterator[LogRecord]:
        """Records behind a position, in order."""

    def last_position(self) -> str | None:
        """The newest position; None when the log is empty."""

    def reached(self, position: str | None, target: str | None) -> bool:
        """Whether a projection at ``position`` has seen ``target``: the only comparison of positions there is."""

    def close(self) -> None:
        """Release the file; safe to call twice."""
