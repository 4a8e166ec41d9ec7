"""External ids and row numbers, both ways, in arrays that can be memory-mapped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from graph.errors import InvalidValue
from graph.model import Rows
from graph.snapshot import kernels
from graph.snapshot.text import TextColumn, pack_texts

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Ids of one label.

    Attributes:
        texts: the id of each row; none for an erased row.
        slots: ``(power of two,)`` int32: an open-addressing hash table of rows, -1 where empty.
    """

    texts: TextColumn
    slots: Rows

    def __len__(self) -> int:
        """Rows, erased ones included."""
        return len(self.texts)

    def row(self, node_id: str) -> int:
        """The row of an id; -1 for an unknown one."""
        wanted = np.frombuffer(_encoded(node_id), np.uint8)
        if not len(wanted):
            return UNKNOWN
        texts = self.texts
        return max(kernels.find_row(texts.blob, texts.offsets, self.slots, wanted, 0, len(wanted)), UNKNOWN)

    def rows(self, ids: Sequence[str]) -> Rows:
        """``(len(ids),)`` int32 rows; -1 for unknown ones."""
        blob, offsets = pack_texts([_encoded(node_id) for node_id in ids])
        rows = np.empty(len(ids), np.int32)
        kernels.find_rows(self.texts.blob, self.texts.offsets, self.slots, blob, offsets, rows)
        return rows

    def id(self, row: int) -> str:
        """The id of a row; empty for an erased one."""
        return self.texts.text(row) or ""

    def ids(self, rows: Iterable[int]) -> list[str]:
        """The ids of rows; empty for erased ones."""
        return [self.id(int(row)) for row in rows]


def build_vocabulary(ids: Iterable[str | None]) -> Vocabulary:
    """Number ids from 0 in their order.

    Args:
        ids: distinct; None for an erased row.

    Raises:
        InvalidValue: an id is empty or is there twice.
    """
    encoded = [b"" if node_id is None else _encoded(node_id) or _refuse_empty() for node_id in ids]
    blob, offsets = pack_texts(encoded)
    slots = np.full(_slot_count(len(encoded)), kernels.EMPTY, np.int32)
    twice = kernels.fill_slots(blob, offsets, slots)
    if twice >= 0:
        raise InvalidValue("id", f"{encoded[twice].decode(errors='replace')!r} is there twice")
    return Vocabulary(TextColumn(blob, offsets), slots)


def _slot_count(count: int) -> int:
    """A power of two at which at least half of the slots stay empty."""
    return 1 << max(3, (2 * count).bit_length())


def _encoded(node_id: str) -> bytes:
    return node_id.encode("utf-8", "surrogatepass")


def _refuse_empty() -> bytes:
    raise InvalidValue("id", "an id has at least one byte")
