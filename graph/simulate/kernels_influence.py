"""Compiled loops of what moves people: purchases seen by followers, cascades, counterfactuals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel
from graph.simulate.kernels import DAY_MS, Floats, Ints, Longs, key_of, unit


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
    return float(power[person, 1] if topic[person] == department[leaf] else power[person, 0])


@kernel
def expose(
    seed: np.uint64, first: int, user: Ints, leaf: Ints, at: Longs, follower_offsets: Longs, followers: Ints,
    since: Longs, topic: Ints, power: Floats, susceptibility: Floats, favourite: Ints, department: Ints, end: int,
) -> tuple[Ints, Ints, Longs]:  # fmt: skip
    """Let purchases be seen by those who follow the buyer at that moment, and some be moved by it.

    Args:
        seed: of this step.
        first: number of the first purchase, so that each has chances of its own.
        user: ``(m,)`` who bought.
        leaf: ``(m,)`` what kind.
        at: ``(m,)`` when.
        follower_offsets: ``(n + 1,)`` where the followers of each person begin.
        followers: who they are.
        since: from when.
        topic: ``(n,)`` department of influencers, -1 for others.
        power: ``(n, 2)`` outside and inside the topic.
        susceptibility: ``(n,)`` how open people are to others.
        favourite: ``(n, 5)`` kinds that people like.
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
        cause: ``(t,)`` purchases that bring about others.
        effect: ``(t,)`` what each brings about, alone.
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
    seed: np.uint64,
    author: Ints,
    at: Longs,
    rate: Floats,
    follower_offsets: Longs,
    followers: Ints,
    since: Longs,
    end: int,
) -> tuple[Ints, Ints, Longs]:
    """Post, follower and time of each like: who follows by then sees a post with its author's rate."""
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
            if since[position] < at[k] and time < end:
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
        shown: purchases by person.
        first: ``(k,)`` where each person's begin.
        end: ``(k,)`` where they end.
        out_offsets: where the triggers of each cause begin.
        effects: what they bring about.
        in_offsets: where the triggers of each effect begin.
        causes: what brings it about.

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
            tail = reach(shown[place], 2 * k, organic, out_offsets, effects, state, queue, tail)
        head = 0
        while head < tail:
            tail = reach(queue[head], 2 * k, organic, out_offsets, effects, state, queue, tail)
            head += 1
        while revive(k, queue[:tail], silent, state, in_offsets, causes):
            pass
        for place in range(tail):
            lost[k] += state[queue[place]] == 2 * k
    return lost


@kernel
def reach(
    purchase: int, mark: int, organic: NDArray[np.bool_], out_offsets: Longs, effects: Ints, state: Longs, queue: Ints,
    tail: int,
) -> int:  # fmt: skip
    """Queue and mark what a purchase brings about and is not marked yet; the new end of the queue."""
    for trigger in range(out_offsets[purchase], out_offsets[purchase + 1]):
        other = effects[trigger]
        if not organic[other] and state[other] != mark:
            state[other] = mark
            queue[tail] = other
            tail += 1
    return tail


@kernel
def revive(k: int, reached: Ints, silent: Longs, state: Longs, in_offsets: Longs, causes: Ints) -> bool:
    """Mark as alive what a living purchase that is not silent brings about; whether there was any."""
    changed = False
    for purchase in reached:
        if state[purchase] == 2 * k:
            for trigger in range(in_offsets[purchase], in_offsets[purchase + 1]):
                if silent[causes[trigger]] != k and state[causes[trigger]] != 2 * k:
                    state[purchase] = 2 * k + 1
                    changed = True
                    break
    return changed
