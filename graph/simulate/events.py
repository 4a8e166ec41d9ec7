"""Events of a town as columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Events of one type as columns of equal length.

    Attributes:
        user: rows of those who act.
        at: milliseconds since 1970.
        fields: the type's own columns. ``product``, ``other``, ``community``, ``post`` and ``session`` hold row
            numbers (-1: none), ``value`` stars, ``order`` a number, the rest what INTERFACES says.
    """

    user: NDArray[np.int32]
    at: NDArray[np.int64]
    fields: Mapping[str, Column] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.user)

    def take(self, rows: NDArray[Any]) -> EventColumns:
        """The events at those positions, or where a mask is true."""
        return EventColumns(self.user[rows], self.at[rows], {name: c[rows] for name, c in self.fields.items()})

    def by_time(self) -> EventColumns:
        """The same events, oldest first; equal times keep their order."""
        return self.take(np.argsort(self.at, kind="stable"))


def joined(parts: Iterable[EventColumns]) -> EventColumns:
    """Events of several sources with the same columns, one after the other."""
    parts = list(parts)
    return EventColumns(
        np.concatenate([p.user for p in parts]),
        np.concatenate([p.at for p in parts]),
        {name: np.concatenate([p.fields[name] for p in parts]) for name in parts[0].fields},
    )
