"""What people do at the moment, over windows that slide by the minute: counts, funnel, people, products, anomalies.

An event counts in the minute of its own time. One bucket a minute is kept for a day and an hour, what it says of
products for three hours; so memory is bounded, whatever comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from api.monitoring import sketch
from api.monitoring.sketch import Sketch

MINUTE_MS = 60_000
DAY = 24 * 60
KEPT = DAY + 61
"""Minutes: a window of an hour can be held against that of the day before."""
PRODUCTS_KEPT = 180
PRODUCTS = 2_000
"""Products of one minute that are kept; of more, those with most actions."""
LONGEST = 60
"""Minutes of a window."""

FUNNEL = ("viewed", "liked", "carted", "bought")
ANYBODY = "*"
RISING = frozenset({"viewed", "liked", "carted", "bought", "shared"})
SHOWN = 20

ENOUGH = 20
"""Events in one of two windows, below which nothing is an anomaly."""
TIMES = 2.0
"""A jump is so many times as much, a drop so many times less."""
DEVIATIONS = 4.0
"""And the difference so many standard deviations of what chance alone makes (a Poisson count)."""


@dataclass(slots=True)
class _Bucket:
    counts: Counter[str] = field(default_factory=Counter)
    people: dict[str, Sketch] = field(default_factory=dict)
    products: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Group:
    """The events of one minute among those that came together."""

    counts: Counter[str] = field(default_factory=Counter)
    people: dict[str, set[str]] = field(default_factory=dict)
    products: Counter[str] = field(default_factory=Counter)


class Behaviour:
    """Takes events in the log's form and answers questions about the last minutes; used by one thread at a time.

    Args:
        since_ms: from when on every event has been seen, in milliseconds since 1970; windows before are not compared.
    """

    def __init__(self, since_ms: int) -> None:
        self.since_ms = since_ms
        self._buckets: dict[int, _Bucket] = {}

    def add(self, events: Iterable[Mapping[str, Any]], now_ms: int) -> None:
        """Count events; those from before the windows are left out."""
        newest = now_ms // MINUTE_MS
        groups: dict[int, _Group] = {}
        for event in events:
            at = event.get("at")
            if at is not None and newest - KEPT < at // MINUTE_MS <= newest + 5:
                group = groups.setdefault(min(at // MINUTE_MS, newest), _Group())
                _count(group, event)
        for minute, group in groups.items():
            self._join(minute, group)
        self._forget(newest)

    def _join(self, minute: int, group: _Group) -> None:
        bucket = self._buckets.setdefault(minute, _Bucket())
        bucket.counts.update(group.counts)
        for step, people in group.people.items():
            sketch.add(bucket.people.setdefault(step, sketch.empty()), people)
        bucket.products.update(group.products)
        if len(bucket.products) > 2 * PRODUCTS:
            bucket.products = Counter(dict(bucket.products.most_common(PRODUCTS)))

    def _forget(self, newest: int) -> None:
        for minute in [each for each in self._buckets if each <= newest - PRODUCTS_KEPT]:
            if minute <= newest - KEPT:
                del self._buckets[minute]
            else:
                self._buckets[minute].products.clear()

    def report(self, now_ms: int, minutes: int = LONGEST) -> dict[str, Any]:
        """The last ``minutes``, up to now.

        Returns:
            ``events`` by type, with those of the same window before and of the day before (None where not all of it
            was seen); the ``funnel``; about how many ``active_users``; ``rising`` products; ``alerts``.
        """
        end = now_ms // MINUTE_MS + 1
        now = self._counts(end, minutes)
        before, yesterday = self._counts(end - minutes, minutes), self._counts(end - DAY, minutes)
        seen = {
            "before": self._has_seen(end - 2 * minutes),
            "day_before": self._has_seen(end - DAY - minutes),
        }
        kinds = sorted({*now, *(before if seen["before"] else ()), *(yesterday if seen["day_before"] else ())})
        events = [
            {
                "type": kind,
                "count": now[kind],
                "before": before[kind] if seen["before"] else None,
                "day_before": yesterday[kind] if seen["day_before"] else None,
            }
            for kind in kinds
        ]
        return {
            "window_minutes": minutes,
            "events": events,
            "active_users": self._people(ANYBODY, end, minutes),
            "funnel": self._funnel(now, end, minutes),
            "rising": self._rising(end, minutes),
            "alerts": list(_alerts(events)),
        }

    def _window(self, end: int, minutes: int) -> Iterator[_Bucket]:
        for minute in range(end - minutes, end):
            if minute in self._buckets:
                yield self._buckets[minute]

    def _counts(self, end: int, minutes: int) -> Counter[str]:
        total: Counter[str] = Counter()
        for bucket in self._window(end, minutes):
            total.update(bucket.counts)
        return total

    def _has_seen(self, start: int) -> bool:
        return self.since_ms <= start * MINUTE_MS

    def _people(self, step: str, end: int, minutes: int) -> int:
        return sketch.count(bucket.people[step] for bucket in self._window(end, minutes) if step in bucket.people)

    def _funnel(self, now: Mapping[str, int], end: int, minutes: int) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = []
        for step in FUNNEL:
            people = self._people(step, end, minutes)
            first = steps[-1]["users"] if steps else 0
            rate = round(people / first, 4) if first else None
            steps.append({"type": step, "events": now[step], "users": people, "of_step_before": rate})
        return steps

    def _rising(self, end: int, minutes: int) -> list[dict[str, Any]]:
        """Products with more actions than in the window before, most surprising first."""
        now, before = self._products(end, minutes), self._products(end - minutes, minutes)
        scored = [
            ((count - before[product]) / sqrt(count + before[product]), product, count)
            for product, count in now.items()
            if count > before[product]
        ]
        scored.sort(key=lambda each: (-each[0], each[1]))
        return [
            {"product_id": product, "count": count, "before": before[product], "score": round(score, 3)}
            for score, product, count in scored[:SHOWN]
        ]

    def _products(self, end: int, minutes: int) -> Counter[str]:
        total: Counter[str] = Counter()
        for bucket in self._window(end, minutes):
            total.update(bucket.products)
        return total


def _count(group: _Group, event: Mapping[str, Any]) -> None:
    kind, person = event["type"], event.get("user_id")
    group.counts[kind] += 1
    if person is not None and kind != "erased":
        group.people.setdefault(ANYBODY, set()).add(person)
        if kind in FUNNEL:
            group.people.setdefault(kind, set()).add(person)
    if kind in RISING and "product_id" in event:
        group.products[event["product_id"]] += 1


def _alerts(events: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Event types that come far more or far less often than a day ago, or else than in the window before."""
    for each in events:
        against = "day_before" if each["day_before"] is not None else "before"
        count, expected = each["count"], each[against]
        if expected is None or max(count, expected) < ENOUGH:
            continue
        if abs(count - expected) < DEVIATIONS * sqrt(count + expected):
            continue
        kind = "jump" if count >= TIMES * expected else "drop" if count * TIMES <= expected else None
        if kind is not None:
            yield {"type": each["type"], "kind": kind, "count": count, "expected": expected, "against": against}
