"""Questions to placements: every part of a question does what it says."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph.errors import UnknownNode
from recommend.asked import Asked, Context
from recommend.errors import InvalidFilter, InvalidLimit, InvalidQuestion, UnknownPlacement
from recommend.pipeline import Recommender
from recommend.placements import Promotion, read_placements
from tests.graph.live.replay import batches, seen_twice
from tests.graph.snapshot.small import small_view
from tests.recommend.test_live_answers import PRODUCTS, USERS, some_events

DAY = 24 * 60
NOW = 20_000 * DAY
MANY = 60


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Sixty products in two categories; x0 … x9 bought them all in baskets of two: p0 with p1, p2 with p3, ….

    Ana follows Bo and bought p0, Bo bought p2 and is seen by followers only, Cy is private and bought p4.
    """
    baskets = [(f"x{n % 10}", f"p{n}", NOW - DAY * (n // 2) - n % 2) for n in range(MANY)]
    return small_view(
        tmp_path_factory.mktemp("shop"),
        users=["ana", "bo", "cy", "dee"],
        products=[f"p{n}" for n in range(MANY)],
        bought=[("ana", "p0", NOW), ("bo", "p2", NOW), ("cy", "p4", NOW)]
        + [(who, f"p{2 * (int(product[1:]) // 2)}", at) for who, product, at in baskets]
        + [(who, f"p{2 * (int(product[1:]) // 2) + 1}", at) for who, product, at in baskets],
        viewed=[("ana", "p7", NOW)],
        follows=[("ana", "bo", 5)],
        categories={f"p{n}": ["shoes" if n < MANY // 2 else "hats"] for n in range(MANY)},
        properties={
            "User": {"bo": {"visibility": "followers"}, "cy": {"visibility": "private"}},
            "Product": {
                f"p{n}": {
                    "price_minor": 100 * n,
                    "description": f"number {n}",
                    "attributes": {"size": n},
                    "available": {"DE": n % 2 == 0, "FR": True},
                }
                for n in range(MANY)
            },
        },
    )


@pytest.fixture(scope="module")
def recommender(shop):
    return Recommender(shop, {})


def ids(answer: dict[str, Any]) -> list[str]:
    return [item["id"] for item in answer["items"]]


def numbers(answer: dict[str, Any]) -> list[int]:
    return [int(each[1:]) for each in ids(answer)]


def with_placements(shop, own: dict[str, Any], **more: Any) -> Recommender:
    placements = read_placements(own)
    return Recommender(shop, {}, placements=lambda: placements, **more)


def test_every_shipped_placement_answers(recommender):
    asked = {
        "similar": {"items": ("p0",)},
        "bought-together": {"items": ("p0",)},
        "complete-the-basket": {"items": ("p0", "p2")},
        "trending": {},
        "gift": {"user_id": "ana", "users": ("bo",)},
    }
    for name in (
        "feed",
        "home",
        "people-to-follow",
        "because-you-bought",
        "from-people-you-follow",
        "re-engage",
        *asked,
    ):
        answer = recommender.recommend(Asked(name, **asked.get(name, {"user_id": "ana"})))
        assert answer["items"], name
        assert answer["placement"] == name
        assert all(item["reasons"] for item in answer["items"])


def test_what_is_bought_together_comes_first_and_says_so(recommender):
    for number in (0, 10, 40):
        answer = recommender.recommend(Asked("bought-together", items=(f"p{number}",)))
        assert ids(answer)[0] == f"p{number + 1}"
        assert "bought_together" in answer["items"][0]["sources"]
    basket = recommender.recommend(Asked("complete-the-basket", items=("p10", "p20"), page_size=2))
    assert set(ids(basket)) == {"p11", "p21"}
    assert {reason["product_id"] for item in basket["items"] for reason in item["reasons"][:1]} == {"p10", "p20"}


def test_because_you_bought_starts_from_the_newest_purchase(recommender):
    answer = recommender.recommend(Asked("because-you-bought", "ana"))
    assert ids(answer)[0] == "p1"
    assert answer["items"][0]["reasons"][0]["product_id"] == "p0"
    assert "p0" not in ids(answer)


def test_who_bought_nothing_gets_what_many_did(recommender):
    answer = recommender.recommend(Asked("because-you-bought", "dee"))
    assert {name for item in answer["items"] for name in item["sources"]} == {"popular"}
    assert answer["cold_start"]


def test_communities_to_join_are_those_of_friends_first(tmp_path):
    joined = ("User", "MEMBER_OF", "Community")
    memberships = [
        ("bo", "hikers"),
        ("cy", "hikers"),
        ("bo", "cooks"),
        ("me", "cooks"),
        *((f"x{n}", "all") for n in range(9)),
    ]
    view = small_view(
        tmp_path,
        follows=[("me", "bo"), ("me", "cy")],
        edges={joined: memberships},
        properties={"Community": {"hikers": {"name": "Hikers"}}, "User": {"bo": {"display_name": "Bo"}}},
    )
    answer = Recommender(view, {}).recommend(Asked("communities", "me"))
    assert ids(answer) == ["hikers", "all"], "not where one is already"
    first = answer["items"][0]
    assert (first["type"], first["fields"]) == ("community", {"name": "Hikers"})
    assert [each["text"] for each in first["reasons"]] == ["2 people you follow are members", "2 members"]
    assert first["reasons"][0]["people"][0] == {"id": "bo", "name": "Bo"}
    stranger = Recommender(view, {}).recommend(Asked("communities", "somebody new"))
    assert ids(stranger)[0] == "all"
    assert stranger["cold_start"]


def test_a_filter_holds_for_every_item_and_fills_the_page(recommender):
    answer = recommender.recommend(Asked("feed", "ana", filter="price_minor >= $least", filter_values={"least": 5500}))
    assert sorted(numbers(answer)) == [55, 56, 57, 58, 59]
    both = with_placements(recommender.view, {"feed": {"filter": 'category = "hats"'}})
    assert min(numbers(both.feed("ana", 40))) == MANY // 2
    assert len(both.feed("ana", 100)["items"]) == MANY // 2
    narrow = both.recommend(
        Asked("feed", "ana", filter="price_minor in ($prices)", filter_values={"prices": [100, 4000]})
    )
    assert numbers(narrow) == [40]


def test_a_filter_of_the_asker_is_not_remembered_for_another(recommender):
    def seen(who):
        return ids(recommender.recommend(Asked("trending", who, filter='event("viewed")')))

    assert (seen("ana"), seen("bo"), seen("ana")) == (["p7"], [], ["p7"])


def test_a_filter_value_that_is_not_given_is_refused(recommender):
    with pytest.raises(InvalidFilter, match=r"\$least has no value"):
        recommender.recommend(Asked("feed", "ana", filter="price_minor >= $least"))


def test_the_market_leaves_out_what_is_not_sold_there(recommender):
    asked = Asked("feed", "dee", page_size=100)
    assert len(recommender.recommend(asked)["items"]) == MANY
    german = recommender.recommend(replace(asked, context=Context(place="DE")))
    assert {number % 2 for number in numbers(german)} == {0}
    assert len(german["items"]) == MANY // 2


def test_the_moment_of_the_question_is_what_now_means(recommender):
    asked = Asked("trending", page_size=100, filter="created_at > now() - 1d")
    assert ids(recommender.recommend(asked)) == []
    assert recommender.recommend(replace(asked, context=Context(minutes=NOW), filter="now() > now() - 1d"))["items"]


def test_picks_stand_for_a_history_and_refusals_push_away(recommender):
    picked = recommender.recommend(Asked("feed", "somebody new", positive=("p40",)))
    assert not picked["cold_start"]
    assert "walk" in next(item["sources"] for item in picked["items"] if item["id"] == "p41")
    assert "p40" not in ids(picked)
    nobody = recommender.recommend(Asked("feed", positive=("p40",)))
    assert not nobody["cold_start"]
    assert "walk" in next(item["sources"] for item in nobody["items"] if item["id"] == "p41")
    away = recommender.recommend(Asked("feed", "ana", negative=("p1",), page_size=100))
    assert "p1" not in ids(away)


def test_a_gift_leaves_out_what_the_other_has_and_says_nothing_of_it(recommender):
    for asker, other, has in (("ana", "bo", "p2"), ("dee", "bo", "p2"), ("dee", "cy", "p4")):
        answer = recommender.recommend(Asked("gift", asker, users=(other,), page_size=100))
        assert has not in ids(answer)
        told = {reason["type"] for item in answer["items"] for reason in item["reasons"]}
        assert told <= {"popular", "trending", "new", "category"}


def test_a_gift_uses_only_what_the_asker_may_see(recommender):
    def is_personal(asker, other):
        items = recommender.recommend(Asked("gift", asker, users=(other,)))["items"]
        return any(not {"popular", "trending"}.issuperset(item["sources"]) for item in items)

    assert is_personal("ana", "bo"), "followers may see Bo"
    assert not is_personal("dee", "bo")
    assert not is_personal("ana", "cy")
    assert is_personal("cy", "cy")
    assert is_personal("dee", "ana"), "everybody may see Ana"


def test_a_group_gets_what_suits_each_of_them(recommender):
    answer = recommender.recommend(Asked("feed", "ana", users=("ana", "bo"), page_size=5))
    assert {"p1", "p3"} <= set(ids(answer))
    assert {"p0", "p2"}.isdisjoint(ids(answer))


def test_promotions_take_their_places_and_say_so(shop, recommender):
    promotion = Promotion(name="hats", filter='category = "hats"', positions=(1, 4))
    shared = Promotion(name="half", products=("p50", "p51"), share=0.5)
    answer = recommender.recommend(Asked("feed", "ana", promotions=(promotion,), page_size=10))
    marked = [place for place, item in enumerate(answer["items"]) if item["sources"] == ["promotion:hats"]]
    assert marked == [0, 3]
    assert answer["items"][0]["reasons"][0] == {"type": "promotion", "text": "promoted: hats"}
    assert len(set(ids(answer))) == 10
    half = recommender.recommend(Asked("feed", "ana", promotions=(shared,), page_size=10))
    assert [ids(half)[1], ids(half)[3]] == ["p50", "p51"]
    own = with_placements(
        shop, {"feed": {"promotions": [{"name": "mine", "products": ["p0", "p51"], "positions": [2]}]}}
    )
    assert ids(own.feed("ana"))[1] == "p51", "p0 was bought already"


def test_a_promoted_product_that_is_filtered_away_stays_away(recommender):
    hidden = Promotion(name="x", products=("p50",), filter="price_minor < 100", positions=(1,))
    answer = recommender.recommend(Asked("feed", "ana", promotions=(hidden,)))
    assert all("promotion:x" not in item["sources"] for item in answer["items"])


def test_a_placement_says_how_much_is_told(shop):
    short = with_placements(shop, {"feed": {"explain": "short"}}).feed("ana")["items"][0]["reasons"]
    assert [set(each) for each in short] == [{"type", "text"}]
    assert with_placements(shop, {"feed": {"explain": "none"}}).feed("ana")["items"][0]["reasons"] == []


def test_items_show_the_fields_that_are_asked_for(recommender):
    item = recommender.recommend(Asked("feed", "ana", fields=("description", "size", "created_at")))["items"][0]
    number = int(item["id"][1:])
    assert (item["fields"]["description"], item["fields"]["size"]) == (f"number {number}", number)
    assert "created_at" not in item["fields"]
    with pytest.raises(InvalidQuestion, match="fields"):
        recommender.recommend(Asked("people-to-follow", "ana", fields=("birth_year",)))


def test_a_slate_ends_after_the_results_that_were_asked_for(recommender):
    first = recommender.recommend(Asked("feed", "ana", num_results=7, page_size=5))
    rest = recommender.recommend(Asked("feed", "ana", num_results=7, page_size=5, page_token=first["next_page"]))
    assert (len(first["items"]), len(rest["items"]), rest["next_page"]) == (5, 2, None)
    assert recommender.recommend(Asked("feed", "ana", page_size=100))["next_page"] is None


def test_what_a_placement_leaves_out_is_its_own(shop):
    viewed = with_placements(shop, {"feed": {"leave_out": ["viewed"]}})
    found = ids(viewed.feed("ana", 100))
    assert "p0" in found
    assert "p7" not in found


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (Asked("fed", "ana"), UnknownPlacement),
        (Asked("feed"), InvalidQuestion),
        (Asked("similar", "ana"), InvalidQuestion),
        (Asked("similar", items=("p0", "p1")), InvalidQuestion),
        (Asked("similar", items=("nothing",)), UnknownNode),
        (Asked("complete-the-basket", "ana"), InvalidQuestion),
        (Asked("gift", "ana"), InvalidQuestion),
        (Asked("people-to-follow", users=("ana",)), InvalidQuestion),
        (Asked("search", "ana"), InvalidQuestion),
        (Asked("feed", vector=(1.0, 2.0)), InvalidQuestion),
        (Asked("feed", "ana", page_size=0), InvalidLimit),
        (Asked("feed", "ana", num_results=1001), InvalidLimit),
        (Asked("feed", "ana", filter="price_minor < "), InvalidFilter),
    ],
)
def test_what_cannot_be_answered_says_why(recommender, asked, error):
    with pytest.raises(error):
        recommender.recommend(asked)


def test_an_empty_shop_shows_what_there_is_and_then_nothing(tmp_path):
    bare = Recommender(small_view(tmp_path, products=["p", "q"]), {})
    answer = bare.feed("anybody")
    assert ids(answer) == ["q", "p"]
    assert answer["cold_start"]
    assert {name for item in answer["items"] for name in item["sources"]} == {"catalogue"}


@pytest.mark.parametrize("seed", range(6))
def test_pages_neither_repeat_nor_miss_anything_while_events_come(tmp_path: Path, seed: int) -> None:
    """The pages together are the slate of the first moment, less what may not be offered any more."""
    rng = np.random.default_rng(seed)
    events = some_events(rng, 700)
    twice = seen_twice(tmp_path, events[:300], [])
    live = Recommender(twice.overlaid, {})
    overlay = twice.overlaid.overlay
    rest = events[300:]
    for turn in range(8):
        user, size = f"u{rng.integers(USERS)}", int(rng.integers(1, 7))
        whole = ids(live.feed(user, 100))
        page = live.feed(user, size)
        pages = ids(page)
        while page["next_page"]:
            some, rest = rest[:3], rest[3:] or events[300:]
            live.prepared.take(
                overlay.apply(batches([{**each, "event_id": f"{turn}{each['event_id']}"} for each in some]))
            )
            page = live.feed(user, size, page_token=page["next_page"])
            pages += ids(page)
            query = live.query_for("Product", user)
        now = {f"p{n}" for n in range(PRODUCTS)} - _forbidden(live, query if len(pages) > size else None)
        assert len(pages) == len(set(pages)), "nothing twice"
        assert [each for each in pages if each in set(whole)] == pages, "nothing new in between"
        assert [each for each in whole if each in set(pages)] == pages, "the order of the first moment"
        assert set(whole) - set(pages) <= {f"p{n}" for n in range(PRODUCTS)} - now, "nothing is missing but what ended"


def _forbidden(live: Recommender, query: Any) -> set[str]:
    if query is None:
        return set()
    rows = {*query.known.tolist(), *np.flatnonzero(query.hidden).tolist()}
    return {live.view.id_of("Product", row) for row in rows if row < live.view.count("Product")}
