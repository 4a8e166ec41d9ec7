"""What stands when events meet in any order: the newest ``(at, event_id)`` of each register, and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from graph.model import NO_TIME
from graph.schema import ATTRIBUTES, NODES, Type

NEVER = (-2, "")
"""The clock of a register that nothing has been written to."""

Clock = tuple[int, str]
SINCE = frozenset({"FOLLOWS", "BLOCKED", "MUTED", "MEMBER_OF"})
"""Relationship types that say since when they stand."""


@dataclass(slots=True)
class Pair:
    """What is known of a pair: a register that says whether it stands, and counts of what made it stand."""

    stands: bool = False
    clock: Clock = NEVER
    count: int = 0
    first_at: int = NO_TIME
    last_at: int = NO_TIME

    def meet(self, at: int, event_id: str, *, stands: bool) -> None:
        """One more event."""
        if stands:
            self.add(1, at, at)
        if (at, event_id) > self.clock:
            self.clock, self.stands = (at, event_id), stands

    def add(self, count: int, first_at: int, last_at: int) -> None:
        """More events that made it stand."""
        self.count += count
        if first_at != NO_TIME:
            self.first_at = first_at if self.first_at == NO_TIME else min(self.first_at, first_at)
        self.last_at = max(self.last_at, last_at)

    def join(self, other: Pair) -> None:
        """What was known elsewhere of the same pair, of other events."""
        self.add(other.count, other.first_at, other.last_at)
        if other.clock > self.clock:
            self.clock, self.stands = other.clock, other.stands

    @classmethod
    def read(cls, known: Mapping[str, Any], *, stands: bool) -> Pair:
        """From the properties of a relationship."""
        clock = (_ms(known.get("_at")), known.get("_event_id", ""))
        return cls(stands, clock, known["count"], _ms(known.get("first_at")), _ms(known.get("last_at")))

    def properties(self, type_: str) -> dict[str, Any]:
        """As properties of a relationship; what is unknown is left out."""
        found = {"count": self.count, "_event_id": self.clock[1]}
        times = {"first_at": self.first_at, "last_at": self.last_at, "_at": self.clock[0]}
        if type_ in SINCE:
            times["since"] = self.clock[0]
        return found | {name: at for name, at in times.items() if at != NO_TIME}


@dataclass(slots=True)
class Node:
    """What a transaction tells of a node: the newest value of each register."""

    clocks: dict[str, Clock] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    def tell(self, name: str, at: int, event_id: str, value: Any = None) -> None:
        """One more value of a register; None removes it."""
        if (at, event_id) > self.clocks.get(name, NEVER):
            self.clocks[name] = (at, event_id)
            self.values[name] = value

    def over(self, label: str, clocks: str | None, attributes: str | None) -> dict[str, Any]:
        """Properties to set, given what the node has: those whose register was won, and the bookkeeping."""
        known: dict[str, Clock] = {name: (at, by) for name, (at, by) in orjson.loads(clocks or "{}").items()}
        won = {name for name, clock in self.clocks.items() if clock > known.get(name, NEVER)}
        known |= {name: self.clocks[name] for name in won}
        inside = ATTRIBUTES.name + "."
        found = {
            name: _kept(label, name, self.values[name])
            for name in won
            if name not in ("touched", "ended", ATTRIBUTES.name) and not name.startswith(inside)
        }
        if any(name == ATTRIBUTES.name or name.startswith(inside) for name in won):
            found[ATTRIBUTES.name] = self._attributes(known, orjson.loads(attributes or "{}"), won)
        found["_clocks"] = orjson.dumps(known).decode()
        found["deleted"] = True if known.get("ended", NEVER) > known.get("touched", NEVER) else None
        return found

    def _attributes(self, clocks: Mapping[str, Clock], before: dict[str, Any], won: set[str]) -> str | None:
        inside = ATTRIBUTES.name + "."
        told = before | {name.removeprefix(inside): self.values[name] for name in won if name.startswith(inside)}
        removed = clocks.get(ATTRIBUTES.name, NEVER)
        standing = {
            name: value for name, value in told.items() if value is not None and clocks[inside + name] > removed
        }
        return orjson.dumps(dict(sorted(standing.items()))).decode() if standing else None


def _kept(label: str, name: str, value: Any) -> Any:
    declared = NODES[label].property(name)
    assert declared is not None
    return value if value is None or declared.type is not Type.JSON else orjson.dumps(value).decode()


def _ms(at: int | None) -> int:
    return NO_TIME if at is None else at
