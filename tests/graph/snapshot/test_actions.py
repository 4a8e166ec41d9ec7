import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidValue
from graph.schema import PRODUCT_ACTIONS
from graph.snapshot.actions import (
    CODE_COUNT,
    CODE_MASK,
    CODES,
    DEFAULT_RULES,
    EVENT_NAMES,
    LAST_MINUTE,
    PAST_TENSE,
    ActionRule,
    Actions,
    minutes_of,
    plain_stamps,
    stamps,
)

minutes = st.integers(0, LAST_MINUTE)
half_stars = st.integers(2, 10).map(lambda steps: steps / 2)
plain_kinds = st.sampled_from([kind for kind in PRODUCT_ACTIONS if kind != "RATED"])


def one(kind: str, minute: int, stars: float | None = None) -> int:
    given_stars = None if stars is None else np.array([stars], np.float32)
    return int(stamps(kind, np.array([minute], np.int64), given_stars)[0])


@given(plain_kinds, minutes)
def test_a_stamp_holds_action_and_minute(kind, minute):
    stamp = one(kind, minute)
    assert CODES[stamp & CODE_MASK] == (kind, None)
    assert minutes_of(np.array([stamp], np.uint32)).tolist() == [minute]


@given(st.sampled_from(["RATED", "REVIEWED"]), minutes, half_stars)
def test_a_starred_stamp_holds_its_stars(kind, minute, stars):
    stamp = one(kind, minute, stars)
    assert CODES[stamp & CODE_MASK] == (kind, stars)
    assert stamp >> 6 == minute


@given(st.floats(1, 5, width=32))
def test_stars_are_rounded_to_half_a_star(stars):
    kept = CODES[one("RATED", 1, stars) & CODE_MASK][1]
    assert kept is not None
    assert abs(kept - stars) <= 0.25


@given(minutes, minutes, plain_kinds, plain_kinds)
def test_a_later_action_has_the_higher_stamp(first, second, one_kind, other_kind):
    if first < second:
        assert one(one_kind, first) < one(other_kind, second)


@pytest.mark.parametrize(("given_minute", "kept"), [(-1, 0), (LAST_MINUTE + 5, LAST_MINUTE)])
def test_unknown_and_far_times_are_clamped(given_minute, kept):
    assert one("BOUGHT", given_minute) >> 6 == kept
    assert int(plain_stamps(np.array([given_minute]))[0]) >> 6 == kept


@pytest.mark.parametrize("stars", [None, float("nan")])
def test_a_rating_without_stars_is_refused(stars):
    with pytest.raises(InvalidValue, match="RATED edges need stars"):
        one("RATED", 5, stars)


@pytest.mark.parametrize("stars", [None, float("nan")])
def test_a_review_may_have_no_stars(stars):
    assert CODES[one("REVIEWED", 5, stars) & CODE_MASK] == ("REVIEWED", None)


def test_an_unknown_action_is_refused():
    with pytest.raises(InvalidValue, match="'FOLLOWS' is no action"):
        one("FOLLOWS", 5)


def test_codes_are_distinct_and_fit_into_six_bits():
    assert len(set(CODES)) == len(CODES) <= CODE_COUNT


def test_every_action_on_a_product_has_a_code_and_a_word():
    assert {kind for kind, _ in CODES} >= set(PRODUCT_ACTIONS)
    assert set(EVENT_NAMES.values()) == set(PAST_TENSE) == set(PRODUCT_ACTIONS)


@given(st.sampled_from(sorted(EVENT_NAMES)), st.floats(0.01, 100).map(lambda x: round(x, 2)))
def test_a_written_rule_is_read_back(event, weight):
    assert ActionRule.parse(f"{event}*{weight}") == ActionRule(event, 0.0, weight)


@given(half_stars, half_stars)
def test_a_minimum_admits_exactly_the_stars_that_reach_it(minimum, stars):
    actions = Actions.of([f"rated >= {minimum} * 2"])
    stamp = np.array([one("RATED", 9, stars)], np.uint32)
    assert actions.counts(stamp).tolist() == [stars >= minimum]
    assert bool(int(actions.mask) >> int(stamp[0] & CODE_MASK) & 1) == (stars >= minimum)


def test_a_review_without_stars_counts_where_no_minimum_is_set():
    stamp = np.array([one("REVIEWED", 9)], np.uint32)
    assert Actions.of(["reviewed"]).counts(stamp).all()
    assert not Actions.of(["reviewed>=1"]).counts(stamp).any()


def test_rules_for_the_same_action_add_up():
    actions = Actions.of(["rated", "rated>=4*2"])
    codes = [one("RATED", 0, stars) & CODE_MASK for stars in (3.5, 4.0)]
    assert actions.weights[codes].tolist() == [1.0, 3.0]


def test_the_default_is_bought_liked_and_rated_four_or_more():
    actions = Actions.of()
    assert actions.rules == DEFAULT_RULES
    counted = {CODES[code] for code in range(len(CODES)) if actions.weights[code] > 0}
    assert counted == {("BOUGHT", None), ("LIKED", None), ("RATED", 4.0), ("RATED", 4.5), ("RATED", 5.0)}


@pytest.mark.parametrize("text", ["buys", "", "bought>=4", "rated>=x", "rated*many", ">=4"])
def test_a_rule_that_cannot_be_read_is_refused(text):
    with pytest.raises(InvalidValue, match="actions"):
        ActionRule.parse(text)


def test_no_rule_at_all_is_refused():
    with pytest.raises(InvalidValue, match="at least one action"):
        Actions.of([])
