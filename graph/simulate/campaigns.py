"""Campaigns in a town whose effect is known: what a measurement of them is checked against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.errors import InvalidValue
from graph.simulate import kernels_influence
from graph.simulate.events import EventColumns
from graph.simulate.settings import DAY_MS, END_MS, LONGEST_DELAY_DAYS, START_MS
from graph.simulate.town import Town


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign and its truth; its events come on top of the town's.

    Attributes:
        shown: the participants' purchases of the product.
        exposed: ``(e,)`` sorted rows of those who follow a participant when the campaign begins.
        caused: purchases of exposed people that would not have been, within 14 days.
        expected: how many those are on average over repetitions of the same campaign.
    """

    shown: EventColumns
    exposed: NDArray[np.int32]
    caused: EventColumns
    expected: float


def run_campaign(
    town: Town, participants: NDArray[np.int32], product: int, at: int, rng: np.random.Generator
) -> Campaign:
    """Let people show a product, all at one moment.

    Args:
        town: it stays as it is.
        participants: ``(k,)`` rows of people.
        product: row of the product.
        at: milliseconds since 1970; at least 14 days before the town's last day ends.
        rng: chance.

    Returns:
        What came of it, directly; participants, and people who buy the product of their own accord in the year or
        were moved to it without the campaign, are not counted.

    Raises:
        InvalidValue: the time is outside the year, or too late for the effect to be seen.
    """
    if not START_MS <= at <= END_MS - LONGEST_DELAY_DAYS * DAY_MS:
        raise InvalidValue("at", "a campaign begins within the simulated year, at least 14 days before its end")
    participants = np.unique(np.asarray(participants, np.int32))
    bought = town.events["bought"]
    buyers = np.union1d(bought.user[bought.fields["product"] == product], participants)
    followers, chance = _exposures(town, participants, product, at)
    exposed, place = np.unique(followers, return_inverse=True)
    miss = np.bincount(place, weights=np.log1p(-chance), minlength=len(exposed))
    free = ~np.isin(exposed, buyers)
    moved, when = _moved(town, participants, product, at, rng)
    new = ~np.isin(moved, buyers)
    return Campaign(
        shown=_purchases(participants, np.full(len(participants), at, np.int64), product),
        exposed=exposed.astype(np.int32),
        caused=_purchases(moved[new], when[new], product),
        expected=float((1 - np.exp(miss[free])).sum()),
    )


def _purchases(user: NDArray[np.int32], at: NDArray[np.int64], product: int) -> EventColumns:
    return EventColumns(user, at, {"product": np.full(len(user), product, np.int32)}).by_time()


def _exposures(
    town: Town, participants: NDArray[np.int32], product: int, at: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Each follower of each participant, and the chance that this one purchase moves them."""
    people, leaf = town.people, town.catalogue.leaf[product]
    department = town.catalogue.department
    start, end = town.followers.offsets[participants], town.followers.offsets[participants + 1]
    slots = np.concatenate([np.arange(a, b) for a, b in zip(start, end, strict=True)] or [np.empty(0, np.int64)])
    source = np.repeat(participants, end - start)
    inside = town.followers.since[slots] < at
    rows, source = town.followers.rows[slots[inside]], source[inside]
    power = people.power[source, (people.topic[source] == department[leaf]).astype(np.int64)].astype(np.float64)
    favourite = people.favourite[rows]
    near = (department[favourite] == department[leaf]).any(axis=1)
    taste = np.where((favourite == leaf).any(axis=1), 1.0, np.where(near, 0.5, 0.05))
    return rows, power * people.susceptibility[rows] * taste


def _moved(
    town: Town, participants: NDArray[np.int32], product: int, at: int, rng: np.random.Generator
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Who is moved, once each, and when first."""
    people, count = town.people, len(participants)
    leaf = np.full(count, town.catalogue.leaf[product], np.int32)
    _, user, when = kernels_influence.expose(
        rng.integers(1 << 63, dtype=np.uint64), 0, participants, leaf, np.full(count, at, np.int64),
        town.followers.offsets, town.followers.rows, town.followers.since, people.topic, people.power,
        people.susceptibility, people.favourite, town.catalogue.department, END_MS,
    )  # fmt: skip
    order = np.lexsort((when, user))
    first = order[np.unique(user[order], return_index=True)[1]]
    return user[first], when[first]
