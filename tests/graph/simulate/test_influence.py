"""Cause and effect between purchases: against slow code, closed forms, and the rules that they must keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.simulate import Town, TownSettings, kernels_influence, simulate_town
from graph.simulate.influence import Influence, effect_of, remaining
from graph.simulate.people import CELEBRITY, INFLUENCER
from graph.simulate.settings import DAY_MS, LONGEST_DELAY_DAYS
from graph.simulate.truth import incremental_purchases


@pytest.fixture(scope="module")
def town() -> Town:
    return simulate_town(TownSettings(people=4000, seed=3))


def remaining_by_search(organic: list[bool], triggers: list[tuple[int, int]], silent: set[int]) -> list[bool]:
    """Oracle: follow every trigger from every organic purchase, one at a time."""
    alive = {purchase for purchase, own in enumerate(organic) if own}
    waiting = list(alive)
    while waiting:
        purchase = waiting.pop()
        if purchase in silent:
            continue
        for cause, effect in triggers:
            if cause == purchase and effect not in alive:
                alive.add(effect)
                waiting.append(effect)
    return [purchase in alive for purchase in range(len(organic))]


@given(st.data())
@settings(deadline=None)
def test_what_remains_agrees_with_a_search(data: st.DataObject) -> None:
    organic = data.draw(st.lists(st.booleans(), min_size=1, max_size=12))
    number = st.integers(0, len(organic) - 1)
    triggers = data.draw(st.lists(st.tuples(number, number), max_size=30))
    silent = data.draw(st.sets(number))
    columns = np.array(triggers, np.int32).reshape(-1, 2)
    influence = Influence(np.array(organic), np.zeros(len(organic), bool), columns[:, 0].copy(), columns[:, 1].copy())
    mask = np.array([purchase in silent for purchase in range(len(organic))])
    assert remaining(influence, mask).tolist() == remaining_by_search(organic, triggers, silent)


def test_without_silence_everything_remains(town: Town) -> None:
    nobody = np.zeros(len(town.events["bought"]), bool)
    assert remaining(town.influence, nobody).all()


def test_with_all_silent_only_organic_purchases_remain(town: Town) -> None:
    everybody = np.ones(len(town.events["bought"]), bool)
    np.testing.assert_array_equal(remaining(town.influence, everybody), town.influence.organic)


def test_incremental_purchases_are_those_lost_by_silencing_one_person(town: Town) -> None:
    rows = town.people.rows(INFLUENCER)
    bought = town.events["bought"]
    expected = [(~remaining(town.influence, (bought.user == r) & town.influence.featured)).sum() for r in rows]
    assert sum(expected) > 50
    assert incremental_purchases(town, rows).tolist() == expected


def test_every_trigger_joins_a_follower_to_someone_they_followed_then(town: Town) -> None:
    bought, followed = town.events["bought"], town.events["followed"]
    since = {
        (follower, followee): at
        for follower, followee, at in zip(followed.user, followed.fields["other"], followed.at, strict=True)
    }
    cause, effect = town.influence.cause, town.influence.effect
    assert len(cause)
    np.testing.assert_array_equal(bought.fields["product"][cause], bought.fields["product"][effect])
    for first, second in zip(cause, effect, strict=True):
        assert since[bought.user[second], bought.user[first]] < bought.at[first]


def test_the_first_trigger_of_a_purchase_comes_at_most_two_weeks_before(town: Town) -> None:
    bought = town.events["bought"]
    cause, effect = town.influence.cause, town.influence.effect
    assert set(np.flatnonzero(~town.influence.organic)) == set(effect)
    delay = np.full(len(bought), np.inf)
    earlier = bought.at[effect] >= bought.at[cause]
    np.minimum.at(delay, effect[earlier], (bought.at[effect] - bought.at[cause])[earlier])
    caused = delay[~town.influence.organic]
    assert (caused <= LONGEST_DELAY_DAYS * DAY_MS).all()


def test_nobody_who_buys_of_their_own_accord_is_moved_to_the_same_product(town: Town) -> None:
    bought, organic = town.events["bought"], town.influence.organic
    pairs = list(zip(bought.user, bought.fields["product"], strict=True))
    own = {pair for pair, by_itself in zip(pairs, organic, strict=True) if by_itself}
    caused = [pair for pair, by_itself in zip(pairs, organic, strict=True) if not by_itself]
    assert len(set(caused)) == len(caused)
    assert not own & set(caused)


def test_influencers_bring_what_their_power_promises(town: Town) -> None:
    """Triggers of shown purchases lie within five standard deviations of their expectation, less who buys anyway."""
    shown = np.flatnonzero(town.influence.featured)
    _, moved = effect_of(town.events["bought"].take(shown), town.people, town.catalogue, town.followers)
    triggers = np.isin(town.influence.cause, shown).sum()
    assert 0.9 * moved.sum() - 5 * moved.sum() ** 0.5 < triggers < moved.sum() + 5 * moved.sum() ** 0.5


def test_celebrities_move_nobody(town: Town) -> None:
    movers = town.events["bought"].user[town.influence.cause]
    assert not (town.people.role[movers] == CELEBRITY).any()


def test_a_cascade_over_a_star_has_the_mean_of_its_closed_form() -> None:
    """One person in the middle, followed by 400: the mean is 400 times power times openness."""
    count, power, openness = 400, 0.3, 0.5
    offsets = np.zeros(count + 2, np.int64)
    offsets[1:] = count
    reached = kernels_influence.cascade(
        np.uint64(5),
        400,
        np.array([0], np.int32),
        0,
        offsets,
        np.arange(1, count + 1, dtype=np.int32),
        np.zeros(count + 1, np.int32),
        np.full((count + 1, 2), power, np.float32),
        np.full(count + 1, openness, np.float32),
        np.zeros((count + 1, 1), np.int32),
        np.zeros(1, np.int32),
    )
    expected = count * power * openness
    assert abs(reached.mean() - expected) < 5 * (expected / len(reached)) ** 0.5


def test_influencers_spread_further_than_the_most_followed(town: Town) -> None:
    topic = town.people.topic[town.people.rows(INFLUENCER)][0]
    product = int(np.flatnonzero(town.catalogue.department[town.catalogue.leaf] == topic)[0])
    able = np.flatnonzero(town.people.topic == topic).astype(np.int32)
    famous = np.argsort(-np.diff(town.followers.offsets), kind="stable")[: len(able)].astype(np.int32)
    rng = np.random.default_rng(0)
    assert town.spread(able, product, 100, rng).mean() > 1.3 * town.spread(famous, product, 100, rng).mean()
