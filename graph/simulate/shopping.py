"""Visits to the shop: who comes when, what they look at, and what comes of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.simulate import kernels
from graph.simulate.catalogue import Catalogue
from graph.simulate.events import EventColumns
from graph.simulate.people import People
from graph.simulate.settings import DAY_MS, DAYS, END_MS, SEGMENTS, START_MS, TownSettings

HOUR_MS = 3_600_000


def make_sessions(settings: TownSettings, people: People, rng: np.random.Generator) -> EventColumns:
    """Visits of genuine people, oldest first; ``fields["views"]`` says how many products are looked at in each."""
    segment = people.segment[people.members]
    present = np.clip((END_MS - people.joined_at[people.members]) / (DAYS * DAY_MS), 0, 1)
    mean = settings.sessions_per_person * np.array([s.sessions for s in SEGMENTS])[segment] * present
    count = rng.poisson(mean * rng.gamma(3.0, 1 / 3.0, len(mean)))
    count = np.maximum(count, rng.random(len(mean)) < 0.8)
    user = np.repeat(people.members, count)
    at = _times(people, user, settings.noise, rng)
    views = 1 + rng.poisson(np.array([s.views for s in SEGMENTS])[people.segment[user]] - 1)
    return EventColumns(user, at, {"views": views.astype(np.int64)}).by_time()


def _times(people: People, user: NDArray[np.int32], noise: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Days by the segment's weekend habit and the winter season, hours by its rhythm, or any."""
    first = np.maximum(0, people.joined_at[user] - START_MS) / DAY_MS
    day = np.floor(first + rng.random(len(user)) * (DAYS - 1 - first)).astype(np.int64)
    winter = rng.random(len(user)) < 0.08
    day[winter] = rng.integers(DAYS - 56, DAYS - 7, winter.sum())
    segment = people.segment[user]
    wants_weekend = rng.random(len(user)) < np.array([s.weekend for s in SEGMENTS])[segment]
    weekday = (day + 2) % 7  # 0 is Monday: the first day is a Wednesday
    weekend = weekday >= 5
    day += np.where(wants_weekend & ~weekend, 5 - weekday + rng.integers(0, 2, len(user)), 0)
    day -= np.where(~wants_weekend & weekend, weekday - 4 + rng.integers(0, 4, len(user)), 0)
    day = np.clip(day, np.minimum(np.ceil(first), DAYS - 2), DAYS - 2)
    hour = (np.array([s.hour for s in SEGMENTS])[segment] + rng.normal(0, 1.8, len(user))) % 24
    hour = np.where(rng.random(len(user)) < 0.5 * noise, 24 * rng.random(len(user)), hour)
    return START_MS + day.astype(np.int64) * DAY_MS + (hour * HOUR_MS).astype(np.int64)


def make_visits(
    settings: TownSettings, people: People, catalogue: Catalogue, sessions: EventColumns, rng: np.random.Generator
) -> tuple[EventColumns, NDArray[np.uint8], NDArray[np.int8]]:
    """All views with product and session, the bits of `kernels` that say what came of each, and the stars given."""
    offsets = np.concatenate(([0], np.cumsum(sessions.fields["views"]))).astype(np.int64)
    product, at, outcome, stars = kernels.visit(
        rng.integers(1 << 63, dtype=np.uint64), offsets, sessions.user, sessions.at, people.community, people.segment,
        people.favourite, people.weight, people.brands, _rates(), catalogue.bucket_offsets,
        catalogue.bucket_products, catalogue.created_at, catalogue.brand, catalogue.quality, settings.noise,
    )  # fmt: skip
    session = np.repeat(np.arange(len(sessions), dtype=np.int32), sessions.fields["views"])
    return EventColumns(sessions.user[session], at, {"product": product, "session": session}), outcome, stars


def _rates() -> NDArray[np.float32]:
    rows = [(s.bands[0], s.bands[0] + s.bands[1], s.like, s.cart, s.buy, s.rate) for s in SEGMENTS]
    return np.array(rows, np.float32)


def outcomes(
    views: EventColumns, outcome: NDArray[np.uint8], stars: NDArray[np.int8], rng: np.random.Generator
) -> dict[str, EventColumns]:
    """The events that follow from views: likes and carts at once, stars and returns days after the purchase."""
    bits = (
        ("liked", kernels.LIKED, 0),
        ("disliked", kernels.DISLIKED, 0),
        ("carted", kernels.CARTED, 0),
        ("bought", kernels.BOUGHT, 0),
        ("rated", kernels.RATED, 3),
        ("reviewed", kernels.REVIEWED, 3),
        ("returned", kernels.RETURNED, 9),
    )
    made: dict[str, EventColumns] = {}
    for name, bit, days in bits:
        chosen = np.flatnonzero(outcome & bit)
        events = views.take(chosen)
        spare = {"liked": 4_000, "disliked": 5_000, "carted": 8_000, "bought": 12_000}.get(name, 0)
        at = events.at + spare + _delay(len(events), days, rng)
        fields = dict(events.fields)
        if name in {"rated", "reviewed"}:
            fields["value"] = stars[chosen]
        if days:
            fields.pop("session")
        kept = EventColumns(events.user, at, fields)
        made[name] = kept.take(at < END_MS).by_time()
    return made


def _delay(count: int, days: float, rng: np.random.Generator) -> NDArray[np.int64]:
    return (rng.gamma(3.0, days / 3.0, count) * DAY_MS).astype(np.int64) if days else np.zeros(count, np.int64)
