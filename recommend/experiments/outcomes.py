"""What people of each arm saw and did, out of the events of the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from recommend.answers.attribution import read_attribution

CLICKS = ("click", "clicked")
DAY_MS = 86_400_000
WINDOW_DAYS = 7.0
"""Days after it was shown in which a purchase of a product counts."""


@dataclass(slots=True)
class Person:
    """One person of an experiment.

    Attributes:
        arm: that they are in, by the first slate that they saw.
        slates: different slates that they saw.
        clicked: those of them that they clicked in.
        shown: when each product was shown to them last, in milliseconds since 1970.
        purchases: of products that were shown to them, within the window.
        revenue: what these brought, by currency, in its smallest unit.
    """

    arm: str
    slates: set[str] = field(default_factory=set)
    clicked: set[str] = field(default_factory=set)
    shown: dict[str, int] = field(default_factory=dict)
    purchases: int = 0
    revenue: Counter[str] = field(default_factory=Counter)


class Outcomes:
    """Collects them, event by event, in the order of the log.

    Args:
        experiment: its name.
        window_days: days after it was shown in which a purchase of a product counts.
    """

    def __init__(self, experiment: str, window_days: float = WINDOW_DAYS) -> None:
        self.experiment = experiment
        self.window_days = window_days
        self.people: dict[str, Person] = {}
        self.crossed: set[str] = set()
        """People who saw more than one arm, as when the shares were changed; they are left out."""
        self.nobodys = 0
        """Impressions that name no person."""

    def take(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Take more events in."""
        for event in events:
            match event.get("type"):
                case "impression":
                    self._saw(event)
                case "outcome":
                    self._did(event)
                case "bought":
                    self._bought(event)

    def arms(self) -> dict[str, list[Person]]:
        """The people of each arm."""
        found: dict[str, list[Person]] = {}
        for user_id, person in self.people.items():
            if user_id not in self.crossed:
                found.setdefault(person.arm, []).append(person)
        return found

    def _saw(self, event: Mapping[str, Any]) -> None:
        token = str(event.get("attribution"))
        told = read_attribution(token)
        if told is None or told.experiment != self.experiment or told.arm is None:
            return
        user_id = event.get("user_id")
        if user_id is None:
            self.nobodys += 1
            return
        person = self.people.setdefault(user_id, Person(told.arm))
        if person.arm != told.arm:
            self.crossed.add(user_id)
        person.slates.add(token)
        for item in event.get("items") or ():
            if isinstance(item, Mapping) and isinstance(item.get("id"), str):
                person.shown[item["id"]] = event.get("at") or 0

    def _did(self, event: Mapping[str, Any]) -> None:
        person = self.people.get(str(event.get("user_id")))
        if person is not None and event.get("kind") in CLICKS and event.get("attribution") in person.slates:
            person.clicked.add(str(event["attribution"]))

    def _bought(self, event: Mapping[str, Any]) -> None:
        person = self.people.get(str(event.get("user_id")))
        if person is None or event.get("product_id") not in person.shown:
            return
        since = (event.get("at") or 0) - person.shown[event["product_id"]]
        if 0 <= since <= self.window_days * DAY_MS:
            person.purchases += 1
            price, quantity = event.get("price_minor"), event.get("quantity")
            if price is not None:
                person.revenue[event.get("currency") or ""] += int(price) * int(quantity or 1)
