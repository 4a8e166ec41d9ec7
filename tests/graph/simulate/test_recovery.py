"""What is planted can be found again, and not by looking at the obvious alone."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from scipy.sparse.linalg import eigsh

from graph.simulate import Town, TownSettings, simulate_town
from graph.simulate.people import FAKE
from graph.simulate.settings import DAY_MS, SEGMENTS, START_MS

HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def town() -> Town:
    return simulate_town(TownSettings(people=6000, seed=5))


def adjusted_rand_index(first: NDArray[np.integer], second: NDArray[np.integer]) -> float:
    """Hubert and Arabie, 1985: agreement of two partitions, 0 by chance, 1 when equal."""

    def pairs(counts: NDArray[np.number]) -> float:
        return float((counts * (counts - 1) / 2).sum())

    both = pairs(np.unique(np.stack((first, second)), axis=1, return_counts=True)[1])
    left, right = pairs(np.bincount(first)), pairs(np.bincount(second))
    chance = left * right / (len(first) * (len(first) - 1) / 2)
    return (both - chance) / ((left + right) / 2 - chance)


def found_communities(town: Town) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Spectral clustering of the follows among genuine people: what is planted, and what is found."""
    people, followed = town.people, town.events["followed"]
    genuine = people.members
    place = np.full(len(people), -1)
    place[genuine] = np.arange(len(genuine))
    source, target = place[followed.user], place[followed.fields["other"]]
    inside = (source >= 0) & (target >= 0)
    edges = sp.csr_matrix((np.ones(inside.sum()), (source[inside], target[inside])), shape=(len(genuine),) * 2)
    both = ((edges + edges.T) > 0).astype(float)
    scale = sp.diags((np.asarray(both.sum(axis=1)).ravel() + 5) ** -0.5)
    groups = len(people.size)
    _, vectors = eigsh(scale @ both @ scale, k=groups, which="LA", v0=np.ones(len(genuine)))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    trials = [kmeans2(vectors, groups, minit="++", seed=seed) for seed in range(5)]
    best = min(trials, key=lambda trial: float(((vectors - trial[0][trial[1]]) ** 2).sum()))
    return people.community[genuine], best[1]


def test_communities_are_found_in_the_follows_at_moderate_noise(town: Town) -> None:
    assert adjusted_rand_index(*found_communities(town)) >= 0.9


def test_communities_fade_with_noise() -> None:
    def score(noise: float) -> float:
        return adjusted_rand_index(*found_communities(simulate_town(TownSettings(people=1500, seed=5, noise=noise))))

    scores = [score(noise) for noise in (0.1, 0.7, 1.0)]
    assert scores[0] > 0.9 > scores[1] + 0.2
    assert abs(scores[2]) < 0.05


