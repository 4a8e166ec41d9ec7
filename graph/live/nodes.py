"""Nodes as they are now: ids that came since the snapshot, who is gone, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from graph.errors import OverlayFull
from graph.live.space import zeros
from graph.schema import NODES
from graph.snapshot.csr import read_only
from graph.snapshot.layout import is_number
from graph.snapshot.snapshot import Snapshot
from graph.snapshot.vocabulary import UNKNOWN
from graph.store.registers import Registers

ABSENT = object()
"""In place of a value: nothing was said of it since the snapshot."""


class LiveNodes:
    """The nodes of every label; implements `graph.store.rows.Directory`. One thread writes.

    Args:
        snapshot: what was known before.
        room: rows that each label may have beyond the snapshot's.
        registers: tells who was erased before.
    """

    def __init__(self, snapshot: Snapshot, room: int, registers: Registers) -> None:
        self._snapshot = snapshot
        self._room = room
        self._registers = registers
        self._ids: dict[str, list[str]] = {label: [] for label in NODES}
        self._rows: dict[str, dict[str, int]] = {label: {} for label in NODES}
        self._erased: dict[str, dict[str, int]] = {label: {} for label in NODES}
        self._erased_rows: dict[str, set[int]] = {label: set() for label in NODES}
        self._gone: dict[str, NDArray[np.bool_]] = {}
        self._values: dict[tuple[str, str], dict[int, Any]] = {}
        self._numbers: dict[tuple[str, str], NDArray[np.float64]] = {}

    def base_count(self, label: str) -> int:
        """Rows of the snapshot."""
        return self._snapshot.manifest.nodes.get(label, 0)

    def count(self, label: str) -> int:
        """Rows now."""
        return self.base_count(label) + len(self._ids[label])

    def room(self, label: str) -> int:
        """Rows that there may be."""
        return self.base_count(label) + self._room

    def row(self, label: str, node_id: str) -> int:
        """The row of an id; -1 for an unknown or erased one."""
        if node_id in self._erased[label]:
            return UNKNOWN
        vocabulary = self._snapshot.vocabularies.get(label)
        row = UNKNOWN if vocabulary is None else vocabulary.row(node_id)
        return self._rows[label].get(node_id, UNKNOWN) if row < 0 else row

    def id(self, label: str, row: int) -> str:
        """The id of a row; empty for an erased one."""
        if row in self._erased_rows[label]:
            return ""
        base = self.base_count(label)
        return self._snapshot.vocabularies[label].id(row) if row < base else self._ids[label][row - base]

    def find(self, label: str, ids: Sequence[str]) -> Mapping[str, int]:
        """Rows of those of these ids that have one."""
        vocabulary = self._snapshot.vocabularies.get(label)
        known = [UNKNOWN] * len(ids) if vocabulary is None else vocabulary.rows(ids).tolist()
        erased, new = self._erased[label], self._rows[label]
        found = (
            (node_id, row if row >= 0 else new.get(node_id, UNKNOWN)) for node_id, row in zip(ids, known, strict=True)
        )
        return {node_id: row for node_id, row in found if row >= 0 and node_id not in erased}

    def erased(self, label: str, ids: Sequence[str]) -> set[str]:
        """Those of these ids that have been erased."""
        return {each for each in ids if each in self._erased[label]} | self._registers.erased(label, ids)

    def make(self, label: str, ids: Sequence[str]) -> Mapping[str, int]:
        """Give new ids the next rows, in their order.

        Raises:
            OverlayFull: the label has no room for them.
        """
        if len(self._ids[label]) + len(ids) > self._room:
            raise OverlayFull(self._room)
        first = self.count(label)
        fresh = {node_id: row for row, node_id in enumerate(ids, first)}
        self._ids[label].extend(ids)
        self._rows[label].update(fresh)
        return fresh

    def gone(self, label: str) -> NDArray[np.bool_] | None:
        """``(room,)`` which rows are deleted or erased; None where nothing changed since the snapshot."""
        found = self._gone.get(label)
        return None if found is None else read_only(found)

    def set_gone(self, label: str, row: int, gone: bool) -> None:
        """Say whether a node is deleted."""
        if label not in self._gone:
            if not gone and not self.was_gone(label, row):
                return
            mask = zeros(self.room(label), np.bool_)
            before = self._snapshot.gone.get(label)
            if before is not None:
                mask[: len(before)] = before
            self._gone[label] = mask
        self._gone[label][row] = gone

    def was_gone(self, label: str, row: int) -> bool:
        """Whether a node was deleted or erased in the snapshot."""
        before = self._snapshot.gone.get(label)
        return before is not None and row < len(before) and bool(before[row])

    def value(self, label: str, name: str, row: int) -> Any:
        """What was said of a property since the snapshot, None where it was removed; `ABSENT` where nothing was."""
        return self._values.get((label, name), {}).get(row, ABSENT)

    def known(self, label: str, name: str, row: int) -> Any:
        """What the snapshot holds of a structured property; None where nothing."""
        column = self._snapshot.texts.get((label, name))
        text = None if column is None or row >= len(column) else column.text(row)
        return None if text is None else orjson.loads(text)

    def number(self, label: str, name: str) -> NDArray[np.float64] | None:
        """``(n,)`` a property, NaN where missing; None where nothing changed since the snapshot."""
        return self._numbers.get((label, name))

    def rows_with(self, label: str, name: str) -> list[int]:
        """Rows of which something was said since the snapshot."""
        return list(self._values.get((label, name), {}))

    def set_value(self, label: str, name: str, row: int, value: Any) -> None:
        """Set a property; None removes it."""
        if is_number(label, name):
            self._set_number(label, name, row, np.nan if value is None else float(value))
        self._values.setdefault((label, name), {})[row] = value

    def _set_number(self, label: str, name: str, row: int, value: float) -> None:
        column = self._numbers.get((label, name))
        if column is None or len(column) <= row:
            before = self._snapshot.numbers.get((label, name), np.zeros(0)) if column is None else column
            column = np.full(max(self.count(label), len(before) + len(before) // 4, row + 1), np.nan)
            column[: len(before)] = before
        column[row] = value
        self._numbers[label, name] = column

    def erase(self, label: str, row: int) -> None:
        """Empty a row; it keeps its number."""
        node_id = self.id(label, row)
        if not node_id:
            return
        self.set_gone(label, row, True)
        self._erased[label][node_id] = row
        self._erased_rows[label].add(row)
        if row >= self.base_count(label):
            self._ids[label][row - self.base_count(label)] = ""
            del self._rows[label][node_id]
        for declared in NODES[label].properties:
            self.set_value(label, declared.name, row, None)
