"""What is like a product that was turned down moves down; against the same said slowly."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommend.newcomers import ALIKE
from recommend.pipeline import DEFAULTS, Recommender
from recommend.rerank.aversion import Aversion, likeness
from tests.graph.snapshot.small import small_view

BOOTS, HATS = [f"boot{each}" for each in range(6)], [f"hat{each}" for each in range(6)]
EVERYBODY = [f"u{each}" for each in range(8)]
KINDS = {each: [each[:3] + "s"] for each in (*BOOTS, *HATS)}
SOLD = [(user, product, 100) for user in EVERYBODY for product in (*BOOTS, *HATS)]


def shop(folder: Path, disliked: list[tuple[str, str, int]], bought: list[tuple[str, str, int]]) -> Recommender:
    return Recommender(small_view(folder, categories=KINDS, bought=[*SOLD, *bought], disliked=disliked), {})


def order_for(recommender: Recommender, user: str) -> list[str]:
    return [each["id"] for each in recommender.feed(user, 20)["items"]]


def test_hats_move_behind_boots_for_who_turned_a_hat_down(tmp_path: Path) -> None:
    recommender = shop(tmp_path, disliked=[("ana", "hat0", 100)], bought=[])
    assert order_for(recommender, "ana")[: len(BOOTS)] == BOOTS
    assert "hat0" not in order_for(recommender, "ana")
    assert order_for(recommender, "bo")[0] == "boot0"
    assert set(order_for(recommender, "bo")) == {*BOOTS, *HATS}


def test_who_bought_hats_and_turned_one_down_still_sees_hats(tmp_path: Path) -> None:
    recommender = shop(tmp_path, disliked=[("ana", "hat0", 100)], bought=[("ana", "hat1", 100)])
    assert set(order_for(recommender, "ana")[:4]) == {"hat2", "hat3", "hat4", "hat5"}


def test_an_old_refusal_counts_less(tmp_path: Path) -> None:
    half_a_year = 180 * 24 * 60
    recommender = shop(tmp_path, disliked=[("ana", "hat0", 100 + half_a_year), ("bo", "hat0", 100)], bought=[])
    fresh, old = (recommender.query_for("Product", each).turned_down_scores for each in ("ana", "bo"))
    assert fresh == pytest.approx([1.0])
    assert old == pytest.approx([0.5])


def test_the_strength_0_leaves_everything_where_it_was(tmp_path: Path) -> None:
    view = small_view(tmp_path, categories=KINDS, bought=SOLD, disliked=[("ana", "boot0", 100)])
    indifferent = Recommender(view, {}, settings=replace(DEFAULTS, aversion=Aversion(strength=0)))
    assert order_for(indifferent, "ana")[0] == "boot1"
    assert order_for(Recommender(view, {}), "ana")[: len(HATS)] == HATS


def test_likeness_is_the_share_of_what_two_products_have_in_common(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    products = [f"p{each}" for each in range(12)]
    has = {
        label: {each: {f"{label}{at}" for at in rng.choice(5, rng.integers(0, 3), replace=False)} for each in products}
        for label in ("Category", "Brand", "Tag")
    }
    edges = {key: [(each, other) for each in products for other in sorted(has[key[2]][each])] for key in ALIKE}
    view = small_view(tmp_path, products=products, edges=edges, bought=[("u", "p0", 5)])
    query = Recommender(view, {}).query_for("Product", "u")
    rows = np.arange(12, dtype=np.int32)
    worth = {
        concept: math.log1p(12 / sum(concept in has[label][each] for each in products))
        for label in has
        for each in products
        for concept in has[label][each]
    }
    expected = np.zeros((12, 12))
    for row, ours in enumerate(products):
        for other, theirs in enumerate(products):
            one, two = (set().union(*(has[label][each] for label in has)) for each in (ours, theirs))
            total = sum(worth[each] for each in one | two)
            expected[row, other] = sum(worth[each] for each in one & two) / total if total else 0
    np.testing.assert_allclose(likeness(query, rows, rows), expected, atol=1e-5)
