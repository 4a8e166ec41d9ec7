"""Rules that need more than one row: robots, people with hardly any actions, and references to nothing."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import InvalidMapping
from graph.load.clean import Cleaned
from graph.load.mapping import EventTable, Mapping
from graph.schema import EVENTS, PRODUCT_ACTIONS
from graph.store.port import GraphStore

CELLS = 1 << 22
"""Counters that (person, minute) is spread over; two that share one only cost a second look."""

MINUTE_MS = 60_000
QUARTER_MS = 15 * MINUTE_MS
DAY_MS = 24 * 60 * MINUTE_MS
HOURS_OF_DAYS = 3
"""At most so many times of day, all of them full quarters of an hour: the times are days, in some zone."""

REFERENCES = {
    "user_id": "User",
    "other_id": "User",
    "product_id": "Product",
    "post_id": "Post",
    "community_id": "Community",
}


def times_are_days(at: NDArray[np.int64]) -> bool:
    """Whether these times in milliseconds tell no more than the day."""
    of_day = np.unique(at % DAY_MS)
    return len(of_day) <= HOURS_OF_DAYS and not (of_day % QUARTER_MS).any()


class RateRule:
    """Who acted more often in one minute than people do.

    All actions are counted into a fixed number of cells first; only what falls into a cell with too many is counted
    one by one, in a second pass. So memory stays bounded and the second pass is rarely needed.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._cells = np.zeros(CELLS, np.int32)
        self._counts: Counter[tuple[str, int]] = Counter()
        self.days_only: set[str] = set()
        """Tables to which the rule does not apply, because their times are days."""

    def observe(self, cleaned: Cleaned) -> None:
        """First pass."""
        users, minutes = self._timed(cleaned)
        if users:
            cells = _cells(users, minutes)
            self._cells += np.bincount(cells, minlength=CELLS).astype(np.int32)

    def suspicious(self) -> bool:
        """Whether a second pass is needed."""
        return bool((self._cells > self._most).any())

    def count(self, cleaned: Cleaned) -> None:
        """Second pass."""
        users, minutes = self._timed(cleaned)
        if users:
            hot = np.flatnonzero(self._cells[_cells(users, minutes)] > self._most)
            self._counts.update((users[index], minutes[index]) for index in hot.tolist())

    def robots(self) -> set[str]:
        """The people who are none."""
        return {user for (user, _), count in self._counts.items() if count > self._most}

    def _timed(self, cleaned: Cleaned) -> tuple[list[str], list[int]]:
        columns = cleaned.standing()
        known = [
            (user, at)
            for user, at in zip(columns.get("user_id", ()), columns.get("at", ()), strict=False)
            if at is not None
        ]
        if not known:
            return [], []
        at = np.array([time for _, time in known], np.int64)
        if times_are_days(at):
            self.days_only.add(cleaned.plan.where)
            return [], []
        return [user for user, _ in known], (at // MINUTE_MS).tolist()


def _cells(users: Sequence[str], minutes: Sequence[int]) -> NDArray[np.int64]:
    hashes = np.fromiter(map(hash, zip(users, minutes, strict=True)), np.int64, len(users))
    return hashes & (CELLS - 1)


class ActivityRule:
    """Who did fewer things with products than a given number."""

    def __init__(self, fewest: int) -> None:
        self._fewest = fewest
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute("CREATE TABLE people (id TEXT PRIMARY KEY, actions INTEGER) WITHOUT ROWID")
        self._connection.execute("BEGIN")

    def observe(self, cleaned: Cleaned) -> None:
        """Count the actions of a batch."""
        if counts_as_action(cleaned.plan.kind):
            self._connection.executemany(
                "INSERT INTO people VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET actions = actions + excluded.actions",
                Counter(cleaned.standing()["user_id"]).items(),
            )

    def near_empty(self, users: Iterable[str]) -> set[str]:
        """Those of them who did too little."""
        statement = "SELECT actions FROM people WHERE id = ?"
        found = {user: self._connection.execute(statement, (user,)).fetchone() for user in set(users)}
        return {user for user, row in found.items() if row is None or row[0] < self._fewest}

    def close(self) -> None:
        """Give the disk space back."""
        self._connection.close()


def counts_as_action(kind: str) -> bool:
    """Whether an event of this type is something done with a product."""
    return any(edge in PRODUCT_ACTIONS for _, edge, target in EVENTS[kind].edges if target == "Product")


class KnownIds:
    """Ids that a reference may name: those of the store and of the load's tables of nodes."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute("CREATE TABLE known (label TEXT, id TEXT, PRIMARY KEY (label, id)) WITHOUT ROWID")
        self._connection.execute("BEGIN")
        self._labels: set[str] = set()

    def add(self, label: str, ids: Iterable[str | None]) -> None:
        """Take note of ids."""
        rows = [(label, node_id) for node_id in ids if node_id is not None]
        if rows:
            self._labels.add(label)
            self._connection.executemany("INSERT OR IGNORE INTO known VALUES (?, ?)", rows)

    def add_store(self, store: GraphStore) -> None:
        """Take note of every id that the store has."""
        for label in dict.fromkeys(REFERENCES.values()):
            for ids in store.node_ids(label):
                self.add(label, ids)

    def check(self, cleaned: Cleaned, mapping: Mapping) -> None:
        """Reject the rows that name what is not there.

        Raises:
            InvalidMapping: nothing at all is known of a label, so that every row would be rejected.
        """
        assert isinstance(cleaned.plan.table, EventTable)
        for name, label in REFERENCES.items():
            column: list[Any] | None = cleaned.columns.get(name)
            if not column:
                continue
            if label not in self._labels:
                reason = f'unknown = "reject", but neither a table nor the store has any {label}'
                raise InvalidMapping(
                    mapping.path, f"{cleaned.plan.where}, {name}", reason, f"load [[nodes]] of {label}"
                )
            known = self._known(label, {value for value in column if value is not None})
            dangling = [index for index, value in enumerate(column) if value is not None and value not in known]
            cleaned.reject_all(dangling, f"{name} names no {label} that is known")

    def _known(self, label: str, ids: set[str]) -> set[str]:
        statement = "SELECT 1 FROM known WHERE label = ? AND id = ?"
        return {node_id for node_id in ids if self._connection.execute(statement, (label, node_id)).fetchone()}

    def close(self) -> None:
        """Give the disk space back."""
        self._connection.close()
