"""The forms of questions and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict


class Question(TypedDict, total=False):
    """What a placement may be asked; which of it is needed follows from the placement."""

    user_id: str
    items: Sequence[str]
    users: Sequence[str]
    text: str
    vector: Sequence[float]
    context: Mapping[str, str]
    positive: Sequence[str]
    negative: Sequence[str]
    num_results: int
    filter: str
    filter_values: Mapping[str, Any]
    promotions: Sequence[Mapping[str, Any]]
    fields: Sequence[str]
    explain: bool
    paths: bool
    page_size: int
    page_token: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """One recommended thing: its id, type, score, which sources offered it, what is known of it, and why."""

    id: str
    type: str
    score: float
    sources: tuple[str, ...]
    fields: Mapping[str, Any]
    reasons: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Item:
        """Out of an answer."""
        return cls(
            told["id"], told["type"], told["score"], tuple(told["sources"]), told["fields"], tuple(told["reasons"])
        )


@dataclass(frozen=True, slots=True)
class Slate:
    """One page of an answer, and what it rests on.

    Attributes:
        items: best first.
        next_page: the page behind it, as ``page_token`` of the same question; None on the last one.
        cold_start: nothing was known of who asked.
        stale: newer events are not in it yet.
        placement: that was asked.
        experiment: the arm that answered, if there is one.
        attribution: what impressions and outcomes refer to.
        snapshot: id of what it was answered from.
        model: names and versions of models.
        took_ms: within the service.
    """

    items: tuple[Item, ...]
    next_page: str | None
    cold_start: bool
    stale: bool
    placement: str
    experiment: str | None
    attribution: str
    snapshot: str
    model: str | None
    took_ms: float

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Slate:
        """Out of an answer; what a newer service tells beyond it is left out."""
        rest = {name: told[name] for name in cls.__dataclass_fields__ if name != "items"}
        return cls(items=tuple(map(Item.of, told["items"])), **rest)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one event: accepted, duplicate, or rejected with a reason."""

    event_id: str | None
    status: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of events; what was accepted is durable.

    Attributes:
        position: of the log, at or behind all of them.
        accepted: events that are new.
        duplicates: events that were there already.
        rejected: events that were not taken.
        results: of each, in order.
    """

    position: str | None
    accepted: int
    duplicates: int
    rejected: int
    results: tuple[Result, ...]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Receipt:
        """Out of an answer."""
        results = tuple(Result(each["event_id"], each["status"], each.get("reason")) for each in told["results"])
        return cls(told["position"], told["accepted"], told["duplicates"], told["rejected"], results)
