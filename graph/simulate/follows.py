"""Who follows whom, since when; memberships, messages, blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.simulate import kernels
from graph.simulate.events import EventColumns, joined
from graph.simulate.people import CELEBRITY, FAKE, People, farm_days
from graph.simulate.settings import DAY_MS, END_MS, START_MS, TownSettings

HOUR_MS = 3_600_000
RETURNED_SHARE = 0.25
"""Of the follows, how many are answered."""
FIRST_DAY_SHARE = 0.5
"""Of the follows of people who were there before, how many are made on one's own first day."""


@dataclass(frozen=True, slots=True)
class Followers:
    """For each person the rows of those who follow, and since when: ``offsets`` (n + 1,), the others (m,)."""

    offsets: NDArray[np.int64]
    rows: NDArray[np.int32]
    since: NDArray[np.int64]


def make_follows(settings: TownSettings, people: People, rng: np.random.Generator) -> EventColumns:
    """``followed`` events, each pair once, nobody themselves, oldest first."""
    source, target = _choose(settings, people, rng)
    back = rng.random(len(source)) < RETURNED_SHARE * np.where(people.role[target] == CELEBRITY, 0.1, 1.0)
    source, target = np.concatenate((source, target[back])), np.concatenate((target, source[back]))
    later = np.maximum(people.joined_at[source], people.joined_at[target])
    first_day = (people.joined_at[source] == later) & (rng.random(len(source)) < FIRST_DAY_SHARE)
    longest = np.where(first_day, np.minimum(DAY_MS, END_MS - later), END_MS - later)
    at = later + (rng.random(len(source)) ** 1.5 * longest).astype(np.int64)
    genuine = EventColumns(source, at, {"other": target})
    return _once(joined((genuine, _farm_follows(people, rng))), len(people)).by_time()


def _choose(
    settings: TownSettings, people: People, rng: np.random.Generator
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    mean = settings.follows_per_person / (1 + RETURNED_SHARE)
    spread = np.minimum(rng.pareto(2.5, len(people.members)) * 1.5, 200.0)  # its mean is 1
    degree = np.minimum(rng.poisson(mean * spread), len(people) // 2)
    offsets = np.concatenate(([0], np.cumsum(degree))).astype(np.int64)
    target = kernels.draw_follows(
        rng.integers(1 << 63, dtype=np.uint64), offsets, people.members, people.community, people.place, people.size,
        people.circle_start, people.circle_size, people.members, people.by_fame, settings.noise,
    )  # fmt: skip
    return np.repeat(people.members, degree), target


def _farm_follows(people: People, rng: np.random.Generator) -> EventColumns:
    """Each farm follows its clients within hours, every fourth within weeks, and strangers and one another as cover."""
    fakes = people.rows(FAKE)
    if not len(fakes):
        return EventColumns(fakes, np.empty(0, np.int64), {"other": fakes})
    day = farm_days(people.farm)[people.farm[fakes]]
    clients = farm_clients(people)[people.farm[fakes]]
    strangers = rng.poisson(8, len(fakes))
    mates = fakes[(np.arange(len(fakes))[:, None] + rng.integers(-15, 15, (len(fakes), 6))) % len(fakes)]
    source = np.concatenate((*(np.repeat(fakes, k.shape[1]) for k in (clients, mates)), np.repeat(fakes, strangers)))
    target = np.concatenate((clients.ravel(), mates.ravel(), rng.choice(people.members, strangers.sum())))
    when = np.concatenate((*(np.repeat(day, k.shape[1]) for k in (clients, mates)), np.repeat(day, strangers)))
    patient = people.farm[source] % 4 == 1
    pace = np.where(patient, 240 * HOUR_MS, 5 * HOUR_MS)
    when = when + (rng.exponential(1.0, len(when)) * pace).astype(np.int64)
    return EventColumns(source, np.minimum(when, END_MS - 1), {"other": target.astype(np.int32)})


def farm_clients(people: People) -> NDArray[np.int32]:
    """``(farms, 3)`` whom each farm was paid to follow: celebrities, or anyone where there are none."""
    payers = people.rows(CELEBRITY)
    payers = payers if len(payers) else people.members
    farms = int(people.farm.max()) + 1
    chosen = (np.arange(farms)[:, None] * 3 + np.arange(3)) % len(payers)
    return np.asarray(payers[chosen], np.int32)


def _once(follows: EventColumns, count: int) -> EventColumns:
    """The first mention of each pair, without self-follows."""
    key = follows.user.astype(np.int64) * count + follows.fields["other"]
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.concatenate(([True], key[1:] != key[:-1])) & (key // count != key % count)
    return follows.take(order[first])


def followers_of(follows: EventColumns, count: int) -> Followers:
    """The same follows, by the person who is followed."""
    target = follows.fields["other"]
    order = np.argsort(target, kind="stable")
    offsets = np.concatenate(([0], np.cumsum(np.bincount(target, minlength=count)))).astype(np.int64)
    return Followers(offsets, follows.user[order], follows.at[order])


def make_memberships(people: People, rng: np.random.Generator) -> EventColumns:
    """``joined`` events: four in ten join their community's group, one in twenty another one."""
    own = people.members[rng.random(len(people.members)) < 0.4]
    other = people.members[rng.random(len(people.members)) < 0.05]
    user = np.concatenate((own, other))
    elsewhere = rng.integers(0, len(people.size), len(other)).astype(np.int32)
    community = np.concatenate((people.community[own], elsewhere))
    unique = np.unique(user.astype(np.int64) * len(people.size) + community)
    user = (unique // len(people.size)).astype(np.int32)
    at = np.maximum(people.joined_at[user], START_MS)
    at = at + (rng.random(len(user)) * (END_MS - at)).astype(np.int64)
    return EventColumns(user, at, {"community": (unique % len(people.size)).astype(np.int32)}).by_time()


def make_contacts(follows: EventColumns, rng: np.random.Generator) -> dict[str, EventColumns]:
    """``messaged`` along a tenth of the follows, ``muted`` and ``blocked`` along very few."""
    made: dict[str, EventColumns] = {}
    for name, share in (("messaged", 0.1), ("muted", 0.003), ("blocked", 0.001)):
        chosen = follows.take(rng.random(len(follows)) < share)
        at = chosen.at + (rng.random(len(chosen)) * (END_MS - chosen.at)).astype(np.int64)
        made[name] = EventColumns(chosen.user, at, chosen.fields).by_time()
    return made
