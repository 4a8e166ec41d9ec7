"""Rules as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MEASURES = ("support", "confidence", "lift", "leverage", "conviction")


@dataclass(frozen=True)
class RuleTable:
    """Rules *if all of these, then that*, as columns of length ``r``, highest lift first.

    Attributes:
        items: label in small letters and id of each item that a rule names.
        if_start: ``(r + 1,)`` int64: where the items of each rule's first part begin in ``if_items``.
        if_items: numbers of items, rising inside a rule.
        then: ``(r,)`` int32 the item that comes along.
        together: ``(r,)`` int64 baskets with all of the rule's items.
        of_if: ``(r,)`` int64 baskets with those of its first part.
        of_then: ``(r,)`` int64 baskets with the one that comes along.
        baskets: how many there were.
        support: least share of the baskets that a rule's items were asked to be in together.
        warnings: what should be known of these rules, or why there are none.
    """

    items: Sequence[tuple[str, str]]
    if_start: NDArray[np.int64]
    if_items: NDArray[np.int32]
    then: NDArray[np.int32]
    together: NDArray[np.int64]
    of_if: NDArray[np.int64]
    of_then: NDArray[np.int64]
    baskets: int
    support: float
    warnings: Sequence[str] = field(default_factory=tuple)

    def __len__(self) -> int:
        """How many rules there are."""
        return len(self.then)

    @cached_property
    def measures(self) -> Mapping[str, Floats]:
        """``(r,)`` each of `MEASURES`.

        Source:
            Agrawal, Imieliński and Swami 1993 (support, confidence); Brin et al. 1997 (lift, conviction);
            Piatetsky-Shapiro 1991 (leverage). Conviction is infinite for a rule without an exception.
        """
        count = max(1, self.baskets)
        support, confidence = self.together / count, self.together / self.of_if
        expected = self.of_then / count
        with np.errstate(divide="ignore", invalid="ignore"):
            conviction = np.where(self.together == self.of_if, np.inf, (1 - expected) / (1 - confidence))
        return {
            "support": support,
            "confidence": confidence,
            "lift": confidence / expected,
            "leverage": support - self.of_if / count * expected,
            "conviction": conviction,
        }

    def first_part(self, rule: int) -> NDArray[np.int32]:
        """Numbers of the items of a rule's first part."""
        return self.if_items[self.if_start[rule] : self.if_start[rule + 1]]

    def about(self, label: str, item_id: str, side: str = "any") -> NDArray[np.int64]:
        """Numbers of the rules that name an item, in order; ``side`` is ``if``, ``then`` or ``any``."""
        try:
            number = self.items.index((label, item_id))
        except ValueError:
            return np.zeros(0, np.int64)
        owner = np.repeat(np.arange(len(self)), np.diff(self.if_start))
        first = owner[self.if_items == number] if side != "then" else owner[:0]
        second = np.flatnonzero(self.then == number) if side != "if" else owner[:0]
        return np.unique(np.concatenate((first, second)))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Its columns by name, to be kept."""
        return {
            "if_start": self.if_start,
            "if_items": self.if_items,
            "then": self.then,
            "together": self.together,
            "of_if": self.of_if,
            "of_then": self.of_then,
        }

    def details(self) -> dict[str, Any]:
        """The rest, as JSON types."""
        return {
            "items": [list(each) for each in self.items],
            "baskets": self.baskets,
            "support": self.support,
            "warnings": list(self.warnings),
        }

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]], details: Mapping[str, Any]) -> Self:
        """As it was kept."""
        columns: dict[str, Any] = {name: arrays[name] for name in cls.none(0, 0.0).arrays()}
        return cls(
            items=[(label, item_id) for label, item_id in details["items"]],
            **columns,
            baskets=details["baskets"],
            support=details["support"],
            warnings=tuple(details["warnings"]),
        )

    @classmethod
    def none(cls, baskets: int, support: float, warnings: Sequence[str] = ()) -> Self:
        """A table without rules."""
        empty, start = np.zeros(0, np.int64), np.zeros(1, np.int64)
        small = np.zeros(0, np.int32)
        return cls([], start, small, small, empty, empty, empty, baskets, support, tuple(warnings))
