"""Rows of a file on their way through the loader, in batches of columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

BATCH = 50_000
"""Rows read, cleaned and written at once: what bounds the loader's memory."""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that could not even be split into columns."""

    line: int
    reason: str
    row: Any


@dataclass(frozen=True, slots=True)
class Rows:
    """A batch of rows.

    Attributes:
        lines: ``(n,)`` where each row begins in the file, from 1; for Parquet and JSON the number of the row.
        columns: values by the file's own column names, each ``(n,)``; None where a row has no such value.
        broken: rows of the same stretch that are none.
        first: how many rows of the file came before this batch, broken ones aside.
        done: part of the file that has been read, in ``[0, 1]``.
        text: whether values are text as it stood in the file.
    """

    lines: Sequence[int]
    columns: dict[str, Sequence[Any]]
    broken: Sequence[BrokenRow] = field(default_factory=tuple)
    first: int = 0
    done: float = 0.0
    text: bool = False

    def __len__(self) -> int:
        return len(self.lines)

    def row(self, index: int) -> dict[str, Any]:
        """One row as it came, for reports."""
        return {name: values[index] for name, values in self.columns.items()}

    def at(self, indexes: Sequence[int]) -> Rows:
        """Some of the rows, without the broken ones."""
        columns: dict[str, Sequence[Any]] = {
            name: [values[index] for index in indexes] for name, values in self.columns.items()
        }
        return Rows([self.lines[index] for index in indexes], columns, (), self.first, self.done, self.text)
