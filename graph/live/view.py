"""The graph as answers see it now: a snapshot, and over it what happened since."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from graph.live.nodes import ABSENT
from graph.live.overlay import Overlay
from graph.model import Rows
from graph.snapshot.actions import CODES
from graph.snapshot.csr import Adjacency
from graph.snapshot.layout import EdgeKey
from graph.snapshot.view import LiveView
from graph.snapshot.vocabulary import UNKNOWN


class OverlaidView(LiveView):
    """A view over which events come in while it is asked.

    Args:
        overlay: what happened since the snapshot that it lies over.
    """

    def __init__(self, overlay: Overlay) -> None:
        super().__init__(overlay.snapshot)
        self.overlay = overlay
        self._nodes = overlay.nodes
        self._no_gone: dict[str, NDArray[np.bool_]] = {}

    @property
    def latest_minutes(self) -> int:
        """Time of the newest edge, in minutes since 1970: the view's clock; 0 when none has a time."""
        return self.overlay.latest_minutes

    @property
    def kinds_present(self) -> np.uint64:
        """Bit ``code`` is set when people and products have edges of that code's relationship type."""
        kinds = {*self.snapshot.manifest.kinds, *self.overlay.kinds}
        return np.uint64(sum(1 << code for code, (kind, _) in enumerate(CODES) if kind in kinds))

    @property
    def predicates(self) -> list[str]:
        """Ids of the predicates of knowledge, by row."""
        return self.ids_of("Predicate", np.arange(self.count("Predicate"), dtype=np.int32))

    def edges(self, source: str, type_: str, target: str) -> Adjacency:
        """One edge set; an empty one where there is none."""
        return self.overlay.adjacency((source, type_, target)) or super().edges(source, type_, target)

    def has(self, key: EdgeKey) -> bool:
        """Whether an edge set has, or may have, edges."""
        return key in self.overlay.keys() or super().has(key)  # noqa: SIM118 - keys() is no mapping's

    def count(self, label: str) -> int:
        """Rows of a label, deleted and erased ones included."""
        return self._nodes.count(label)

    def room(self, label: str) -> int:
        """Rows that a label may have as long as this view lives."""
        return self._nodes.room(label)

    def row_of(self, label: str, node_id: str) -> int:
        """The row of an id; -1 for an unknown or forgotten one."""
        row = self._nodes.row(label, node_id)
        return UNKNOWN if row >= 0 and self._is_forgotten(label, row) else row

    def rows_of(self, label: str, ids: list[str]) -> Rows:
        """``(len(ids),)`` int32 rows; -1 for unknown or forgotten ids."""
        return np.array([self.row_of(label, each) for each in ids], np.int32)

    def id_of(self, label: str, row: int) -> str:
        """The id of a row; empty for an erased one."""
        return "" if self._is_forgotten(label, row) else self._nodes.id(label, row)

    def gone(self, label: str) -> NDArray[np.bool_]:
        """``(room,)`` which rows are deleted or erased: never recommended."""
        found = self._nodes.gone(label)
        forgotten = self._forgotten.get(label)
        if found is None:
            found = self._gone_of_before(label)
        return found if forgotten is None else found | forgotten

    def is_gone(self, label: str, row: int) -> bool:
        """Whether one row is deleted or erased."""
        found = self._nodes.gone(label)
        return self._is_forgotten(label, row) or bool((self._gone_of_before(label) if found is None else found)[row])

    def _gone_of_before(self, label: str) -> NDArray[np.bool_]:
        if label not in self._no_gone:
            before = self.snapshot.gone.get(label, np.zeros(0, np.bool_))
            mask = np.zeros(self.room(label), np.bool_)
            mask[: len(before)] = before
            mask.flags.writeable = False
            self._no_gone[label] = mask
        return self._no_gone[label]

    def number(self, label: str, name: str) -> NDArray[np.float64] | None:
        """``(n,)`` a property, NaN where missing; later rows than ``n`` have none. None when nobody has it."""
        found = self._nodes.number(label, name)
        return super().number(label, name) if found is None else found

    def text(self, label: str, name: str, row: int) -> str | None:
        """A property of type string; None where missing."""
        value = self._nodes.value(label, name, row)
        if value is ABSENT:
            return super().text(label, name, row)
        return None if self._is_forgotten(label, row) else value or None

    def json(self, label: str, name: str, row: int) -> Any:
        """A property of type JSON or ids, as Python values; None where missing."""
        value = self._nodes.value(label, name, row)
        if value is ABSENT:
            text = super().text(label, name, row)
            return None if text is None else orjson.loads(text)
        return None if self._is_forgotten(label, row) else value

    def rows_with(self, label: str, name: str) -> list[int]:
        """Rows that have, or had, a property of type string or JSON."""
        return sorted({*super().rows_with(label, name), *self._nodes.rows_with(label, name)})

    def told_since(self, label: str, name: str) -> list[int]:
        """Rows of which something was said of a property since the snapshot."""
        return self._nodes.rows_with(label, name)

    def is_missing(self, label: str, name: str, row: int) -> bool:
        """Whether a row has no property of type string or JSON."""
        value = self._nodes.value(label, name, row)
        return super().is_missing(label, name, row) if value is ABSENT else value is None or value == ""

    def forget(self, user_ids: Iterable[str]) -> Rows:
        """From now on, be as if these people had been erased before the snapshot was made; see `LiveView.forget`."""
        return super().forget(user_ids)
