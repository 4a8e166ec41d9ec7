"""Positions of the embedded log: what others keep as opaque names, and the places that they stand for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from graph.errors import ForeignLog, InvalidValue

ALL = math.inf
"""As the number of a chunk: behind the last."""


@dataclass(frozen=True, slots=True)
class Positions:
    """Of one log.

    Attributes:
        name: of the log, which its positions carry.
        path: of its file.
    """

    name: str
    path: Path

    def named(self, record: int, chunk: int | None = None) -> str:
        """A position: the log that it is of, the record, and the chunk of an import that was reached within it."""
        return f"{self.name}-{record}" if chunk is None else f"{self.name}-{record}.{chunk}"

    def place(self, position: str | None) -> tuple[int, float]:
        """Number of the record, and of the last chunk that is behind: "x-17.3" is in the import at "x-17", before that.

        Those that version 0.1 gave out name no log.

        Raises:
            ForeignLog: another log gave it out.
            InvalidValue: none did.
        """
        if position is None:
            return 0, ALL
        name, _, place = position.rpartition("-")
        if name not in ("", self.name):
            raise ForeignLog(str(self.path), position)
        record, dot, chunk = place.partition(".")
        try:
            return int(record), int(chunk) if dot else ALL
        except ValueError as error:
            raise InvalidValue("position", f"{position!r} was not given out by this log") from error
