"""Compiled loops of the simulated town.

Chance is a pure function of a key and a counter (SplitMix64), so that a loop may run on any number
of threads and give the same town.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel, parallel_kernel

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float32]

LIKED, CARTED, BOUGHT, RATED, REVIEWED, RETURNED, DISLIKED = 1, 2, 4, 8, 16, 32, 64
"""Bits of what came of a view."""

DAY_MS = 86_400_000.0


@kernel
def mix(value: np.uint64) -> np.uint64:
    """SplitMix64's finaliser (Steele, Lea, Flood, OOPSLA 2014)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@kernel
def key_of(seed: np.uint64, index: int) -> np.uint64:
    """The key of one person, session or post."""
    return mix(np.uint64(seed) ^ mix(np.uint64(index) + np.uint64(0x9E3779B97F4A7C15)))


@kernel
def unit(key: np.uint64, counter: int) -> float:
    """The key's draw of that number, uniform in [0, 1)."""
    bits = mix(np.uint64(key) + np.uint64(counter) * np.uint64(0x9E3779B97F4A7C15))
    scaled: float = float(bits >> np.uint64(11)) * (1.0 / 9007199254740992.0)
    return scaled


@kernel
def skewed(u: float, count: int, skew: float) -> int:
    """A rank below ``count``; the chance of rank r falls as r ** (1 / skew - 1)."""
    return min(count - 1, int(count * u**skew))


@parallel_kernel
def draw_follows(
    seed: np.uint64, offsets: Longs, source: Ints, home: Ints, place: Longs, size: Longs,
    circle_start: Longs, circle_size: Longs, members: Ints, by_fame: Ints, noise: float,
) -> Ints:  # fmt: skip
    """Choose whom each person follows.

    Args:
        seed: of this step.
        offsets: ``(p + 1,)`` the follows of the k-th follower of ``source``.
        source: ``(p,)`` rows of those who follow.
        home: ``(n,)`` community of each row.
        place: ``(c,)`` where the community begins in ``members``.
        size: ``(c,)`` its people.
        circle_start: ``(n,)`` where the person's circle of friends begins in ``members``.
        circle_size: ``(n,)`` its people.
        members: people by community, in it in an order without meaning.
        by_fame: the same slots, in each community the most famous first; after them all people by fame.
        noise: share of follows that leave the community.

    Returns:
        ``(m,)`` rows of those followed; may name the follower or a pair twice.
    """
    target = np.empty(offsets[-1], np.int32)
    everyone = len(members)
    for k in numba.prange(len(source)):
        person = source[k]
        key = key_of(seed, person)
        community = home[person]
        for step in range(offsets[k + 1] - offsets[k]):
            where = unit(key, 4 * step)
            u = unit(key, 4 * step + 1)
            if where < noise:
                chosen = by_fame[everyone + skewed(u, everyone, 2.2)]
            elif unit(key, 4 * step + 2) < 0.3:
                chosen = members[circle_start[person] + int(u * circle_size[person])]
            else:
                chosen = by_fame[place[community] + skewed(u, size[community], 2.0)]
            target[offsets[k] + step] = chosen
    return target


@kernel
def season_of(leaf: int, at: int) -> float:
    """How much a kind is in season, 0.5 to 1, its peak somewhere in the year."""
    phase = (leaf * 0.6180339887498949) % 1.0
    year = (at / DAY_MS - 20089.0) / 365.0
    return 0.75 + 0.25 * math.cos(2.0 * math.pi * (year - phase))


@kernel
def pick_leaf(key: np.uint64, counter: int, favourite: Ints, weight: Floats, leaf_count: int, noise: float) -> int:
    """A kind of product by taste, or any with chance ``noise``."""
    u = unit(key, counter)
    if u < noise:
        return int(u / noise * leaf_count)
    u = (u - noise) / (1.0 - noise)
    for slot in range(len(favourite) - 1):
        u -= weight[slot]
        if u < 0:
            return int(favourite[slot])
    return int(favourite[len(favourite) - 1])


@kernel
def pick_product(
    key: np.uint64, counter: int, at: int, bucket: int, community: int, bucket_offsets: Longs, bucket_products: Ints,
    created_at: Longs,
) -> int:  # fmt: skip
    """A product of one kind and price band: its general favourites, or those of the community; on sale at that time."""
    start = bucket_offsets[bucket]
    count = bucket_offsets[bucket + 1] - start
    local = unit(key, counter)
    for attempt in range(4):
        rank = skewed(unit(key, counter + 1 + attempt), count, 2.5)
        if local < 0.6:
            shift = mix(np.uint64(community) * np.uint64(0x51ED270B) + np.uint64(bucket)) % np.uint64(count)
            rank = (rank + int(shift)) % count
        product = bucket_products[start + rank]
        if created_at[product] <= at:
            return int(product)
    return int(bucket_products[start])


