"""Purchases that move others to buy, with the chains of cause and effect kept.

Someone who buys shows it to those who follow at that moment. Each of them is moved with the buyer's power over
that kind of product, times the follower's susceptibility and taste, and then buys the same product after an
exponential delay. Every such chance that came true is a *trigger*, also where another trigger had already brought
the same purchase about: that is what makes counterfactuals exact. People who buy a product of their own accord at
any time in the year are not moved to it, so a caused purchase is always one that would not have been.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.simulate import kernels_influence
from graph.simulate.catalogue import Catalogue
from graph.simulate.events import EventColumns, joined
from graph.simulate.follows import Followers
from graph.simulate.people import CELEBRITY, INFLUENCER, People
from graph.simulate.settings import DAY_MS, END_MS, START_MS

FEATURED_PER_YEAR = 14.0
"""Products that an influencer or celebrity buys and shows in a year, on average."""
GENERATIONS = 12


@dataclass(frozen=True, slots=True)
class Influence:
    """Cause and effect between purchases, named by their position in the town's ``bought`` events.

    Attributes:
        organic: ``(m,)`` purchases that need no cause.
        featured: ``(m,)`` purchases that influencers and celebrities made to show them.
        cause, effect: ``(t,)`` triggers: the first purchase alone suffices for the second.
    """

    organic: NDArray[np.bool_]
    featured: NDArray[np.bool_]
    cause: NDArray[np.int32]
    effect: NDArray[np.int32]

    def ordered(self, order: NDArray[np.int64]) -> Influence:
        """The same after purchases were reordered: ``order[k]`` is the old position of the new k-th."""
        place = np.empty(len(order), np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        return Influence(self.organic[order], self.featured[order], place[self.cause], place[self.effect])


def make_featured(people: People, catalogue: Catalogue, rng: np.random.Generator) -> EventColumns:
    """Purchases of influencers in their topic, of celebrities anywhere, products on sale at that time."""
    showing = np.concatenate((people.rows(INFLUENCER), people.rows(CELEBRITY)))
    count = np.maximum(3, rng.poisson(FEATURED_PER_YEAR, len(showing)))
    user = np.repeat(showing, count)
    first = np.maximum(people.joined_at[user], START_MS + 5 * DAY_MS)
    at = first + (rng.random(len(user)) * (END_MS - DAY_MS - first)).astype(np.int64)
    topic = np.where(people.topic[user] >= 0, people.topic[user], rng.integers(0, 1 << 30, len(user)))
    leaf = _leaf_in(catalogue, topic, rng)
    bucket = leaf * 3 + rng.integers(0, 3, len(user))
    start, end = catalogue.bucket_offsets[bucket], catalogue.bucket_offsets[bucket + 1]
    product = catalogue.bucket_products[start + ((end - start) * rng.random(len(user)) ** 1.5).astype(np.int64)]
    unborn = catalogue.created_at[product] > at
    product[unborn] = catalogue.bucket_products[start[unborn]]
    return EventColumns(user, at, {"product": product})


def _leaf_in(catalogue: Catalogue, topic: NDArray[np.integer], rng: np.random.Generator) -> NDArray[np.int64]:
    """A kind of each topic's department (kinds of one department stand side by side)."""
    departments = int(catalogue.department.max()) + 1
    each = len(catalogue.department) // departments
    return (topic % departments).astype(np.int64) * each + rng.integers(0, each, len(topic))


def spread_purchases(
    organic: EventColumns, people: People, catalogue: Catalogue, followers: Followers, rng: np.random.Generator
) -> tuple[EventColumns, NDArray[np.int32], NDArray[np.int32]]:
    """Let purchases move followers, generation by generation.

    Args:
        organic: purchases that need no cause, with the field ``product``.
        people: of the town.
        catalogue: of the town.
        followers: of the town.
        rng: chance.

    Returns:
        All purchases, the organic ones first; and the triggers as positions in them (cause, effect).
    """
    seed = rng.integers(1 << 63, dtype=np.uint64)
    width = len(catalogue)
    own = np.unique(_pairs(organic.user, organic.fields["product"], width))
    parts, causes, effects = [organic], [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    known = np.empty(0, np.int64)  # pairs of caused purchases so far, sorted, and their positions
    place = np.empty(0, np.int32)
    wave, first = organic, 0
    for _ in range(GENERATIONS):
        cause, user, at = _exposed(seed, first, wave, people, catalogue, followers)
        product = wave.fields["product"][cause]
        pair = _pairs(user, product, width)
        incremental = ~_contains(own, pair)
        cause, user, at = cause[incremental], user[incremental], at[incremental]
        product, pair = product[incremental], pair[incremental]
        order = np.lexsort((at, pair))
        fresh = order[~_contains(known, pair[order])]
        new = fresh[np.concatenate(([True], pair[fresh][1:] != pair[fresh][:-1]))[: len(fresh)]]
        start = first + len(wave)
        known = np.concatenate((known, pair[new]))
        place = np.concatenate((place, np.arange(start, start + len(new), dtype=np.int32)))
        sort = np.argsort(known, kind="stable")
        known, place = known[sort], place[sort]
        causes.append((first + cause).astype(np.int32))
        effects.append(place[np.searchsorted(known, pair)])
        wave, first = EventColumns(user[new], at[new], {"product": product[new]}), start
        parts.append(wave)
        if not len(new):
            break
    return joined(parts), np.concatenate(causes), np.concatenate(effects)


def _pairs(user: NDArray[np.int32], product: NDArray[np.int32], width: int) -> NDArray[np.int64]:
    return user.astype(np.int64) * width + product


def _contains(sorted_keys: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    if not len(sorted_keys):
        return np.zeros(len(keys), bool)
    place = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    return np.asarray(sorted_keys[place] == keys)


def _exposed(
    seed: np.uint64, first: int, wave: EventColumns, people: People, catalogue: Catalogue, followers: Followers
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    return kernels_influence.expose(
        seed, first, wave.user, catalogue.leaf[wave.fields["product"]], wave.at, followers.offsets, followers.rows,
        followers.since, people.topic, people.power, people.susceptibility, people.favourite, catalogue.department,
        END_MS,
    )  # fmt: skip


def effect_of(
    purchases: EventColumns, people: People, catalogue: Catalogue, followers: Followers
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each purchase the followers who saw it, and how many of them it moves on average, directly.

    The average counts all followers at that moment, those included who would have bought anyway.
    """
    return kernels_influence.expected_effect(
        purchases.user, catalogue.leaf[purchases.fields["product"]], purchases.at, followers.offsets, followers.rows,
        followers.since, people.topic, people.power, people.susceptibility, people.favourite, catalogue.department,
    )  # fmt: skip


def remaining(influence: Influence, silent: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which purchases would still have happened if some had moved nobody.

    Args:
        influence: the town's.
        silent: ``(m,)`` purchases that move nobody.

    Returns:
        ``(m,)`` true for organic purchases and those with a chain of triggers from one that is not broken.
    """
    return kernels_influence.surviving(influence.organic, influence.cause, influence.effect, silent)
