"""What came of an experiment: rates with intervals, and differences that may be looked at as often as one likes.

The unit is the person, who is in one arm. A rate of slates is a ratio of two sums over people, and its variance that of
the delta method. Differences have an *always-valid* interval and p-value, those of the mixture sequential probability
ratio test with a normal mixture (Johari, Pekelis and Walsh, "Always Valid Inference", 2015): their promise holds at
every look, also when one stops at the first look that pleases.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc

from recommend.experiments.outcomes import Outcomes, Person

Values = NDArray[np.float64]
Z95 = 1.959963984540054
EXPECTED = 0.05
"""Size of the difference, as a part of the first arm's value, that the sequential test is most eager to see."""
ALPHA = 0.05
UNEVEN = 0.001
"""Probability of the numbers of people below which the arms cannot have been dealt out as they should."""
METRICS = ("ctr", "conversion", "revenue_minor")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean, or a ratio of means, and the variance of the estimate."""

    value: float
    variance: float

    def told(self) -> dict[str, float]:
        """With its interval of 95 %."""
        half = Z95 * math.sqrt(self.variance)
        return {"value": self.value, "low": self.value - half, "high": self.value + half}


def ratio(over: Values, under: Values) -> Estimate:
    """The sum of one thing over the sum of another, of independent people."""
    total = float(under.sum())
    if not total:
        return Estimate(0.0, 0.0)
    value = float(over.sum()) / total
    if len(over) < 2:
        return Estimate(value, 0.0)
    spread = float(np.var(over - value * under, ddof=1))
    return Estimate(value, spread * len(over) / total**2)


def difference(first: Estimate, other: Estimate, expected: float = EXPECTED) -> dict[str, float | None]:
    """How much more the other one is, with an interval and a p-value that hold at every look."""
    value, variance = other.value - first.value, first.variance + other.variance
    if variance <= 0:
        return {"value": value, "low": None, "high": None, "p": None}
    mixing = (expected * abs(first.value)) ** 2 or variance
    both = variance + mixing
    half = math.sqrt(variance * both / mixing * (math.log(both / variance) + 2 * math.log(1 / ALPHA)))
    log_odds = 0.5 * math.log(variance / both) + mixing * value**2 / (2 * variance * both)
    p = min(1.0, math.exp(-min(log_odds, 700.0)))
    return {"value": value, "low": value - half, "high": value + half, "p": p}


def uneven(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Probability of numbers of people as far from the shares as these, or farther (Pearson's chi-squared test)."""
    total = sum(counts)
    if not total or len(counts) < 2:
        return 1.0
    far = sum((count - total * share) ** 2 / (total * share) for count, share in zip(counts, shares, strict=True))
    return float(gammaincc((len(counts) - 1) / 2, far / 2))


def report_of(outcomes: Outcomes, shares: Mapping[str, float]) -> dict[str, Any]:
    """The report of an experiment, in JSON types; differences are to its first arm.

    Args:
        outcomes: of its people.
        shares: of its arms, the first one being what the others are compared with.
    """
    arms = outcomes.arms()
    people = {name: arms.get(name, []) for name in shares}
    currency = _currency(people)
    estimates = {name: _estimates(each, currency) for name, each in people.items()}
    first = next(iter(shares))
    fair = uneven([len(each) for each in people.values()], list(shares.values()))
    return {
        "experiment": outcomes.experiment,
        "window_days": outcomes.window_days,
        "currency": currency,
        "arms": [
            {
                "arm": name,
                "share": share,
                "people": len(people[name]),
                "slates": sum(len(each.slates) for each in people[name]),
                "purchases": sum(each.purchases for each in people[name]),
                **{metric: estimates[name][metric].told() for metric in METRICS},
            }
            for name, share in shares.items()
        ],
        "differences": [
            {"arm": name, "metric": metric} | difference(estimates[first][metric], estimates[name][metric])
            for name in shares
            if name != first
            for metric in METRICS
        ],
        "warnings": _warnings(outcomes, fair, people),
    }


def _estimates(people: Sequence[Person], currency: str | None) -> dict[str, Estimate]:
    ones = np.ones(len(people))
    bought = np.array([each.purchases > 0 for each in people], np.float64)
    brought = np.array([each.revenue[currency or ""] for each in people], np.float64)
    slates = np.array([len(each.slates) for each in people], np.float64)
    clicked = np.array([len(each.clicked) for each in people], np.float64)
    return {"ctr": ratio(clicked, slates), "conversion": ratio(bought, ones), "revenue_minor": ratio(brought, ones)}


def _currency(people: Mapping[str, Sequence[Person]]) -> str | None:
    counted = Counter(currency for each in people.values() for person in each for currency in person.revenue)
    return counted.most_common(1)[0][0] or None if counted else None


def _warnings(outcomes: Outcomes, fair: float, people: Mapping[str, Sequence[Person]]) -> list[str]:
    told = []
    if fair < UNEVEN:
        told.append(f"the arms have not the people that their shares promise (p = {fair:.2g}): something is lost")
    if outcomes.crossed:
        told.append(f"{len(outcomes.crossed):,} people saw more than one arm and are left out")
    if outcomes.nobodys:
        told.append(f"{outcomes.nobodys:,} impressions name no person and are left out")
    if not all(people.values()):
        told.append("an arm has no people yet: nothing can be said")
    if len({currency for each in people.values() for person in each for currency in person.revenue}) > 1:
        told.append("there are several currencies; revenue is of the commonest one alone")
    return told
