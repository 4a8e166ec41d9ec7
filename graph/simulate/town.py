"""A whole town: people, catalogue, a year of events, and the truth about them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graph.progress import Progress, silent
from graph.simulate import kernels_influence
from graph.simulate.catalogue import Catalogue, make_catalogue
from graph.simulate.events import EventColumns, joined
from graph.simulate.fakes import make_fake_events
from graph.simulate.follows import Followers, followers_of, make_contacts, make_follows, make_memberships
from graph.simulate.influence import Influence, make_featured, spread_purchases
from graph.simulate.people import People, make_people
from graph.simulate.posts import make_posts
from graph.simulate.settings import START_MS, TOWN_VERSION, TownSettings
from graph.simulate.shopping import make_sessions, make_visits, outcomes


@dataclass(frozen=True, slots=True)
class Town:
    """A simulated town as columns; rows of people and products are numbered from 0.

    Attributes:
        settings: what it was made from.
        people: columns of people, planted truth included.
        catalogue: columns of categories and products.
        events: by type, each oldest first.
        followers: the ``followed`` events by the person followed.
        influence: cause and effect between the ``bought`` events.
    """

    settings: TownSettings
    people: People
    catalogue: Catalogue
    events: Mapping[str, EventColumns]
    followers: Followers
    influence: Influence

    def write(self, folder: Path, progress: Progress = silent) -> Path:
        """Write Parquet tables, ``mapping.toml`` and ``truth/``; see `graph.simulate.write.write_town`."""
        from graph.simulate.write import write_town

        return write_town(self, folder, progress)

    def checksum(self) -> str:
        """Hash of every event and all planted truth: equal for equal towns."""
        digest = hashlib.blake2b(str(TOWN_VERSION).encode(), digest_size=16)
        for name in sorted(self.events):
            events = self.events[name]
            digest.update(name.encode())
            for column in (events.user, events.at, *(events.fields[key] for key in sorted(events.fields))):
                digest.update(np.ascontiguousarray(column).data)
        for column in (self.people.community, self.people.role, self.people.segment, self.influence.cause):
            digest.update(np.ascontiguousarray(column).data)
        return digest.hexdigest()

    def spread(self, seeds: NDArray[np.int32], product: int, runs: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """What it would truly bring if these people showed this product, everybody following as at the end.

        Args:
            seeds: ``(s,)`` rows of people.
            product: row of the product.
            runs: how often to play it.
            rng: chance.

        Returns:
            ``(runs,)`` how many others buy because of it, directly or by way of others.
        """
        return kernels_influence.cascade(
            rng.integers(1 << 62, dtype=np.uint64), runs, np.asarray(seeds, np.int32),
            int(self.catalogue.leaf[product]), self.followers.offsets, self.followers.rows, self.people.topic,
            self.people.power, self.people.susceptibility, self.people.favourite, self.catalogue.department,
        )  # fmt: skip


def simulate_town(settings: TownSettings, progress: Progress = silent) -> Town:
    """Make a town.

    Args:
        settings: equal settings give equal towns.
        progress: told the part that is done and the step that begins.

    Returns:
        The town in memory: about 100 bytes for each of its actions at the peak.
    """
    rng = np.random.default_rng([TOWN_VERSION, settings.seed, settings.people])
    progress(0.0, "people and products")
    catalogue = make_catalogue(settings, rng)
    people = make_people(settings, catalogue, rng)
    progress(0.05, "follows")
    followed = make_follows(settings, people, rng)
    followers = followers_of(followed, len(people))
    progress(0.2, "visits")
    sessions = make_sessions(settings, people, rng)
    views, outcome, stars = make_visits(settings, people, catalogue, sessions, rng)
    events = outcomes(views, outcome, stars, rng)
    events["viewed"] = views
    progress(0.6, "influence")
    influence = _add_influence(events, len(sessions), people, catalogue, followers, rng)
    progress(0.8, "posts and messages")
    events |= make_posts(events["bought"], influence.featured, people, followers, rng)
    events |= make_contacts(followed, rng)
    events |= {"followed": followed, "joined": make_memberships(people, rng)}
    for name, extra in make_fake_events(people, catalogue, rng).items():
        events[name] = joined((events[name], extra)).by_time()
    events["bought"] = _with_orders(events["bought"], rng)
    progress(1.0, "done")
    return Town(settings, people, catalogue, events, followers, influence)


def _add_influence(
    events: dict[str, EventColumns],
    sessions: int,
    people: People,
    catalogue: Catalogue,
    followers: Followers,
    rng: np.random.Generator,
) -> Influence:
    """Add featured and caused purchases, with a view and a cart before each, to the events."""
    visits = events["bought"]
    featured = make_featured(people, catalogue, rng)
    plain = EventColumns(visits.user, visits.at, {"product": visits.fields["product"]})
    own = joined((plain, featured))
    bought, cause, effect = spread_purchases(own, people, catalogue, followers, rng)
    added = bought.take(np.arange(len(visits), len(bought)))
    session = np.arange(sessions, sessions + len(added), dtype=np.int32)
    earliest = np.maximum(people.joined_at[added.user], START_MS)
    for name, before_ms in (("viewed", 90_000), ("carted", 30_000)):
        steps = EventColumns(
            added.user, np.maximum(added.at - before_ms, earliest), {**added.fields, "session": session}
        )
        events[name] = joined((events[name], steps)).by_time()
    session = np.concatenate((visits.fields["session"], session))
    bought = EventColumns(bought.user, bought.at, {**bought.fields, "session": session})
    order = np.argsort(bought.at, kind="stable")
    events["bought"] = bought.take(order)
    place = np.arange(len(bought))
    is_featured = (place >= len(visits)) & (place < len(own))
    return Influence(place < len(own), is_featured, cause, effect).ordered(order)


def _with_orders(bought: EventColumns, rng: np.random.Generator) -> EventColumns:
    """What is bought in one session is one order; one purchase in twelve is of two or three pieces."""
    quantity = 1 + (rng.random(len(bought)) < 1 / 12).astype(np.int32) * rng.integers(1, 3, len(bought))
    fields = {**bought.fields, "order": bought.fields["session"], "quantity": quantity.astype(np.int32)}
    return EventColumns(bought.user, bought.at, fields)
