"""Compiled loops of the simulated town.

Chance is a pure function of a key and a counter (SplitMix64), so that a loop may run on any number
of threads and give the same town.
"""

from __future__ import annotations

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
    return float(bits >> np.uint64(11)) * (1.0 / 9007199254740992.0)


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
        place: ``(c,)`` where the community begins in ``members``; size: ``(c,)`` its people.
        circle_start: ``(n,)`` where the person's circle of friends begins in ``members``; circle_size: ``(n,)``.
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
    return 0.75 + 0.25 * np.cos(2.0 * np.pi * (year - phase))


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
            return favourite[slot]
    return favourite[len(favourite) - 1]


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
            return product
    return bucket_products[start]


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
        user, at: ``(s,)`` who and when.
        community, segment, favourite ``(n, 5)``, weight ``(n, 5)``, brands ``(n, 2)``: of people.
        rates: ``(segments, 7)``: two sums of price bands, like, cart, buy, rate, spare.
        bucket_offsets, bucket_products, created_at, brand, quality: of products, buckets by kind and price band.
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
            bucket = 3 * leaf + (0 if u < rate[0] else 1 if u < rate[1] else 2)
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
            clock += 15_000 + int(75_000 * unit(key, base + 20))
    return product, when, outcome, stars


@kernel
def react(key: np.uint64, counter: int, rate: Floats, match: bool, quality: float) -> tuple[int, int]:
    """What comes of one view: like, cart, buy, rate, review, return; and the stars."""
    liking = (1.2 if match else 0.5) * (1.0 + 0.5 * quality)
    bits = LIKED if unit(key, counter) < rate[2] * liking else 0
    if quality < 0 and not match and unit(key, counter) > 0.97:
        bits |= DISLIKED
    if unit(key, counter + 1) >= rate[3] * liking:
        return bits, 0
    bits |= CARTED
    if unit(key, counter + 2) >= rate[4]:
        return bits, 0
    bits |= BOUGHT
    rating = 0
    if unit(key, counter + 3) < rate[5]:
        feeling = unit(key, counter + 4) + unit(key, counter + 5) + unit(key, counter + 6) - 1.5
        value = round(3.4 + (0.7 if match else -0.3) + 0.8 * quality + 1.2 * feeling)
        rating = min(5, max(1, int(value)))
        bits |= RATED
        if unit(key, counter + 7) < 0.25:
            bits |= REVIEWED
        if rating <= 2 and unit(key, counter + 8) < 0.5:
            bits |= RETURNED
    return bits, rating


@kernel
def taste_for(leaf: int, favourite: Ints, department: Ints) -> float:
    """How open a person is to a kind: 1 for a favourite, 0.5 for its department, else 0.05."""
    best = 0.05
    for slot in range(len(favourite)):
        if favourite[slot] == leaf:
            return 1.0
        if department[favourite[slot]] == department[leaf]:
            best = 0.5
    return best


@kernel
def power_over(person: int, leaf: int, topic: Ints, power: Floats, department: Ints) -> float:
    """Chance that this person's purchase of that kind moves a fully open follower; ``power`` is ``(n, 2)``."""
    return power[person, 1] if topic[person] == department[leaf] else power[person, 0]


@kernel
def expose(
    seed: np.uint64, first: int, user: Ints, leaf: Ints, at: Longs, follower_offsets: Longs, followers: Ints,
    since: Longs, topic: Ints, power: Floats, susceptibility: Floats, favourite: Ints, department: Ints, end: int,
) -> tuple[Ints, Ints, Longs]:  # fmt: skip
    """Let purchases be seen by those who follow the buyer at that moment, and some be moved by it.

    Args:
        seed: of this step.
        first: number of the first purchase, so that each has chances of its own.
        user, leaf, at: ``(m,)`` who bought, what kind, when.
        follower_offsets, followers, since: followers of each person, and from when.
        topic, power ``(n, 2)``, susceptibility, favourite: of people; ``topic`` is a department or -1, ``power`` what
            it is outside and inside the topic.
        department: of each kind.
        end: nothing happens from then on.

    Returns:
        Index of the purchase, row of the follower who is moved, and time of the follower's purchase.
    """
    cause, moved, when = [np.int32(0)], [np.int32(0)], [np.int64(0)]
    for event in range(len(user)):
        key = key_of(seed, first + event)
        chance = power_over(user[event], leaf[event], topic, power, department)
        position, stop = follower_offsets[user[event]], follower_offsets[user[event] + 1]
        draw = 0
        while chance > 0:  # skip to the next follower who looks, instead of asking each
            position += int(np.log(1.0 - unit(key, draw)) / np.log(1.0 - chance))
            if position >= stop:
                break
            person = followers[position]
            open_to = susceptibility[person] * taste_for(leaf[event], favourite[person], department)
            if since[position] < at[event] and unit(key, draw + 1) < open_to:
                u = unit(key, draw + 2) * (1.0 - np.exp(-14.0 / 3.0))
                time = at[event] + int(-3.0 * np.log(1.0 - u) * DAY_MS)
                if time < end:
                    cause.append(np.int32(event))
                    moved.append(person)
                    when.append(time)
            position += 1
            draw += 3
    return np.array(cause[1:], np.int32), np.array(moved[1:], np.int32), np.array(when[1:], np.int64)


