"""Rules: against counting by hand, against mlxtend's own, on groceries, and where there is nothing to find."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from graph.analytics.rules import PERSON, Baskets, By, Of, RuleSettings, RuleTable, mine
from graph.datasets import dataset, default_places
from graph.errors import DatasetUnavailable, InvalidValue

EVERYTHING = RuleSettings(support=0.01, confidence=0.0, lift=0.0, largest=4, redundant=True)


def baskets_of(lists, labels=None):
    items = sorted({item for each in lists for item in each})
    held = sp.csr_array(np.array([[int(item in each) for item in items] for each in lists], np.int32))
    return Baskets(By.ORDER, Of.PRODUCT, [((labels or {}).get(each, "product"), each) for each in items], held)


def told(table: RuleTable):
    """Rules as text: what they say, with their measures."""
    return {
        (frozenset(table.items[each][1] for each in table.first_part(rule)), table.items[table.then[rule]][1]): {
            name: float(values[rule]) for name, values in table.measures.items()
        }
        for rule in range(len(table))
    }


def rules_by_counting(lists, largest):
    """Oracle: every first part and item, counted basket by basket."""
    items = sorted({item for each in lists for item in each})
    share = {}
    for size in range(1, largest + 1):
        for group in combinations(items, size):
            share[frozenset(group)] = sum(set(group) <= set(each) for each in lists) / len(lists)
    found = {}
    for group, support in share.items():
        for then in group if len(group) > 1 and support > 0 else ():
            first = group - {then}
            confidence = support / share[first]
            expected = share[frozenset([then])]
            found[first, then] = {
                "support": support,
                "confidence": confidence,
                "lift": confidence / expected,
                "leverage": support - share[first] * expected,
                "conviction": float("inf") if confidence == 1 else (1 - expected) / (1 - confidence),
            }
    return found


carts = st.lists(st.lists(st.sampled_from("abcde"), min_size=1, unique=True), min_size=1, max_size=12)


@given(carts, st.sampled_from(["fpgrowth", "apriori"]))
def test_every_rule_and_measure_is_that_of_counting(lists, method):
    settings = RuleSettings(support=1e-6, confidence=0.0, lift=0.0, largest=5, redundant=True, method=method)
    found, expected = told(mine(baskets_of(lists), settings)), rules_by_counting(lists, 5)
    assert found.keys() == expected.keys()
    for rule, measures in expected.items():
        assert found[rule] == pytest.approx(measures), rule


@given(carts)
def test_a_redundant_rule_is_one_whose_shorter_form_is_as_sure(lists):
    every = rules_by_counting(lists, 4)
    settings = RuleSettings(support=1e-6, confidence=0.0, lift=0.0)
    expected = {
        (first, then)
        for (first, then), measures in every.items()
        if not any(
            every[frozenset(part), then]["confidence"] >= measures["confidence"] - 1e-9
            for size in range(1, len(first))
            for part in combinations(first, size)
        )
    }
    assert told(mine(baskets_of(lists), settings)).keys() == expected


@given(carts)
def test_rules_come_by_falling_lift_and_survive_being_kept(lists):
    table = mine(baskets_of(lists), EVERYTHING)
    assert (np.diff(table.measures["lift"]) <= 1e-12).all()
    again = RuleTable.of(table.arrays(), table.details())
    assert told(again) == told(table)
    assert (again.baskets, again.support, again.warnings) == (table.baskets, table.support, table.warnings)


def test_the_measures_are_those_of_the_library():
    from mlxtend.frequent_patterns import association_rules, fpgrowth
    from pandas import DataFrame

    rng = np.random.default_rng(0)
    lists = [[item for item in "abcdef" if rng.random() < 0.4] or ["a"] for _ in range(200)]
    baskets = baskets_of(lists)
    frame = DataFrame(baskets.held.toarray().astype(bool), columns=[item for _, item in baskets.items])
    theirs = association_rules(fpgrowth(frame, 0.01, use_colnames=True, max_len=4), min_threshold=0.0)
    single = theirs[theirs["consequents"].map(len) == 1]
    found = told(mine(baskets, EVERYTHING))
    assert len(found) == len(single)
    for row in single.to_dict("records"):
        (then,) = row["consequents"]
        for name in ("support", "confidence", "lift", "leverage", "conviction"):
            assert found[row["antecedents"], then][name] == pytest.approx(row[name]), name


@pytest.fixture(scope="module")
def groceries():
    try:
        table = dataset("groceries", replace(default_places(), public="")).interactions()
    except DatasetUnavailable:
        pytest.skip("groceries is not on this machine")
    people, items = (sorted(set(each)) for each in (table.users, table.items))
    rows = {each: row for row, each in enumerate(people)}
    columns = {each: column for column, each in enumerate(items)}
    pairs = np.array([[rows[each] for each in table.users], [columns[each] for each in table.items]])
    held = sp.csr_array((np.ones(len(table), np.int32), pairs), shape=(len(people), len(items)))
    return Baskets(By.ORDER, Of.PRODUCT, [("product", each) for each in items], held)


@pytest.mark.parametrize(("support", "confidence", "count"), [(0.001, 0.8, 410), (0.006, 0.25, 463)])
def test_groceries_give_as_many_rules_as_arules_does(groceries, support, confidence, count):
    """The figures of the vignette of arules, and of Lantz, "Machine Learning with R"."""
    assert groceries.held.shape == (9835, 169)
    settings = RuleSettings(support=support, confidence=confidence, lift=0.0, largest=10, redundant=True)
    assert len(mine(groceries, settings)) == count


def test_groceries_give_the_rules_that_are_known(groceries):
    found = told(mine(groceries, RuleSettings(support=0.001, confidence=0.8, redundant=True, largest=10)))
    first = next(iter(found))
    assert first == (frozenset({"liquor", "red/blush wine"}), "bottled beer")
    assert found[first] == pytest.approx(
        {"support": 0.0019319, "confidence": 0.9047619, "lift": 11.23527, "leverage": 0.00176, "conviction": 9.65445},
        abs=1e-5,
    )
    herbs = told(mine(groceries, RuleSettings(support=0.006, confidence=0.25)))
    assert herbs[frozenset({"herbs"}), "root vegetables"]["lift"] == pytest.approx(3.956477, abs=1e-6)


def test_support_is_lowered_until_rules_come_and_that_is_told(groceries):
    usual = mine(groceries, RuleSettings(support=0.05))
    table = mine(groceries, RuleSettings())
    assert 0 < len(usual) < 20 <= len(table)
    assert table.support < 0.05
    assert table.warnings[0].startswith("support was lowered from 0.05 to 0.029 (288 of 9835 baskets)")
    assert usual.warnings == ()


def test_support_that_nothing_reaches_is_told_with_what_would_do(groceries):
    table = mine(groceries, RuleSettings(support=0.2))
    assert not len(table)
    assert "the most frequent pair is in 736 of 9835 baskets, a support of 0.075" in table.warnings[0]


def test_frequent_pairs_keep_the_usual_support():
    lists = [[f"a{pair}", f"b{pair}"] for pair in range(12) for _ in range(10)]
    table = mine(baskets_of(lists), RuleSettings())
    assert (len(table), table.support, table.warnings) == (24, 0.05, ())


def test_a_pair_of_fewer_than_five_baskets_is_no_rule_unless_asked_for():
    lists = [["rare", "pair"]] * 4 + [[f"single{n}"] for n in range(96)]
    table = mine(baskets_of(lists), RuleSettings())
    assert not len(table)
    assert "4 of 100 baskets" in table.warnings[-1]
    assert len(mine(baskets_of(lists), RuleSettings(support=0.04))) == 2


@pytest.mark.parametrize(
    ("lists", "says"),
    [
        ([], "nothing was bought with an order_id"),
        ([["a"]], "no two items are in one basket"),
        ([["a"]] * 50, "no two items are in one basket"),
    ],
)
def test_where_there_is_nothing_the_reason_is_told(lists, says):
    empty = Baskets(By.ORDER, Of.PRODUCT, [], sp.csr_array((0, 0), dtype=np.int32))
    table = mine(baskets_of(lists) if lists else empty, RuleSettings())
    assert not len(table)
    assert says in table.warnings[-1]


def test_baskets_that_are_all_alike_give_no_rule_that_says_anything():
    table = mine(baskets_of([["a", "b"]] * 40), RuleSettings())
    assert set(table.measures["lift"].tolist()) == {1.0}
    assert set(table.measures["leverage"].tolist()) == {0.0}
    assert np.isinf(table.measures["conviction"]).all()


def test_traits_lead_to_things_and_things_to_traits_but_never_to_their_like():
    lists = [["DE", "old", "bread", "milk"]] * 30 + [["FR", "wine", "cheese"]] * 30 + [["FR", "bread"]] * 10
    labels = dict.fromkeys(["DE", "FR", "old"], PERSON)
    found = told(mine(baskets_of(lists, labels), RuleSettings()))
    assert (frozenset({"FR"}), "wine") in found
    assert (frozenset({"wine"}), "FR") in found
    for first, then in found:
        sides = {each in labels for each in first}
        assert sides == {then not in labels}


def test_rules_about_an_item_are_found_by_side():
    table = mine(baskets_of([["a", "b", "c"]] * 10 + [["a"], ["b"], ["c"]] * 5), EVERYTHING)
    sides = {side: table.about("product", "a", side) for side in ("if", "then", "any")}
    assert sorted([*sides["if"], *sides["then"]]) == sides["any"].tolist()
    assert all(table.items[table.then[rule]] == ("product", "a") for rule in sides["then"])
    assert not len(table.about("product", "z"))
    assert not len(table.about("brand", "a"))


@pytest.mark.parametrize(
    "wrong", [{"support": 0.0}, {"support": 1.5}, {"confidence": -0.1}, {"lift": float("nan")}, {"largest": 1}]
)
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(InvalidValue):
        RuleSettings(**wrong)
