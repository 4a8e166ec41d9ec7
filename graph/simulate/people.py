"""The people of a town: communities, circles, ways of shopping, tastes, and who moves whom."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.simulate.catalogue import Catalogue
from graph.simulate.settings import BASE_POWER, DAY_MS, DAYS, FAVOURITE_COUNT, SEGMENTS, START_MS, TownSettings

ORDINARY, INFLUENCER, CELEBRITY, FAKE = range(4)
"""Roles."""
CIRCLE_SIZE = 20
FAKES_PER_FARM = 40


@dataclass(frozen=True, slots=True)
class People:
    """Columns of length ``n``, one row an account; the order of rows means nothing.

    Attributes:
        role: `ORDINARY`, `INFLUENCER`, `CELEBRITY` or `FAKE`.
        community: the planted community; -1 for fakes.
        segment: index in `SEGMENTS`.
        favourite: ``(n, 5)`` kinds of product that the person likes, the first three the community's.
        weight: ``(n, 5)`` their shares, with sum 1.
        brands: ``(n, 2)`` brands that the person prefers.
        topic: the department in which an influencer moves followers; -1 for others.
        power: ``(n, 2)`` chance that a purchase moves a fully open follower, outside and inside the topic.
        susceptibility: how open the person is to the purchases of others, 0 to 1.
        joined_at: milliseconds since 1970.
        farm: which farm a fake belongs to; -1 for genuine people.
        members: genuine people by community and circle; ``place`` and ``size`` (communities,) say where.
        circle_start: where the person's circle begins in ``members``; ``circle_size`` how many it has. 0 for fakes.
        by_fame: the slots of ``members``, most famous first in each community; then all genuine people by fame.
    """

    role: NDArray[np.int8]
    community: NDArray[np.int32]
    segment: NDArray[np.int8]
    favourite: NDArray[np.int32]
    weight: NDArray[np.float32]
    brands: NDArray[np.int32]
    topic: NDArray[np.int32]
    power: NDArray[np.float32]
    susceptibility: NDArray[np.float32]
    joined_at: NDArray[np.int64]
    farm: NDArray[np.int32]
    members: NDArray[np.int32]
    place: NDArray[np.int64]
    size: NDArray[np.int64]
    circle_start: NDArray[np.int64]
    circle_size: NDArray[np.int64]
    by_fame: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.role)

    def rows(self, role: int) -> NDArray[np.int32]:
        """Rows of everyone in that role."""
        return np.flatnonzero(self.role == role).astype(np.int32)


def community_count(genuine: int) -> int:
    """How many communities that many people form: 4 at 100, 31 at 10,000, 301 at a million."""
    return max(4, round(0.3 * math.sqrt(genuine)) + 1)


def make_people(settings: TownSettings, catalogue: Catalogue, rng: np.random.Generator) -> People:
    """Everything about people that does not depend on what they do."""
    count = settings.people
    role = _roles(settings, rng)
    genuine = np.flatnonzero(role != FAKE).astype(np.int32)
    groups = _communities(len(genuine), rng)
    members = rng.permutation(genuine)
    community = np.full(count, -1, np.int32)
    community[members] = groups
    size = np.bincount(groups)
    place = np.concatenate(([0], np.cumsum(size)[:-1])).astype(np.int64)
    circle_start, circle_size = _circles(count, members, place, size)
    favourite, weight = _tastes(community, len(size), catalogue, rng)
    segment = rng.choice(len(SEGMENTS), count, p=[s.share for s in SEGMENTS]).astype(np.int8)
    farm = _farms(role)
    susceptibility = np.array([s.susceptibility for s in SEGMENTS])[segment] * rng.uniform(0.7, 1.1, count)
    topic = np.where(role == INFLUENCER, catalogue.department[favourite[:, 0]], -1).astype(np.int32)
    return People(
        role=role,
        community=community,
        segment=segment,
        favourite=favourite,
        weight=weight,
        brands=_brands(favourite, catalogue, rng),
        topic=topic,
        power=_power(role, rng),
        susceptibility=susceptibility.astype(np.float32),
        joined_at=_joined_at(farm, rng),
        farm=farm,
        members=members.astype(np.int32),
        place=place,
        size=size.astype(np.int64),
        circle_start=circle_start,
        circle_size=circle_size,
        by_fame=_by_fame(role, members, groups, rng),
    )


def _roles(settings: TownSettings, rng: np.random.Generator) -> NDArray[np.int8]:
    shares = {
        INFLUENCER: settings.influencer_share,
        CELEBRITY: settings.celebrity_share,
        FAKE: settings.fake_share,
    }
    role = np.full(settings.people, ORDINARY, np.int8)
    start = 0
    for name, share in shares.items():
        count = max(1, round(share * settings.people)) if share else 0
        role[start : start + count] = name
        start += count
    return rng.permutation(role)


def _communities(count: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """The community of each of ``count`` places, sorted; sizes differ by about a factor of four."""
    groups = community_count(count)
    weights = rng.uniform(0.5, 2.0, groups)
    ends = np.rint(np.cumsum(weights) / weights.sum() * count).astype(np.int64)
    return np.searchsorted(ends, np.arange(count), side="right").astype(np.int32)


def _circles(
    count: int, members: NDArray[np.int32], place: NDArray[np.int64], size: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cut each community into circles of friends of about twenty."""
    slot = np.arange(len(members))
    community = np.repeat(np.arange(len(size)), size)
    circles = np.maximum(1, size // CIRCLE_SIZE)[community]
    inside = slot - place[community]
    number = inside * circles // size[community]
    first = place[community] + -(-number * size[community] // circles)
    end = place[community] + -(-(number + 1) * size[community] // circles)
    start, length = np.zeros(count, np.int64), np.zeros(count, np.int64)
    start[members], length[members] = first, end - first
    return start, length


def _tastes(
    community: NDArray[np.int32], groups: int, catalogue: Catalogue, rng: np.random.Generator
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Three favourite kinds are the community's, two the person's own."""
    leaves = len(catalogue.department)
    shared = rng.permuted(np.tile(np.arange(leaves, dtype=np.int32), (groups, 1)), axis=1)[:, :3]
    favourite = np.empty((len(community), FAVOURITE_COUNT), np.int32)
    favourite[:, :3] = shared[community]  # fakes take the last one's: they do not shop
    favourite[:, 3:] = rng.integers(0, leaves, (len(community), FAVOURITE_COUNT - 3))
    weight = rng.gamma([6.0, 5.0, 4.0, 3.0, 2.0], size=(len(community), FAVOURITE_COUNT))
    return favourite, (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)


def _brands(favourite: NDArray[np.int32], catalogue: Catalogue, rng: np.random.Generator) -> NDArray[np.int32]:
    """One brand in the department of the first shared favourite, one in that of the first own one."""
    each = catalogue.brand_count // (int(catalogue.department.max()) + 1)
    departments = catalogue.department[favourite[:, [0, 3]]]
    return (departments * each + rng.integers(0, each, departments.shape)).astype(np.int32)


def _power(role: NDArray[np.int8], rng: np.random.Generator) -> NDArray[np.float32]:
    power = np.full((len(role), 2), BASE_POWER, np.float32)
    power[(role == CELEBRITY) | (role == FAKE)] = 0.0
    chosen = role == INFLUENCER
    power[chosen, 1] = rng.uniform(0.15, 0.45, chosen.sum())
    return power


def _joined_at(farm: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.int64]:
    """Two thirds were there before the first day, others come in the first ten months, fakes just before their work."""
    count = len(farm)
    early = rng.random(count) < 0.67
    days = np.where(early, -900 * rng.random(count), (DAYS - 60) * rng.random(count))
    joined = START_MS + (days * DAY_MS).astype(np.int64)
    fake = farm >= 0
    joined[fake] = farm_days(farm)[farm[fake]] - (rng.exponential(2.0, fake.sum()) * DAY_MS).astype(np.int64)
    return joined


def farm_days(farm: NDArray[np.int32]) -> NDArray[np.int64]:
    """When each farm goes to work, milliseconds since 1970; spread over the year by the golden ratio."""
    share = ((np.arange(int(farm.max()) + 1) + 1) * 0.6180339887498949) % 1.0
    return (START_MS + (20 + share * 325) * DAY_MS).astype(np.int64)


def _farms(role: NDArray[np.int8]) -> NDArray[np.int32]:
    farm = np.full(len(role), -1, np.int32)
    fakes = np.flatnonzero(role == FAKE)
    farm[fakes] = np.arange(len(fakes)) // FAKES_PER_FARM
    return farm


def _by_fame(
    role: NDArray[np.int8], members: NDArray[np.int32], groups: NDArray[np.int32], rng: np.random.Generator
) -> NDArray[np.int32]:
    """Fame is Pareto-like; influencers have somewhat more than others, celebrities most."""
    fame = rng.random(len(role)) ** -0.5
    fame[role == INFLUENCER] *= rng.choice([3.0, 10.0, 30.0], (role == INFLUENCER).sum(), p=[0.3, 0.4, 0.3])
    fame[role == CELEBRITY] *= 40.0
    inside = members[np.lexsort((-fame[members], groups))]
    everyone = members[np.argsort(-fame[members], kind="stable")]
    return np.concatenate((inside, everyone)).astype(np.int32)
