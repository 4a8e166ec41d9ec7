"""Every source, and every answer, is the same over a snapshot of all events and over one of the first with the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommend.pipeline import Recommender
from tests.graph.live.replay import seen_twice

USERS, PRODUCTS, CATEGORIES, POSTS = 25, 30, 6, 8
MINUTE = 60_000
BEGIN = 1_700_000_000_000
ON_PRODUCTS = ("viewed", "liked", "unliked", "disliked", "carted", "uncarted", "bought", "returned", "rated", "shared")
ON_PEOPLE = ("followed", "followed", "followed", "unfollowed", "blocked", "unblocked", "muted", "messaged")


def some_events(rng: np.random.Generator, count: int) -> list[dict[str, Any]]:
    """A life in a shop, told partly too late and out of order."""
    return [{"event_id": f"e{number:04}", "at": _time(rng, number), **_event(rng)} for number in range(count)]


def _time(rng: np.random.Generator, number: int) -> int | None:
    if rng.random() < 0.03:
        return None
    late = rng.integers(0, 300) if rng.random() < 0.2 else 0
    return BEGIN + int(max(number - late, 0)) * MINUTE // 3


def _event(rng: np.random.Generator) -> dict[str, Any]:
    user, other = (f"u{each}" for each in rng.choice(USERS, 2, replace=False))
    product = f"p{int(PRODUCTS * rng.random() ** 2)}"
    drawn = rng.random()
    if drawn < 0.5:
        kind = str(rng.choice(ON_PRODUCTS))
        stars = {"value": float(rng.integers(2, 11) / 2)} if kind == "rated" else {}
        return {"type": kind, "user_id": user, "product_id": product, **stars}
    if drawn < 0.75:
        return {"type": str(rng.choice(ON_PEOPLE)), "user_id": user, "other_id": other}
    if drawn < 0.8:
        return {
            "type": str(rng.choice(["joined", "joined", "left"])),
            "user_id": user,
            "community_id": f"m{rng.integers(3)}",
        }
    if drawn < 0.86:
        kind = str(rng.choice(["commented", "post_liked", "posted"]))
        return {"type": kind, "user_id": user, "post_id": f"q{rng.integers(POSTS)}"}
    return _description(rng, user, product)


def _description(rng: np.random.Generator, user: str, product: str) -> dict[str, Any]:
    drawn = rng.random()
    if drawn < 0.05:
        return {"type": "deleted", "label": "Product", "id": product}
    if drawn < 0.08:
        return {"type": "erased", "user_id": user}
    if drawn < 0.2:
        visibility = str(rng.choice(["public", "followers", "private"], p=[0.8, 0.1, 0.1]))
        consent = {"name_in_reasons": bool(rng.random() < 0.8), "personalise": bool(rng.random() < 0.9)}
        return {"type": "user", "user_id": user, "properties": {"visibility": visibility, "consent": consent}}
    if drawn < 0.3:
        below, above = rng.choice(CATEGORIES, 2, replace=False)
        properties = {"parent": [f"c{above}"], "name": f"Kind {below}"}
        return {"type": "category", "category_id": f"c{below}", "properties": properties}
    properties = {
        "title": f"Thing {rng.integers(9)}",
        "categories": [f"c{each}" for each in rng.choice(CATEGORIES, rng.integers(0, 3), replace=False)],
        "brand": f"b{rng.integers(3)}",
        "tags": [f"t{each}" for each in rng.choice(4, rng.integers(0, 3), replace=False)],
        "available": bool(rng.random() < 0.9),
        "related": {"shop": {"goes with": [f"Product:p{rng.integers(PRODUCTS)}", "Entity:oak"]}},
    }
    chosen = rng.random(len(properties)) < 0.7
    told = {name: value for (name, value), is_in in zip(properties.items(), chosen, strict=True) if is_in}
    return {"type": "product", "product_id": product, "properties": told}


def told(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [{name: item[name] for name in ("id", "score", "sources", "fields", "reasons")} for item in answer["items"]]


@pytest.mark.parametrize("seed", range(3))
def test_answers_are_those_of_a_snapshot_of_all_events(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    events = some_events(rng, 500)
    cut = int(rng.integers(0, 500))
    twice = seen_twice(tmp_path, events[:cut], events[cut:], together=bool(seed % 2))
    whole, live = Recommender(twice.whole, {}), Recommender(twice.overlaid, {})
    assert twice.overlaid.latest_minutes == twice.whole.latest_minutes
    for user in range(0, USERS, 3):
        for target in ("Product", "User"):
            questions = [each.query_for(target, f"u{user}") for each in (whole, live)]
            for source in whole.settings.sources:
                if ("User", target) in source.targets:
                    offers = [
                        source.candidates(each.view, query, 50)
                        for each, query in zip((whole, live), questions, strict=True)
                    ]
                    for name in ("rows", "scores", "because"):
                        np.testing.assert_array_equal(*(getattr(each, name) for each in offers), err_msg=source.name)
        assert told(live.feed(f"u{user}", paths=True)) == told(whole.feed(f"u{user}", paths=True))
        assert told(live.people(f"u{user}")) == told(whole.people(f"u{user}"))
    for product in range(0, PRODUCTS, 4):
        if twice.whole.row_of("Product", f"p{product}") >= 0:
            assert told(live.similar(f"p{product}")) == told(whole.similar(f"p{product}"))
    assert told(live.trending()) == told(whole.trending())
