"""Products that follow by rule: from the page's, from a basket, and from nothing but what is there."""

import numpy as np
import pytest

from embeddings.artefact import save_model
from graph.analytics.rules import By, Of, RuleSettings, mine
from graph.analytics.rules.baskets import make_baskets, of_orders
from recommend.asked import Asked
from recommend.pipeline import Recommender
from recommend.rules import rules_of
from tests.graph.snapshot.small import small_view

DAY = 1440
NOW = 20_000 * DAY
BASKETS = [["gin", "tonic"]] * 6 + [["gin", "tonic", "lime"]] * 8 + [["lime", "salt"]] * 7 + [["milk"]] * 30
"""Lime goes with salt, unless gin and tonic are there too."""
SETTINGS = RuleSettings(by="day", of="product", support=0.05, confidence=0.3)


@pytest.fixture
def view(tmp_path):
    """A person a basket; ``gone`` was in every basket with salt, and has ended."""
    return small_view(
        tmp_path,
        users=["asker"],
        products=["gin", "tonic", "lime", "salt", "milk", "gone"],
        bought=[
            (f"u{number}", product, NOW)
            for number, basket in enumerate(BASKETS)
            for product in (basket if "salt" not in basket else [*basket, "gone"])
        ],
    )


@pytest.fixture
def rules(view, tmp_path):
    from graph.analytics.rules.baskets import of_days
    from graph.snapshot.actions import Actions

    table = mine(make_baskets(view, of_days(view, Actions.of(["bought"])), By.DAY), SETTINGS)
    return save_model(tmp_path / "m", SETTINGS, {}, view.snapshot_id, 0, details=table.details(), arrays=table.arrays())


def following(view, rules, *anchors):
    found = rules_of({"rules": rules}, view)
    rows, gains, causes = found.following(view.rows_of("Product", list(anchors)))
    order = np.argsort(-gains)
    return {
        view.id_of("Product", row): (round(float(gain), 3), view.id_of("Product", cause))
        for row, gain, cause in zip(rows[order], gains[order], causes[order], strict=True)
    }


def test_what_follows_is_scored_by_how_much_likelier_the_rule_makes_it(view, rules):
    """Of 15 baskets with lime 7 hold salt; of all 51 baskets 7 do."""
    assert following(view, rules, "lime")["salt"] == (round(7 / 15 - 7 / 51, 3), "lime")


def test_a_rule_that_begins_with_two_products_needs_both_in_the_basket(view, rules):
    table = {name: score for name, (score, _) in following(view, rules, "gin", "tonic").items()}
    assert table["lime"] == pytest.approx(8 / 14 - 15 / 51, abs=1e-3)
    assert "gin" not in table
    assert "tonic" not in table


def test_nothing_follows_from_what_no_rule_begins_with(view, rules):
    assert following(view, rules, "milk") == {}
    assert following(view, rules) == {}


def offered(answer):
    return [item["id"] for item in answer["items"] if "rules" in item["sources"]]


def test_the_page_of_a_product_offers_what_follows_and_nothing_that_has_ended(view, tmp_path, rules):
    recommender = Recommender(view, {"rules": rules})
    assert set(offered(recommender.similar("lime"))) == {"salt", "gone", "gin", "tonic"}
    answer = recommender.recommend(Asked("complete-the-basket", items=("gin", "tonic")))
    assert offered(answer) == ["lime"]
    assert answer["items"][0]["reasons"]
    ended = small_view(
        tmp_path / "later", products=["gin", "tonic", "lime", "salt", "milk", "gone"], gone={"Product": ["gone"]}
    )
    assert set(offered(Recommender(ended, {"rules": rules}).similar("lime"))) == {"salt", "gin", "tonic"}


def test_a_product_that_the_view_lacks_takes_its_rules_with_it(tmp_path, rules):
    fewer = small_view(tmp_path / "fewer", products=["tonic", "gin"])
    assert following(fewer, rules, "gin").keys() == {"tonic"}


def test_without_rules_and_with_rules_of_categories_nothing_is_offered(view, tmp_path):
    assert offered(Recommender(view, {}).similar("lime")) == []
    of_categories = RuleSettings(by="day", of="category")
    table = mine(make_baskets(view, of_orders(Nothing(), view), By.ORDER, Of.CATEGORY), of_categories)
    kept = save_model(
        tmp_path / "c", of_categories, {}, view.snapshot_id, 0, details=table.details(), arrays=table.arrays()
    )
    assert offered(Recommender(view, {"rules": kept}).similar("lime")) == []


class Nothing:
    """A store in which nothing was bought."""

    def records(self, _key):
        return iter(())
