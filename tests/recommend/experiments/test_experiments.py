"""Arms that people are dealt out to, what they saw and did, and what may be said of the difference."""

import math
from collections import Counter

import numpy as np
import pytest
from scipy.stats import chi2

from recommend.answers.attribution import Attribution, read_attribution
from recommend.asked import Asked
from recommend.errors import InvalidPlacement, UnknownExperiment
from recommend.experiments import Outcomes, report_of
from recommend.experiments.outcomes import DAY_MS
from recommend.experiments.report import Estimate, difference, ratio, uneven
from recommend.pipeline import Recommender
from recommend.placements import read_placements
from tests.graph.snapshot.small import small_view

NOW = 20_000 * 1440
SHARES = {"a": 0.5, "b": 0.5}


def experiment(**changes):
    arms = {"as-it-is": {"share": 0.25}, "short": {"share": 0.75, "changes": {"page_size": 2}}}
    return {"feed": {"experiment": {"name": "paging", "arms": arms | changes}}}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    bought = [(f"x{n % 7}", f"p{n}", NOW - n) for n in range(40)]
    return small_view(tmp_path_factory.mktemp("shop"), products=[f"p{n}" for n in range(40)], bought=bought)


def test_the_same_person_is_always_in_the_same_arm_and_the_shares_hold():
    found = read_placements(experiment()).of("feed").experiment
    arms = [found.arm_of(f"u{n}") for n in range(20_000)]
    assert arms == [found.arm_of(f"u{n}") for n in range(20_000)]
    assert Counter(arms)["short"] / len(arms) == pytest.approx(0.75, abs=0.01)
    again = read_placements({"feed": {"experiment": {**experiment()["feed"]["experiment"], "name": "paging-2"}}})
    both = Counter(zip(arms, [again.of("feed").experiment.arm_of(f"u{n}") for n in range(20_000)], strict=True))
    assert both["short", "short"] / len(arms) == pytest.approx(0.75**2, abs=0.01), "another name deals out anew"


def test_an_arm_answers_as_it_says_and_the_answer_names_it(shop):
    placements = read_placements(experiment())
    recommender = Recommender(shop, {}, placements=lambda: placements)
    deal = placements.of("feed").experiment
    for n in range(12):
        answer = recommender.recommend(Asked("feed", f"u{n}"))
        arm = deal.arm_of(f"u{n}")
        assert answer["experiment"] == f"paging:{arm}"
        assert len(answer["items"]) == (2 if arm == "short" else 20)
        assert read_attribution(answer["attribution"]) == Attribution("feed", "paging", arm)
        rest = recommender.recommend(Asked("feed", f"u{n}", page_token=answer["next_page"]))
        assert (rest["experiment"], rest["attribution"]) == (answer["experiment"], answer["attribution"])
    assert recommender.recommend(Asked("feed", positive=("p1",)))["experiment"] is None, "nobody is in no arm"
    assert recommender.trending()["experiment"] is None
    assert read_attribution(recommender.trending()["attribution"]) == Attribution("trending")
    assert read_attribution("anything") is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"third": {"share": 0.1}}, "add up to 1"),
        ({"short": {"share": 0.75, "changes": {"wants": "User"}}}, "cannot change wants"),
        ({"short": {"share": 0.75, "changes": {"page_sise": 2}}}, "feed.experiment.arms.short.page_sise"),
        ({"short": {"share": 0.75, "changes": {"filter": "price <"}}}, "cannot be read"),
        ({"short": {"share": 0.0}}, "share"),
    ],
)
def test_an_experiment_that_cannot_be_meant_is_refused(changes, told):
    with pytest.raises(InvalidPlacement) as refused:
        read_placements(experiment(**changes))
    assert told in str(refused.value)


def test_two_placements_cannot_share_an_experiment():
    with pytest.raises(InvalidPlacement, match="two placements"):
        read_placements({name: experiment()["feed"] for name in ("feed", "home")})
    with pytest.raises(UnknownExperiment):
        read_placements({}).experiment("paging")


def event(type_, who, at=0, **fields):
    return {"type": type_, "user_id": who, "at": at * DAY_MS, **fields}


def shown(who, arm, product, at=0, slate="1"):
    token = f"{slate}~feed~test~{arm}"
    return event("impression", who, at, attribution=token, items=[{"id": product, "position": 1}])