@kernel
def is_favourite(leaf: int, favourite: Ints) -> bool:
    """Whether the kind is among a person's favourites."""
    found = False
    for slot in range(len(favourite)):
        found |= favourite[slot] == leaf
    return found


@parallel_kernel
def visit(
    seed: np.uint64, offsets: Longs, user: Ints, at: Longs, community: Ints, segment: NDArray[np.int8],
    favourite: Ints, weight: Floats, brands: Ints, rates: Floats, bucket_offsets: Longs, bucket_products: Ints,
    created_at: Longs, brand: Ints, quality: Floats, noise: float,
) -> tuple[Ints, Longs, NDArray[np.uint8], NDArray[np.int8]]:  # fmt: skip
    """Play all sessions: what is viewed, when, and what comes of it.

    Args:
        seed: of this step.
        offsets: ``(s + 1,)`` the views of each session.
        user: ``(s,)`` who.
        at: ``(s,)`` when, milliseconds since 1970.
        community: ``(n,)`` of people.
        segment: ``(n,)`` of people.
        favourite: ``(n, 5)`` kinds that people like.
        weight: ``(n, 5)`` how much.
        brands: ``(n, 2)`` brands that people prefer.
        rates: ``(segments, 6)`` chances: low price, low or middle price, like, cart, buy, rate.
        bucket_offsets: where each bucket (kind and price band) begins.
        bucket_products: products by bucket, most popular first.
        created_at: ``(p,)`` when products were first sold.
        brand: ``(p,)`` of products.
        quality: ``(p,)`` of products.
        noise: share of visits that ignore taste.

    Returns:
        For each view: product, time, bits of what came of it, stars (0 without a rating).
    """
    total = offsets[-1]
    product, when = np.empty(total, np.int32), np.empty(total, np.int64)
    outcome, stars = np.zeros(total, np.uint8), np.zeros(total, np.int8)
    leaf_count = (len(bucket_offsets) - 1) // 3
    for s in numba.prange(len(user)):
        person = user[s]
        key = key_of(seed, s)
        rate = rates[segment[person]]
        clock = at[s]
        leaf = 0
        for attempt in range(4):
            leaf = pick_leaf(key, attempt, favourite[person], weight[person], leaf_count, noise)
            if unit(key, 8 + attempt) < season_of(leaf, clock):
                break
        match = is_favourite(leaf, favourite[person])
        for view in range(offsets[s], offsets[s + 1]):
            base = 32 + 32 * (view - offsets[s])
            u = unit(key, base)
            band = 0 if u < rate[0] else 1 if u < rate[1] else 2
            if unit(key, base + 28) < 0.5 * noise:
                band = int(3 * unit(key, base + 29))
            bucket = 3 * leaf + band
            item = pick_product(
                key, base + 1, clock, bucket, community[person], bucket_offsets, bucket_products, created_at
            )
            if brand[item] != brands[person, 0] and brand[item] != brands[person, 1]:
                other = pick_product(
                    key, base + 7, clock, bucket, community[person], bucket_offsets, bucket_products, created_at
                )
                if brand[other] == brands[person, 0] or brand[other] == brands[person, 1]:
                    item = other
            product[view] = item
            when[view] = clock
            outcome[view], stars[view] = react(key, base + 13, rate, match, quality[item])
            clock += 15_000 + int(75_000 * unit(key, base + 30))
    return product, when, outcome, stars


@kernel
def react(key: np.uint64, counter: int, rate: Floats, match: bool, quality: float) -> tuple[int, int]:
    """What comes of one view: like, cart, buy, rate, review, return; and the stars."""
    liking = (1.2 if match else 0.5) * (1.0 + 0.5 * quality)
    bits = LIKED if unit(key, counter) < rate[2] * liking else 0
    if quality < 0 and not match and unit(key, counter) > 0.97:
        bits |= DISLIKED
    if unit(key, counter + 1) < rate[3] * liking:
        bits |= CARTED
        if unit(key, counter + 2) < rate[4]:
            bits |= BOUGHT
    rates = unit(key, counter + 3)
    if (
        rates >= rate[5] if bits & BOUGHT else rates >= 0.06 or not bits & LIKED
    ):  # some rate what they have from elsewhere
        return bits, 0
    feeling = unit(key, counter + 4) + unit(key, counter + 5) + unit(key, counter + 6) - 1.5
    rating = min(5, max(1, round(3.4 + (0.7 if match else -0.3) + 0.8 * quality + 1.2 * feeling)))
    bits |= RATED
    if unit(key, counter + 7) < 0.25:
        bits |= REVIEWED
    if bits & BOUGHT and rating <= 2 and unit(key, counter + 8) < 0.5:
        bits |= RETURNED
    return bits, rating
