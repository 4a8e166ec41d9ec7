"""Interactions as they stand in a data set's files, for training and evaluation without a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Pairs = tuple[list[str], list[str]]
"""Two columns of external ids: followers and followees."""

Triples = tuple[list[str], list[str], list[str]]
"""Three columns: item ids, relations, entity ids."""


@dataclass(frozen=True, slots=True)
class Table:
    """Interactions in the order of the file.

    Attributes:
        users: ``(m,)`` external ids.
        items: ``(m,)`` external ids.
        values: ``(m,)`` stars or counts, or None where the set has none.
        minutes: ``(m,)`` since 1970, or None where the set has no times.
    """

    users: list[str]
    items: list[str]
    values: list[float] | None = None
    minutes: list[int] | None = None

    def __len__(self) -> int:
        return len(self.users)

    @property
    def pairs(self) -> Pairs:
        """Users and items only."""
        return self.users, self.items


@dataclass(frozen=True, slots=True)
class Published:
    """A figure that somebody else published on this split."""

    model: str
    metrics: dict[str, float]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Protocol:
    """How the published figures were measured.

    Attributes:
        k: length of the ranked list.
        mask: parts whose items are never ranked for their users: ``train``, ``validation``.
        negatives: unobserved items drawn per user that the test items are ranked among; 0: all items.
        published: figures to compare with.
        note: what else matters.
    """

    k: int
    mask: tuple[str, ...] = ("train",)
    negatives: int = 0
    published: Sequence[Published] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Split:
    """A split that others fixed, so that figures compare.

    Attributes:
        train: what models learn from.
        validation: for choosing hyperparameters, where the split has such a part.
        test: what they are measured on.
        follows: followers and followees, where the set has them.
        attributes: what is known of items, where the set has it.
        protocol: how to measure.
    """

    train: Table
    validation: Table | None
    test: Table
    follows: Pairs | None
    attributes: Triples | None
    protocol: Protocol
