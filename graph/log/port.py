"""What every event log can do: keep events and whole imports durably, in order, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from graph.log.told import NOTHING_TOLD, Told
from graph.model import EventBatch, NodeBatch

IMPORTED = "imported"
"""Type of the records that are chunks of an import."""

POSTS = "post_ids"
"""Field that the log adds to an ``erased`` event: the posts that were the person's, which go with them."""


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One record: a single event in the form of INTERFACES (the JSON of ``POST /v1/events``), or a chunk of an import.

    Attributes:
        position: opaque to everyone but the log; grows, and is never used twice.
        type: an event type, or ``imported``.
        body: the event as JSON types. For ``imported``: ``{"files": [...], "sha256": "...", "type": event type of its
            rows, "rows": how many, "chunk": its number from 1, "of": how many chunks the import has}``; its rows come
            from `EventLog.batch`. An import without rows is one record with ``rows``, ``chunk`` and ``of`` 0.
    """

    position: str
    type: str
    body: Mapping[str, Any]


class BulkRecord(Protocol):
    """An import on its way into the log."""

    position: str

    def admit(self, event_ids: Sequence[str], at: Sequence[int | None]) -> list[bool]:
        """For each event: True when its id is new to the log, False for a duplicate. Remembers the new ones."""

    def add_events(self, batch: EventBatch) -> None:
        """Keep admitted events."""

    def add_nodes(self, batch: NodeBatch) -> None:
        """Keep admitted node upserts."""


class EventLog(Protocol):
    """The durable, ordered truth; stores, snapshots and overlays are projections of it."""

    def append(self, events: Sequence[Mapping[str, Any]], *, told: Told = NOTHING_TOLD) -> list[str | None]:
        """Keep events; durable on return. The position of each, or None for a duplicate id.

        ``told`` has the times that some came with, see `graph.log.told.Told`: a retry is known by them.
        """

    def bulk(self, files: Sequence[str], sha256: str) -> AbstractContextManager[BulkRecord]:
        """One import with all its rows, durable when the block is left without an exception; else nothing of it."""

    def trim(self, backed_up: str, before: int) -> int:
        """Let go of events that no store is made of, up to a position that a backup reaches; how many.

        ``before`` is in milliseconds since 1970: younger ones stay.
        """

    def imported(self, sha256: str) -> str | None:
        """The position of the import with that checksum, if there was one."""

    def is_kept(self, sha256: str) -> bool:
        """Whether that import's rows are in the log, so that every store can be brought past it."""

    def read(self, after: str | None, limit: int = 10_000) -> Iterator[LogRecord]:
        """Records behind a position, in order: each event, and each chunk of an import, is one."""

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """The last single events, in order, without what is sealed in them."""

    def behind(self, position: str | None) -> int:
        """How many events lie behind a position, rows of imports counted one by one."""

    def batch(self, record: LogRecord) -> EventBatch | NodeBatch:
        """The rows of a record of the type ``imported``."""

    def find(self, event_id: str) -> Mapping[str, Any] | None:
        """The event with that id; None where there is none, or its person was erased."""

    def about(self, person: str) -> Iterator[Mapping[str, Any]]:
        """Every event that names a person, imported ones too, in order."""

    def last_position(self) -> str | None:
        """The newest position; None when the log is empty."""

    def reached(self, position: str | None, target: str | None) -> bool:
        """Whether a projection at ``position`` has seen ``target``: the only comparison of positions there is."""

    def close(self) -> None:
        """Release the file; safe to call twice."""
