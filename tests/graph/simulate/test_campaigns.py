"""Campaigns whose effect is known."""

from __future__ import annotations

import numpy as np
import pytest

from graph.errors import InvalidValue
from graph.simulate import Town, TownSettings, run_campaign, simulate_town
from graph.simulate.people import CELEBRITY
from graph.simulate.settings import DAY_MS, END_MS, START_MS

AT = START_MS + 200 * DAY_MS


@pytest.fixture(scope="module")
def town() -> Town:
    return simulate_town(TownSettings(people=4000, seed=3))


@pytest.fixture(scope="module")
def topic(town: Town) -> int:
    """The department with most influencers."""
    return int(np.bincount(town.people.topic[town.people.topic >= 0]).argmax())


@pytest.fixture(scope="module")
def product(town: Town, topic: int) -> int:
    """One that somebody buys anyway."""
    bought = np.bincount(town.events["bought"].fields["product"], minlength=len(town.catalogue))
    return int(np.where(town.catalogue.department[town.catalogue.leaf] == topic, bought, -1).argmax())


@pytest.fixture(scope="module")
def able(town: Town, topic: int) -> np.ndarray:
    return np.flatnonzero(town.people.topic == topic).astype(np.int32)


def test_the_mean_of_many_campaigns_is_the_expected_one(town: Town, able: np.ndarray, product: int) -> None:
    rng = np.random.default_rng(1)
    runs = [run_campaign(town, able, product, AT, rng) for _ in range(300)]
    caused = np.array([len(run.caused) for run in runs])
    expected = runs[0].expected
    assert expected > 3
    assert abs(caused.mean() - expected) < 5 * (expected / len(caused)) ** 0.5


def test_only_people_who_followed_by_then_are_exposed_and_moved(town: Town, able: np.ndarray, product: int) -> None:
    run = run_campaign(town, able, product, AT, np.random.default_rng(2))
    followed = town.events["followed"]
    seeing = followed.user[np.isin(followed.fields["other"], able) & (followed.at < AT)]
    assert run.exposed.tolist() == sorted(set(seeing.tolist()))
    assert set(run.caused.user.tolist()) <= set(run.exposed.tolist())
    assert len(set(run.caused.user.tolist())) == len(run.caused)
    assert ((run.caused.at >= AT) & (run.caused.at <= AT + 14 * DAY_MS)).all()


def test_nobody_is_counted_who_buys_it_anyway_or_takes_part(town: Town, able: np.ndarray, product: int) -> None:
    run = run_campaign(town, able, product, AT, np.random.default_rng(2))
    bought = town.events["bought"]
    anyway = set(bought.user[bought.fields["product"] == product].tolist())
    assert anyway & set(run.exposed.tolist())
    assert not set(run.caused.user.tolist()) & (anyway | set(able.tolist()))


def test_celebrities_bring_nothing(town: Town, product: int) -> None:
    run = run_campaign(town, town.people.rows(CELEBRITY), product, AT, np.random.default_rng(0))
    assert len(run.exposed) > 100
    assert run.expected == len(run.caused) == 0


@pytest.mark.parametrize("at", [START_MS - 1, END_MS - 13 * DAY_MS])
def test_a_campaign_outside_the_year_is_refused(town: Town, product: int, at: int) -> None:
    with pytest.raises(InvalidValue):
        run_campaign(town, np.array([0], np.int32), product, at, np.random.default_rng(0))
