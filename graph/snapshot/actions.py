"""Which actions count as interest, how much, and how fast they fade; and the stamp of an edge that tells them apart.

A stamp is an unsigned 32-bit word: minutes since 1970 in the upper 26 bits (0: unknown; good until 2097),
a code in the lower 6. The code names the action and, for rated and reviewed ones, the stars in steps of
half a star, so that "rated ≥ 4" is one bit mask and an edge needs no second column.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from graph.errors import InvalidValue
from graph.schema import PRODUCT_ACTIONS

CODE_BITS = 6
CODE_COUNT = 1 << CODE_BITS
CODE_MASK = CODE_COUNT - 1
LAST_MINUTE = (1 << (32 - CODE_BITS)) - 1

STARRED = ("RATED", "REVIEWED")
HALF_STARS = tuple(step / 2 for step in range(2, 11))
"""1, 1.5, … 5 stars."""

CODES: tuple[tuple[str, float | None], ...] = (
    *((kind, None) for kind in PRODUCT_ACTIONS if kind != "RATED"),
    *((kind, stars) for kind in STARRED for stars in HALF_STARS),
    ("COMMENTED", None),
)
"""Action and stars by code. The order is part of the snapshot's schema version. A review may have no stars."""

FIRST_STAR_CODE = {kind: CODES.index((kind, 1.0)) for kind in STARRED}
PLAIN_CODE = {kind: code for code, (kind, stars) in enumerate(CODES) if stars is None}
KINDS = tuple(dict.fromkeys(kind for kind, _ in CODES))

EVENT_NAMES = {
    "viewed": "VIEWED",
    "liked": "LIKED",
    "disliked": "DISLIKED",
    "carted": "CARTED",
    "shared": "SHARED",
    "bought": "BOUGHT",
    "returned": "RETURNED",
    "rated": "RATED",
    "reviewed": "REVIEWED",
}
PAST_TENSE = {edge: event for event, edge in EVENT_NAMES.items()}
"""Relationship type to the word that reasons use."""


def stamps(kind: str, minutes: NDArray[np.int64], stars: NDArray[np.float32] | None = None) -> NDArray[np.uint32]:
    """Pack times and one action into stamps.

    Args:
        kind: relationship type, such as ``"RATED"``.
        minutes: ``(m,)`` since 1970; negative ones mean unknown, later ones than `LAST_MINUTE` are clamped.
        stars: ``(m,)`` for rated and reviewed, NaN for a review without stars; rounded to half a star.

    Returns:
        ``(m,)`` uint32.

    Raises:
        InvalidValue: no such action, or a rated edge without stars.
    """
    if kind not in FIRST_STAR_CODE and kind not in PLAIN_CODE:
        raise InvalidValue("kind", f"{kind!r} is no action; known: {', '.join(KINDS)}")
    codes = np.full(len(minutes), PLAIN_CODE.get(kind, 0), np.uint32)
    if kind in STARRED:
        given = np.full(len(minutes), np.nan, np.float32) if stars is None else stars
        known = ~np.isnan(given)
        if kind not in PLAIN_CODE and not known.all():
            raise InvalidValue("stars", f"{kind} edges need stars; {int((~known).sum())} have none")
        steps = np.clip(np.rint(given[known] * 2) - 2, 0, len(HALF_STARS) - 1)
        codes[known] = steps.astype(np.uint32) + np.uint32(FIRST_STAR_CODE[kind])
    return plain_stamps(minutes) | codes


def plain_stamps(minutes: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Stamps of edges that are no action on a product: the time alone, as in `stamps`."""
    return np.clip(minutes, 0, LAST_MINUTE).astype(np.uint32) << np.uint32(CODE_BITS)


def codes_of(events: Iterable[str]) -> NDArray[np.bool_]:
    """``(64,)`` whether an action of that code is one of these events."""
    kinds = {EVENT_NAMES[event] for event in events}
    return np.array([code < len(CODES) and CODES[code][0] in kinds for code in range(CODE_COUNT)])


def minutes_of(stamp: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Minutes since 1970 of stamps; 0 where unknown."""
    return (stamp >> np.uint32(CODE_BITS)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class ActionRule:
    """One action that counts.

    Attributes:
        event: the event's name, such as ``rated``.
        minimum: fewest stars that count, for rated and reviewed; 0 counts all.
        weight: what one such action is worth.
        half_life_days: after how long it is worth half.
    """

    event: str
    minimum: float = 0.0
    weight: float = 1.0
    half_life_days: float = 180.0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``bought``, ``rated>=4``, ``bought*3`` or ``rated>=4*2``.

        Raises:
            InvalidValue: not such a form, or no such action.
        """
        head, _, weight = text.replace(" ", "").partition("*")
        event, _, minimum = head.partition(">=")
        if event not in EVENT_NAMES:
            raise InvalidValue("actions", f"{text!r} names no action; known: {', '.join(EVENT_NAMES)}")
        if minimum and EVENT_NAMES[event] not in STARRED:
            raise InvalidValue("actions", f"{text!r}: only rated and reviewed have stars")
        try:
            return cls(event, float(minimum or 0), float(weight or 1))
        except ValueError as error:
            raise InvalidValue("actions", f"{text!r}: write bought, rated>=4 or bought*3") from error


DEFAULT_RULES = (
    ActionRule("bought", weight=3.0),
    ActionRule("liked"),
    ActionRule("rated", minimum=4.0, weight=2.0),
)


@dataclass(frozen=True, slots=True)
class Actions:
    """Rules compiled for the kernels.

    Attributes:
        rules: as given.
        mask: ``uint64``: bit ``code`` is set when edges of that code count.
        weights: ``(64,)`` float32 by code, 0 where it does not count.
        half_life_minutes: ``(64,)`` float32 by code.
    """

    rules: tuple[ActionRule, ...]
    mask: np.uint64
    weights: NDArray[np.float32]
    half_life_minutes: NDArray[np.float32]

    @classmethod
    def of(cls, rules: Iterable[ActionRule | str] = DEFAULT_RULES) -> Self:
        """Compile rules; a later rule for the same action adds to an earlier one.

        Raises:
            InvalidValue: there is no rule, or one cannot be read.
        """
        parsed = tuple(ActionRule.parse(rule) if isinstance(rule, str) else rule for rule in rules)
        if not parsed:
            raise InvalidValue("actions", "name at least one action that counts")
        weights = np.zeros(CODE_COUNT, np.float32)
        half_lives = np.ones(CODE_COUNT, np.float32)
        mask = 0
        for rule in parsed:
            for code, (kind, stars) in enumerate(CODES):
                if kind == EVENT_NAMES[rule.event] and (stars or 0.0) >= rule.minimum:
                    weights[code] += rule.weight
                    half_lives[code] = rule.half_life_days * 24 * 60
                    mask |= 1 << code
        return cls(parsed, np.uint64(mask), weights, half_lives)

    def counts(self, stamp: NDArray[np.uint32]) -> NDArray[np.bool_]:
        """``(m,)`` whether edges with these stamps count."""
        return np.asarray(self.weights[stamp & np.uint32(CODE_MASK)] > 0)
