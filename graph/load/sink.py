"""Where cleaned batches go: into the log (`graph.log.port.BulkRecord`), or, in a dry run, nowhere."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

from graph.model import EventBatch, NodeBatch
from graph.schema import EVENTS


class Sink(Protocol):
    """What the loader writes to."""

    def admit(self, event_ids: Sequence[str], at: Sequence[int | None]) -> list[bool]:
        """For each event: True when its id is new."""

    def add_events(self, batch: EventBatch) -> None:
        """Take events."""

    def add_nodes(self, batch: NodeBatch) -> None:
        """Take nodes."""


class DrySink:
    """Counts, and finds duplicates among the files; knows nothing of log and store."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute("CREATE TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID")
        self._connection.execute("CREATE TABLE nodes (key BLOB PRIMARY KEY) WITHOUT ROWID")
        self._connection.execute("BEGIN")
        self.nodes: Counter[str] = Counter()
        self.edges: Counter[str] = Counter()

    def admit(self, event_ids: Sequence[str], at: Sequence[int | None]) -> list[bool]:
        """For each event: True when its id is new to this load."""
        execute = self._connection.execute
        keys = (hashlib.blake2b(f"{day}{each}".encode(), digest_size=16).digest() for each, day in _days(event_ids, at))
        return [execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,)).rowcount == 1 for key in keys]

    def add_events(self, batch: EventBatch) -> None:
        """Count the edges that they would make."""
        for _, edge, _target in EVENTS[batch.type].edges[:1]:
            self.edges[edge] += len(batch)

    def add_nodes(self, batch: NodeBatch) -> None:
        """Count the nodes that they describe, each once."""
        keys = [hashlib.blake2b(f"{batch.label} {each}".encode(), digest_size=16).digest() for each in batch.ids]
        before = self._connection.total_changes
        self._connection.executemany("INSERT OR IGNORE INTO nodes VALUES (?)", ((key,) for key in keys))
        self.nodes[batch.label] += self._connection.total_changes - before

    def close(self) -> None:
        """Give the disk space back."""
        self._connection.close()


def _days(event_ids: Sequence[str], at: Sequence[int | None]) -> Iterator[tuple[str, int]]:
    for event_id, time in zip(event_ids, at, strict=True):
        yield event_id, -1 if time is None else time // 86_400_000