@kernel
def expected_effect(
    user: Ints, leaf: Ints, at: Longs, follower_offsets: Longs, followers: Ints, since: Longs, topic: Ints,
    power: Floats, susceptibility: Floats, favourite: Ints, department: Ints,
) -> tuple[Longs, NDArray[np.float64]]:  # fmt: skip
    """For each purchase: how many followers saw it, and how many it moves on average (arguments as in `expose`)."""
    seen, moved = np.zeros(len(user), np.int64), np.zeros(len(user), np.float64)
    for event in range(len(user)):
        chance = power_over(user[event], leaf[event], topic, power, department)
        for position in range(follower_offsets[user[event]], follower_offsets[user[event] + 1]):
            if since[position] < at[event]:
                person = followers[position]
                seen[event] += 1
                moved[event] += chance * susceptibility[person] * taste_for(leaf[event], favourite[person], department)
    return seen, moved


@kernel
def surviving(organic: NDArray[np.bool_], cause: Ints, effect: Ints, silent: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which purchases still happen when some purchases move nobody.

    Args:
        organic: ``(m,)`` purchases that need no cause.
        cause, effect: ``(t,)`` the first would bring about the second, alone.
        silent: ``(m,)`` purchases that move nobody.

    Returns:
        ``(m,)`` reachable from an organic purchase over causes that are not silent.
    """
    alive = organic.copy()
    changed = True
    while changed:
        changed = False
        for k in range(len(cause)):
            if alive[cause[k]] and not silent[cause[k]] and not alive[effect[k]]:
                alive[effect[k]] = True
                changed = True
    return alive


@kernel
def cascade(
    seed: np.uint64, runs: int, seeds: Ints, leaf: int, follower_offsets: Longs, followers: Ints, topic: Ints,
    power: Floats, susceptibility: Floats, favourite: Ints, department: Ints,
) -> Longs:  # fmt: skip
    """How many people beside the seeds buy when the seeds show one product: ``(runs,)`` counts."""
    reached = np.zeros(runs, np.int64)
    mark = np.full(len(topic), -1, np.int32)
    queue = np.empty(len(topic), np.int32)
    for run in range(runs):
        tail = 0
        for person in seeds:
            if mark[person] != run:
                mark[person] = run
                queue[tail] = person
                tail += 1
        start, head = tail, 0
        while head < tail:
            person = queue[head]
            key = key_of(seed + np.uint64(run), person)
            chance = power_over(person, leaf, topic, power, department)
            for position in range(follower_offsets[person], follower_offsets[person + 1]):
                other = followers[position]
                if mark[other] != run and unit(key, position) < chance * susceptibility[other] * taste_for(
                    leaf, favourite[other], department
                ):
                    mark[other] = run
                    queue[tail] = other
                    tail += 1
            head += 1
        reached[run] = tail - start
    return reached


@kernel
def react_to_posts(
    seed: np.uint64, author: Ints, at: Longs, rate: Floats, follower_offsets: Longs, followers: Ints, end: int
) -> tuple[Ints, Ints, Longs]:
    """Post, follower and time of each like: followers see a post with their author's rate."""
    post, person, when = [np.int32(0)], [np.int32(0)], [np.int64(0)]
    for k in range(len(author)):
        key = key_of(seed, k)
        position, stop = follower_offsets[author[k]], follower_offsets[author[k] + 1]
        draw = 0
        while True:
            position += int(np.log(1.0 - unit(key, draw)) / np.log(1.0 - rate[k]))
            if position >= stop:
                break
            time = at[k] + int(-0.5 * np.log(1.0 - unit(key, draw + 1)) * DAY_MS)
            if time < end:
                post.append(np.int32(k))
                person.append(followers[position])
                when.append(time)
            position += 1
            draw += 2
    return np.array(post[1:], np.int32), np.array(person[1:], np.int32), np.array(when[1:], np.int64)


@kernel
def lost_without(
    organic: NDArray[np.bool_], shown: Ints, first: Longs, end: Longs, out_offsets: Longs, effects: Ints,
    in_offsets: Longs, causes: Ints,
) -> Longs:  # fmt: skip
    """How many purchases each person's shown ones are needed for; touches only what they can reach.

    Args:
        organic: ``(m,)`` purchases that need no cause.
        shown: purchases by person; ``first``, ``end`` (k,) say which are whose.
        out_offsets, effects: triggers by cause; in_offsets, causes: the same by effect.

    Returns:
        ``(k,)`` counts.
    """
    lost = np.zeros(len(first), np.int64)
    silent = np.full(len(organic), -1, np.int64)
    state = np.full(len(organic), -1, np.int64)  # 2k: reached and in doubt, 2k + 1: reached and alive
    queue = np.empty(len(organic), np.int32)
    for k in range(len(first)):
        tail = 0
        for place in range(first[k], end[k]):
            silent[shown[place]] = k
        for place in range(first[k], end[k]):
            for trigger in range(out_offsets[shown[place]], out_offsets[shown[place] + 1]):
                other = effects[trigger]
                if not organic[other] and state[other] != 2 * k:
                    state[other] = 2 * k
                    queue[tail] = other
                    tail += 1
        head = 0
        while head < tail:
            for trigger in range(out_offsets[queue[head]], out_offsets[queue[head] + 1]):
                other = effects[trigger]
                if not organic[other] and state[other] != 2 * k:
                    state[other] = 2 * k
                    queue[tail] = other
                    tail += 1
            head += 1
        changed = True
        while changed:
            changed = False
            for place in range(tail):
                if state[queue[place]] == 2 * k:
                    for trigger in range(in_offsets[queue[place]], in_offsets[queue[place] + 1]):
                        source = causes[trigger]
                        if silent[source] != k and state[source] != 2 * k:
                            state[queue[place]] = 2 * k + 1
                            changed = True
                            break
        for place in range(tail):
            lost[k] += state[queue[place]] == 2 * k
    return lost