def test_outcomes_count_what_was_shown_clicked_and_bought_in_time():
    outcomes = Outcomes("test", 7)
    bought = {"price_minor": 500, "currency": "EUR"}
    outcomes.take(
        [
            event("bought", "ana", product_id="p1", **bought),
            shown("ana", "a", "p1"),
            shown("ana", "a", "p2", slate="2"),
            shown("ana", "a", "p2", slate="2"),
            event("outcome", "ana", attribution="1~feed~test~a", kind="click"),
            event("outcome", "ana", attribution="1~feed~test~a", kind="click"),
            event("outcome", "ana", attribution="1~feed~other~a", kind="click"),
            event("outcome", "ana", attribution="2~feed~test~a", kind="like"),
            event("bought", "ana", 6, product_id="p1", quantity=2, **bought),
            event("bought", "ana", 8, product_id="p1", **bought),
            event("bought", "ana", 1, product_id="p9", **bought),
            shown("bo", "b", "p1"),
            shown("cy", "a", "p1"),
            shown("cy", "b", "p1"),
            shown("dee", "a", "p1") | {"attribution": "x~feed~other~a"},
            shown(None, "a", "p1"),
        ]
    )
    arms = outcomes.arms()
    (ana,) = arms["a"]
    assert (len(ana.slates), len(ana.clicked), ana.purchases, dict(ana.revenue)) == (2, 1, 1, {"EUR": 1000})
    assert len(arms["b"]) == 1
    report = report_of(outcomes, SHARES)
    first = report["arms"][0]
    assert (first["people"], first["slates"], first["ctr"]["value"], first["conversion"]["value"]) == (1, 2, 0.5, 1.0)
    assert (first["revenue_minor"]["value"], report["currency"]) == (1000.0, "EUR")
    assert any("more than one arm" in each for each in report["warnings"])
    assert any("name no person" in each for each in report["warnings"])


def test_a_report_without_anybody_says_so():
    report = report_of(Outcomes("test"), SHARES)
    assert [each["people"] for each in report["arms"]] == [0, 0]
    assert all(each["p"] is None for each in report["differences"])
    assert report["warnings"] == ["an arm has no people yet: nothing can be said"]


def test_the_variance_of_a_ratio_is_that_of_many_repetitions():
    rng = np.random.default_rng(3)

    def once():
        slates = rng.integers(1, 9, 400).astype(float)
        return ratio(rng.binomial(slates.astype(int), rng.beta(2, 8, 400)).astype(float), slates)

    found = [once() for _ in range(1500)]
    spread = np.var([each.value for each in found])
    assert np.mean([each.variance for each in found]) == pytest.approx(spread, rel=0.12)


def test_shares_that_do_not_hold_are_noticed_as_by_the_textbook():
    for counts in ((480, 520), (400, 600), (500, 500)):
        far = sum((count - 500) ** 2 / 500 for count in counts)
        assert uneven(counts, (0.5, 0.5)) == pytest.approx(chi2.sf(far, 1))
    outcomes = Outcomes("test")
    outcomes.take(shown(f"u{n}", "a" if n < 300 else "b", "p") for n in range(1000))
    assert any("shares" in each for each in report_of(outcomes, SHARES)["warnings"])


def looks(rng, rate, lift, people=4000, every=100):
    """Differences at each look, as people come in."""
    first = (rng.random(people) < rate).astype(float)
    other = (rng.random(people) < rate * (1 + lift)).astype(float)
    ones = np.ones(people)
    for end in range(every, people + 1, every):
        yield difference(ratio(first[:end], ones[:end]), ratio(other[:end], ones[:end]))


def test_looking_at_every_moment_does_not_make_a_difference_of_none():
    rng = np.random.default_rng(7)
    wrong = sum(any(each["p"] is not None and each["p"] < 0.05 for each in looks(rng, 0.2, 0.0)) for _ in range(300))
    assert wrong / 300 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 300)
    fixed = sum(any(_plain(each) < 0.05 for each in looks(rng, 0.2, 0.0) if each["p"]) for _ in range(100))
    assert fixed / 100 > 0.15, "an ordinary test would be fooled"


def _plain(told):
    """The p of a test that may be looked at once, out of the same numbers."""
    low, high, value = told["low"], told["high"], told["value"]
    first = Estimate(0.2, 0.0)
    for variance in np.geomspace(1e-7, 1e-2, 400):
        again = difference(first, Estimate(0.2 + value, variance))
        if again["high"] - again["low"] >= high - low:
            return math.erfc(abs(value) / math.sqrt(2 * variance))
    return 1.0


def test_a_true_difference_is_seen_and_its_interval_holds_it():
    rng = np.random.default_rng(9)
    runs = [list(looks(rng, 0.2, 0.3)) for _ in range(100)]
    assert sum(run[-1]["p"] < 0.05 for run in runs) > 90
    holding = sum(all(each["low"] <= 0.06 <= each["high"] for each in run if each["low"] is not None) for run in runs)
    assert holding >= 90