def shopping_features(town: Town) -> NDArray[np.float64]:
    """Price bands, hour, weekends, likes and carts of each person, from events alone."""
    viewed, count = town.events["viewed"], len(town.people)
    views = np.maximum(np.bincount(viewed.user, minlength=count), 1)

    def mean(values: NDArray[np.number]) -> NDArray[np.float64]:
        return np.bincount(viewed.user, weights=values, minlength=count) / views

    band = town.catalogue.band[viewed.fields["product"]]
    angle = (viewed.at % DAY_MS) / DAY_MS * 2 * np.pi
    weekend = ((viewed.at - START_MS) // DAY_MS + 2) % 7 >= 5
    rates = [np.bincount(town.events[name].user, minlength=count) / views for name in ("liked", "carted")]
    columns = [*(2 * mean(band == b) for b in range(3)), mean(np.cos(angle)), mean(np.sin(angle)), mean(weekend)]
    return np.column_stack([*columns, 3 * rates[0], rates[1]])


def test_segments_are_found_in_behaviour(town: Town) -> None:
    """k-means over people with at least ten views; the best of five starts by its own criterion."""
    views = np.bincount(town.events["viewed"].user, minlength=len(town.people))
    active = (views >= 10) & (town.people.role != FAKE)
    features = shopping_features(town)[active]
    trials = [kmeans2(features, len(SEGMENTS), minit="++", seed=seed) for seed in range(5)]
    _, found = min(trials, key=lambda trial: float(((features - trial[0][trial[1]]) ** 2).sum()))
    assert active.mean() > 0.7
    assert adjusted_rand_index(town.people.segment[active].astype(int), found) >= 0.9


def area_under_curve(score: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Chance that a positive scores above a negative, ties counted half."""
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    ones = positive.sum()
    return float((rank[positive].sum() - ones * (ones + 1) / 2) / (ones * (~positive).sum()))


def burst_share(town: Town) -> NDArray[np.float64]:
    """What part of a person's follows came within six hours of the one before."""
    followed, count = town.events["followed"], len(town.people)
    order = np.lexsort((followed.at, followed.user))
    user, at = followed.user[order], followed.at[order]
    close = (np.diff(at) < 6 * HOUR_MS) & (np.diff(user) == 0)
    return np.bincount(user[1:][close], minlength=count) / np.maximum(np.bincount(user, minlength=count), 1)


def praise_without_purchase(town: Town) -> NDArray[np.float64]:
    """Five-star ratings of products that the person has not bought here."""
    bought, rated = town.events["bought"], town.events["rated"]
    width = len(town.catalogue)
    own = np.unique(bought.user.astype(np.int64) * width + bought.fields["product"])
    praised = rated.user.astype(np.int64) * width + rated.fields["product"]
    strange = ~np.isin(praised, own) & (rated.fields["value"] == 5)
    return np.bincount(rated.user[strange], minlength=len(town.people)).astype(float)


def bought_nothing(town: Town) -> NDArray[np.float64]:
    return (np.bincount(town.events["bought"].user, minlength=len(town.people)) == 0).astype(float)


def test_fakes_are_found_by_several_signs_together_and_by_none_alone(town: Town) -> None:
    fake = town.people.role == FAKE
    out = np.bincount(town.events["followed"].user, minlength=len(town.people)).astype(float)
    signs = [burst_share(town), praise_without_purchase(town), bought_nothing(town), np.minimum(out, 20) / 20]
    for sign in [*signs, -np.diff(town.followers.offsets).astype(float)]:
        assert area_under_curve(sign, fake) < 0.95
    assert area_under_curve(sum(signs), fake) >= 0.95


def follower_purchases(town: Town) -> NDArray[np.int64]:
    """``(people, departments)`` purchases that a follower made of the same product within 14 days after theirs."""
    bought, followed, count = town.events["bought"], town.events["followed"], len(town.people)
    product = bought.fields["product"]
    known = np.sort(followed.fields["other"].astype(np.int64) * count + followed.user)
    order = np.lexsort((bought.at, product))
    made = np.zeros((count, int(town.catalogue.department.max()) + 1), np.int64)
    for shift in range(1, int(np.bincount(product).max())):
        first, second = order[:-shift], order[shift:]
        near = (product[first] == product[second]) & (bought.at[second] - bought.at[first] < 14 * DAY_MS)
        first, second = first[near], second[near]
        pair = bought.user[first].astype(np.int64) * count + bought.user[second]
        seen = known[np.minimum(np.searchsorted(known, pair), len(known) - 1)] == pair
        department = town.catalogue.department[town.catalogue.leaf[product[first[seen]]]]
        np.add.at(made, (bought.user[first[seen]], department), 1)
    return made


def test_influencers_are_found_by_purchases_after_theirs_and_not_by_followers() -> None:
    town = simulate_town(TownSettings(people=12_000, seed=5))
    made = follower_purchases(town)
    followers = np.diff(town.followers.offsets)
    by_purchases, by_followers, total = 0, 0, 0
    for topic in range(made.shape[1]):
        true = town.people.topic == topic
        by_purchases += true[np.argsort(-made[:, topic], kind="stable")[: true.sum()]].sum()
        by_followers += true[np.argsort(-followers, kind="stable")[: true.sum()]].sum()
        total += true.sum()
    assert by_purchases / total >= 0.8
    assert by_followers / total <= 0.3


def test_coincidence_alone_makes_some_purchases_look_caused(town: Town) -> None:
    """Friends share tastes, so a naive count of purchases after someone's is too high: a baseline is needed."""
    naive = follower_purchases(town)[town.people.topic < 0].sum()
    true = (town.people.topic[town.events["bought"].user[town.influence.cause]] < 0).sum()
    assert naive > 1.3 * true
