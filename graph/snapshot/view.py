"""What requests see: one snapshot, asked by label, id and row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from graph.model import Rows
from graph.snapshot.actions import CODES
from graph.snapshot.csr import Adjacency, Csr
from graph.snapshot.layout import ACTED, STAMPED_KEYS, EdgeKey
from graph.snapshot.snapshot import Snapshot
from graph.snapshot.vocabulary import UNKNOWN, Vocabulary

POSTED = ("User", "POSTED", "Post")


class LiveView:
    """The graph as answers see it; no request goes to a database.

    A label, edge set or property that the snapshot does not have is an empty one, never an error:
    what is not known is not there.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._empty: dict[tuple[str, str, str], Adjacency] = {}
        self._gone = dict(snapshot.gone)
        self._forgotten: dict[str, NDArray[np.bool_]] = {}

    @property
    def snapshot_id(self) -> str:
        """Id of the snapshot, for answers."""
        return self.snapshot.id

    @property
    def latest_minutes(self) -> int:
        """Time of the newest edge, in minutes since 1970: the view's clock; 0 when none has a time."""
        return self.snapshot.manifest.latest_minutes

    @property
    def kinds_present(self) -> np.uint64:
        """Bit ``code`` is set when people and products have edges of that code's relationship type."""
        kinds = set(self.snapshot.manifest.kinds)
        return np.uint64(sum(1 << code for code, (kind, _) in enumerate(CODES) if kind in kinds))

    @property
    def predicates(self) -> list[str]:
        """Ids of the predicates of knowledge, by row.

        A RELATED edge whose stamp is ``s`` says ``predicates[s >> 1]``; a rule inferred it where ``s & 1`` is 1.
        """
        return self.ids_of("Predicate", np.arange(self.count("Predicate"), dtype=np.int32))

    @property
    def actions(self) -> Adjacency:
        """Everything that people did with products."""
        return self.edges(*ACTED)

    def edges(self, source: str, type_: str, target: str) -> Adjacency:
        """One edge set; an empty one where the snapshot has none."""
        key = (source, type_, target)
        found = self.snapshot.adjacencies.get(key) or self._empty.get(key)
        if found is None:
            timed = key in STAMPED_KEYS
            found = Adjacency(_no_edges(self.count(source), timed), _no_edges(self.count(target), timed))
            self._empty[key] = found
        return found

    def has(self, key: EdgeKey) -> bool:
        """Whether an edge set has, or may have, edges."""
        return key in self.snapshot.adjacencies

    def rows_with(self, label: str, name: str) -> list[int]:
        """Rows that have, or had, a property of type string or JSON."""
        column = self.snapshot.texts.get((label, name))
        return [] if column is None else np.flatnonzero(np.diff(column.offsets)).tolist()

    def told_since(self, label: str, name: str) -> list[int]:  # noqa: ARG002 - nothing happens to a snapshot
        """Rows of which something was said of a property since the snapshot."""
        return []

    def is_missing(self, label: str, name: str, row: int) -> bool:
        """Whether a row has no property of type string or JSON."""
        return self.text(label, name, row) is None

    def room(self, label: str) -> int:
        """Rows that a label may have as long as this view lives."""
        return self.count(label)

    def count(self, label: str) -> int:
        """Rows of a label, deleted and erased ones included."""
        return self.snapshot.manifest.nodes.get(label, 0)

    def row_of(self, label: str, node_id: str) -> int:
        """The row of an id; -1 for an unknown or forgotten one."""
        vocabulary = self._vocabulary(label)
        row = UNKNOWN if vocabulary is None else vocabulary.row(node_id)
        return UNKNOWN if row >= 0 and self._is_forgotten(label, row) else row

    def rows_of(self, label: str, ids: list[str]) -> Rows:
        """``(len(ids),)`` int32 rows; -1 for unknown or forgotten ids."""
        vocabulary = self._vocabulary(label)
        if vocabulary is None:
            return np.full(len(ids), UNKNOWN, np.int32)
        rows = vocabulary.rows(ids)
        if label in self._forgotten:
            rows[(rows >= 0) & self._forgotten[label][rows]] = UNKNOWN
        return rows

    def id_of(self, label: str, row: int) -> str:
        """The id of a row; empty for an erased one."""
        return "" if self._is_forgotten(label, row) else self.snapshot.vocabularies[label].id(row)

    def ids_of(self, label: str, rows: Rows) -> list[str]:
        """The ids of rows; empty for erased ones."""
        return [self.id_of(label, row) for row in rows.tolist()]

    def gone(self, label: str) -> NDArray[np.bool_]:
        """``(n,)`` which rows are deleted or erased: never recommended."""
        found = self._gone.get(label)
        return np.zeros(0, np.bool_) if found is None else found

    def is_gone(self, label: str, row: int) -> bool:
        """Whether one row is deleted or erased."""
        return bool(self.gone(label)[row])

    def number(self, label: str, name: str) -> NDArray[np.float64] | None:
        """``(n,)`` a property, NaN where missing; None when nobody has it."""
        return self.snapshot.numbers.get((label, name))

    def text(self, label: str, name: str, row: int) -> str | None:
        """A property of type string; None where missing."""
        column = self.snapshot.texts.get((label, name))
        if column is None or row >= len(column) or self._is_forgotten(label, row):
            return None
        return column.text(row)

    def json(self, label: str, name: str, row: int) -> Any:
        """A property of type JSON or ids, as Python values; None where missing."""
        text = self.text(label, name, row)
        return None if text is None else orjson.loads(text)

    def forget(self, user_ids: Iterable[str]) -> Rows:
        """From now on, be as if these people had been erased before the snapshot was made, and their posts with them.

        Counts over many people keep counting them until there is a new snapshot.

        Returns:
            ``(k,)`` int32 their rows.
        """
        rows = self.rows_of("User", list(user_ids))
        rows = rows[rows >= 0]
        posted = self.edges(*POSTED).out
        posts = [posted.neighbours(row) for row in rows.tolist() if row < posted.node_count]
        self._forget("User", rows)
        self._forget("Post", np.concatenate(posts) if posts else rows[:0])
        return rows

    def _forget(self, label: str, rows: Rows) -> None:
        if len(rows):
            forgotten = self._forgotten.get(label, np.zeros(self.room(label), np.bool_)).copy()
            forgotten[rows] = True
            gone = self.gone(label) | forgotten
            gone.flags.writeable = False  # as the mapped one, for which kernels are compiled
            self._forgotten[label], self._gone[label] = forgotten, gone

    def _is_forgotten(self, label: str, row: int) -> bool:
        return label in self._forgotten and bool(self._forgotten[label][row])

    def _vocabulary(self, label: str) -> Vocabulary | None:
        return self.snapshot.vocabularies.get(label)


def _no_edges(count: int, timed: bool) -> Csr:
    stamps = np.empty(0, np.uint32) if timed else None
    return Csr(np.zeros(count + 1, np.int64), np.empty(0, np.int32), stamps)
