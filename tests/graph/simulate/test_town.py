"""What every town must be, whatever its size."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InvalidValue
from graph.simulate import Town, TownSettings, simulate_town
from graph.simulate.people import CELEBRITY, FAKE, INFLUENCER
from graph.simulate.settings import BAND_COUNT, END_MS, SEGMENTS, START_MS

GOLDEN = {
    (100, 7): "dcf496a4e83dc0ca3477cf1e619e9d6c",
    (3000, 7): "7fb9d62b55bf3384213a1c413c3cc687",
}
"""Checksums of two towns of version 1: what rests on a town must not change unnoticed (docs/adr/0002)."""


@pytest.fixture(scope="module")
def town() -> Town:
    return simulate_town(TownSettings(people=3000, seed=7))


@pytest.mark.parametrize(("people", "seed"), GOLDEN)
def test_towns_of_this_version_never_change(people: int, seed: int) -> None:
    assert simulate_town(TownSettings(people=people, seed=seed)).checksum() == GOLDEN[people, seed]


def test_the_number_of_threads_does_not_matter(town: Town) -> None:
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        assert simulate_town(TownSettings(people=3000, seed=7)).checksum() == town.checksum()
    finally:
        numba.set_num_threads(before)


def test_another_seed_gives_another_town(town: Town) -> None:
    assert simulate_town(TownSettings(people=3000, seed=8)).checksum() != town.checksum()


@settings(max_examples=15, deadline=None)
@given(
    people=st.integers(100, 700),
    seed=st.integers(0, 2**40),
    noise=st.sampled_from([0.0, 0.2, 1.0]),
    shares=st.sampled_from([(0.0, 0.0, 0.0), (0.005, 0.003, 0.02), (0.2, 0.1, 0.2)]),
)
def test_every_event_names_what_is_there_at_a_time_that_can_be(
    people: int, seed: int, noise: float, shares: tuple[float, float, float]
) -> None:
    influencers, celebrities, fakes = shares
    chosen = TownSettings(
        people, seed, noise=noise, influencer_share=influencers, celebrity_share=celebrities, fake_share=fakes
    )
    town = simulate_town(chosen)
    limits = {
        "product": len(town.catalogue),
        "other": people,
        "community": len(town.people.size),
        "post": len(town.events["posted"]),
    }
    for events in town.events.values():
        assert ((events.user >= 0) & (events.user < people)).all()
        assert (np.diff(events.at) >= 0).all() or "session" in events.fields or events.fields.keys() == {"post"}
        assert (events.at >= town.people.joined_at[events.user] - 1).all()
        assert (events.at < END_MS).all()
        for name, limit in limits.items():
            if name in events.fields:
                assert ((events.fields[name] >= 0) & (events.fields[name] < limit)).all()


def test_shopping_happens_within_the_year_and_on_products_that_exist_by_then(town: Town) -> None:
    for name in ("viewed", "liked", "carted", "bought", "rated"):
        events = town.events[name]
        assert (events.at >= START_MS).all()
        assert (town.catalogue.created_at[events.fields["product"]] <= events.at).all()


def test_every_purchase_was_viewed_and_carted_before_in_the_same_session(town: Town) -> None:
    def steps(name: str) -> set[tuple[int, int, int]]:
        events = town.events[name]
        return set(zip(events.user, events.fields["product"], events.fields["session"], strict=True))

    assert steps("bought") <= steps("carted") <= steps("viewed")


def test_a_rating_comes_after_a_look_at_the_product(town: Town) -> None:
    viewed, rated = town.events["viewed"], town.events["rated"]
    first = dict[tuple[int, int], int]()
    for user, product, at in zip(viewed.user, viewed.fields["product"], viewed.at, strict=True):
        first[user, product] = min(at, first.get((user, product), END_MS))
    for user, product, at in zip(rated.user, rated.fields["product"], rated.at, strict=True):
        assert first[user, product] < at


def test_a_return_comes_after_a_purchase(town: Town) -> None:
    bought, returned = town.events["bought"], town.events["returned"]
    pairs = set(zip(bought.user, bought.fields["product"], strict=True))
    assert len(returned)
    assert set(zip(returned.user, returned.fields["product"], strict=True)) <= pairs


def test_nobody_follows_themselves_or_anyone_twice(town: Town) -> None:
    followed = town.events["followed"]
    pairs = list(zip(followed.user, followed.fields["other"], strict=True))
    assert len(set(pairs)) == len(pairs)
    assert all(a != b for a, b in pairs)


def test_followers_are_spread_by_a_power_law() -> None:
    """Hill's estimate of the tail exponent lies where social networks have it, 2 to 3.5."""
    town = simulate_town(TownSettings(people=20_000))
    degree = np.sort(np.diff(town.followers.offsets))[::-1].astype(float)
    tail = degree[:400]
    assert 2.0 < 1 + 1 / np.log(tail / tail[-1]).mean() < 3.5
    assert degree[0] > 20 * np.median(degree)


def test_roles_have_their_shares(town: Town) -> None:
    assert [len(town.people.rows(role)) for role in (INFLUENCER, CELEBRITY, FAKE)] == [15, 9, 60]


def test_circles_lie_inside_communities_and_hold_their_people(town: Town) -> None:
    people = town.people
    for place, row in enumerate(people.members):
        start, size = people.circle_start[row], people.circle_size[row]
        assert start <= place < start + size
        assert len(set(people.community[people.members[start : start + size]])) == 1


def test_every_kind_and_price_band_has_a_product_from_before_the_first_day(town: Town) -> None:
    catalogue = town.catalogue
    starts = catalogue.bucket_offsets[:-1]
    assert (np.diff(catalogue.bucket_offsets) > 0).all()
    assert len(starts) == len(catalogue.department) * BAND_COUNT
    assert (catalogue.created_at[catalogue.bucket_products[starts]] < START_MS).all()


def test_weekend_planners_come_on_weekends(town: Town) -> None:
    viewed = town.events["viewed"]
    weekday = ((viewed.at - START_MS) // 86_400_000 + 2) % 7
    planners = [s.name for s in SEGMENTS].index("weekend planners")
    theirs = town.people.segment[viewed.user] == planners
    assert (weekday[theirs] >= 5).mean() > 0.8 > 0.5 > (weekday[~theirs] >= 5).mean()


@pytest.mark.parametrize(
    "wrong",
    [
        {"people": 99},
        {"people": 100, "seed": -1},
        {"people": 100, "noise": 1.5},
        {"people": 100, "noise": float("nan")},
        {"people": 100, "fake_share": 0.9},
        {"people": 100, "follows_per_person": 0},
        {"people": 100, "products": -3},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidValue):
        TownSettings(**wrong)  # type: ignore[arg-type]
