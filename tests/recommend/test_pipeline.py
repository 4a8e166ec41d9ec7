"""Answers as a whole: what they hold, how they page, whom they respect."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from graph.errors import UnknownNode
from graph.snapshot.actions import Actions
from recommend import kernels as pipeline_kernels
from recommend.errors import InvalidLimit, InvalidPageToken
from recommend.explain import kernels as explain_kernels
from recommend.pipeline import PipelineSettings, Recommender
from recommend.rerank.diversity import Diversity
from recommend.sources import SOURCES, kernels, kernels_concept, kernels_walk
from tests.graph.snapshot.small import small_view

DAY = 24 * 60
NOW = 20_000 * DAY
MANY = 120


@pytest.fixture
def shop(tmp_path):
    """Ana follows Bo and Cy; Bo and Ana share p0; 120 more products that a crowd bought.

    ::

        Ana → Bo, Cy     Cy → Dee     Ana – p0 – Bo – p1     Cy – p2     Dee – p3     x0 … x9 – p0 … p119
    """
    crowd = [(f"x{n % 10}", f"p{(7 * n) % MANY}", NOW - n) for n in range(500)]
    return small_view(
        tmp_path,
        users=["ana", "bo", "cy", "dee"],
        products=[f"p{n}" for n in range(MANY)],
        bought=[
            ("ana", "p0", NOW),
            ("bo", "p0", NOW),
            ("bo", "p1", NOW),
            ("cy", "p2", NOW),
            ("dee", "p3", NOW),
            *crowd,
        ],
        follows=[("ana", "bo", 5), ("ana", "cy", 6), ("cy", "dee", 7)],
        categories={f"p{n}": ["shoes" if n < 100 else "hats"] for n in range(MANY)},
        properties={"User": {"bo": {"display_name": "Bo"}}, "Product": {"p0": {"title": "Boots", "price_minor": 9900}}},
    )


def ids(answer):
    return [item["id"] for item in answer["items"]]


def found(answer):
    """What a source found; the rest of the catalogue only fills the page."""
    return [item["id"] for item in answer["items"] if item["sources"] != ["catalogue"]]


def reasons(answer, item_id):
    return next(item for item in answer["items"] if item["id"] == item_id)["reasons"]


def test_an_answer_has_the_form_of_the_interface(shop):
    answer = Recommender(shop, {}).feed("ana", 5)
    assert list(answer) == [
        "items", "next_page", "cold_start", "stale", "placement", "experiment", "attribution", "snapshot", "model",
        "took_ms",
    ]  # fmt: skip
    assert answer["placement"] == "feed"
    assert answer["snapshot"] == shop.snapshot_id
    assert len(answer["items"]) == 5
    for item in answer["items"]:
        assert list(item) == ["id", "type", "score", "sources", "fields", "reasons"]
        assert item["type"] == "product"
        assert item["sources"]
    scores = [item["score"] for item in answer["items"]]
    assert all(0 < score <= 1 for score in scores)


def test_a_social_reason_names_who_did_what(shop):
    answer = Recommender(shop, {}).feed("ana")
    assert reasons(answer, "p1")[0] == {
        "type": "social",
        "action": "bought",
        "count": 1,
        "people": [{"id": "bo", "name": "Bo"}],
        "text": "1 person you follow bought this",
    }


def test_a_similar_reason_speaks_of_the_users_own_product_by_its_title(shop):
    answer = Recommender(shop, {}).feed("ana")
    similar = next(each for each in reasons(answer, "p1") if each["type"] == "similar")
    assert (similar["product_id"], similar["text"]) == ("p0", "like Boots that you bought")


def test_somebody_unknown_gets_what_is_trending_and_is_told(shop):
    answer = Recommender(shop, {}).feed("nobody knows me")
    assert answer["cold_start"] is True
    assert len(answer["items"]) == 20
    assert {name for item in answer["items"] for name in item["sources"]} == {"popular", "trending"}
    assert Recommender(shop, {}).feed("ana")["cold_start"] is False


def test_an_unknown_product_is_an_error(shop):
    with pytest.raises(UnknownNode, match="no Product has the id 'nothing'"):
        Recommender(shop, {}).similar("nothing")


def test_similar_products_leave_out_the_page_itself(shop):
    answer = Recommender(shop, {}).similar("p0", 100)
    assert "p0" not in ids(answer)
    assert "p1" in ids(answer)


@pytest.mark.parametrize("limit", [0, 101, -1])
def test_a_limit_outside_of_1_to_100_is_an_error(shop, limit):
    with pytest.raises(InvalidLimit):
        Recommender(shop, {}).trending(limit)


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_pages_follow_each_other_without_repeat_or_gap(shop, limit):
    recommender = Recommender(shop, {})
    whole = whole_of(partial(recommender.feed, "ana"), 100)
    assert whole_of(partial(recommender.feed, "ana"), limit) == whole
    assert len(whole) == len(set(whole)) > 100


def whole_of(ask, limit=100):
    """The ids of all pages."""
    seen, answer = [], {"next_page": None}
    while not seen or answer["next_page"]:
        answer = ask(limit, page_token=answer["next_page"])
        seen += ids(answer)
    return seen


def test_a_page_token_is_bound_to_its_question(shop):
    recommender = Recommender(shop, {})
    token = recommender.feed("ana", 5)["next_page"]
    for ask in (lambda: recommender.feed("bo", 5, page_token=token), lambda: recommender.trending(5, page_token=token)):
        with pytest.raises(InvalidPageToken, match="another question"):
            ask()


def test_a_page_token_outlives_what_it_was_answered_from(shop):
    key = b"k" * 32
    one, other = Recommender(shop, {}, page_key=key), Recommender(
        shop, {}, settings=PipelineSettings(seed=9), page_key=key
    )  # fmt: skip
    first, whole = one.feed("ana", 5), one.feed("ana", 100)
    second = other.feed("ana", 95, page_token=first["next_page"])
    assert ids(first) + ids(second) == ids(whole)
    assert second["attribution"] == first["attribution"]


def test_a_page_token_of_another_key_is_refused(shop):
    token = Recommender(shop, {}).feed("ana", 5)["next_page"]
    with pytest.raises(InvalidPageToken, match="changed"):
        Recommender(shop, {}).feed("ana", 5, page_token=token)


def test_a_changed_page_token_is_refused(shop):
    recommender = Recommender(shop, {})
    token = recommender.feed("ana", 5)["next_page"]
    changed = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(len(token) - 1)]
    for each in [*changed, "", "é", "x" * 2000, token + token, "=" * 8]:
        with pytest.raises(InvalidPageToken):
            recommender.feed("ana", 5, page_token=each)


def test_the_same_question_has_the_same_answer_in_another_process(shop):
    def items(recommender):
        return [recommender.feed(who)["items"] for who in ("ana", "bo", "x1")]

    assert items(Recommender(shop, {})) == items(Recommender(shop, {}))


def test_without_explain_there_are_no_reasons(shop):
    assert all(item["reasons"] == [] for item in Recommender(shop, {}).feed("ana", explain=False)["items"])


def test_what_counts_as_seen_is_a_setting(shop):
    recommender = Recommender(shop, {}, settings=PipelineSettings(seen=()))
    assert "p0" in ids(recommender.feed("ana", 100))
    assert "p0" not in ids(Recommender(shop, {}).feed("ana", 100))


def test_no_category_fills_a_page_while_there_are_others(shop):
    settings = PipelineSettings(diversity=Diversity(block=10, per_category=6))
    found = ids(Recommender(shop, {}, settings=settings).trending(10))
    assert sum(int(each[1:]) < 100 for each in found) == 6
    unlimited = PipelineSettings(diversity=Diversity(block=10, per_category=10))
    assert sum(int(each[1:]) < 100 for each in ids(Recommender(shop, {}, settings=unlimited).trending(10))) > 6


def test_diversity_loses_nothing(shop):
    tight = PipelineSettings(diversity=Diversity(block=10, per_category=1))
    loose = PipelineSettings(diversity=Diversity(block=10, per_category=10))
    first, other = (whole_of(Recommender(shop, {}, settings=each).trending) for each in (tight, loose))
    assert first != other
    assert sorted(first) == sorted(other)
    assert len(first) == MANY


def graph(tmp_path, **more):
    return small_view(
        tmp_path,
        users=["me", "friend", "other"],
        bought=[("friend", "gift", NOW), ("other", "gift", NOW), ("other", "hat", NOW), ("me", "pan", NOW), *MINE],
        follows=[("me", "friend"), ("me", "other")],
        **more,
    )


MINE = [("other", "pan", NOW)]


def test_a_muted_friend_leads_nowhere_and_stands_in_no_reason(tmp_path):
    view = graph(tmp_path, edges={("User", "MUTED", "User"): [("me", "other")]})
    recommender = Recommender(view, {})
    answer = recommender.feed("me")
    social = reasons(answer, "gift")[0]
    assert (social["count"], [each["id"] for each in social["people"]]) == (1, ["friend"])
    hat = next(item for item in answer["items"] if item["id"] == "hat")
    assert set(hat["sources"]) <= {"popular", "trending"}, "only what everybody sees leads to it"


def test_somebody_who_blocked_the_user_stands_in_no_reason(tmp_path):
    view = graph(tmp_path, edges={("User", "BLOCKED", "User"): [("other", "me")]})
    assert reasons(Recommender(view, {}).feed("me"), "gift")[0]["count"] == 1


def test_who_does_not_want_to_be_named_is_not_even_counted_among_few(tmp_path):
    view = graph(tmp_path, properties={"User": {"other": {"consent": {"name_in_reasons": False}}}})
    social = reasons(Recommender(view, {}).feed("me"), "gift")[0]
    assert (social["count"], [each["id"] for each in social["people"]]) == (1, ["friend"])


def test_who_wants_nothing_personal_gets_what_everybody_gets(tmp_path):
    view = graph(tmp_path, properties={"User": {"me": {"consent": {"personalise": False}}}})
    answer = Recommender(view, {}).feed("me")
    assert answer["cold_start"] is True
    assert {name for item in answer["items"] for name in item["sources"]} <= {"popular", "trending"}
    assert not [each for item in answer["items"] for each in item["reasons"] if each["type"] in {"social", "similar"}]
    assert "pan" not in ids(answer), "what they have is still not offered"


@pytest.mark.parametrize("available", [False, {"DE": False}])
def test_what_cannot_be_had_is_not_offered(tmp_path, available):
    view = graph(tmp_path, properties={"Product": {"gift": {"available": available}, "hat": {"available": True}}})
    assert ids(Recommender(view, {}).feed("me")) == ["hat"]


def test_an_empty_graph_answers_with_nothing(tmp_path):
    recommender = Recommender(small_view(tmp_path), {})
    for answer in (recommender.feed("a"), recommender.people("a"), recommender.trending()):
        assert answer["items"] == []
        assert answer["next_page"] is None


def test_a_graph_without_times_has_no_trending_reasons(tmp_path):
    view = small_view(tmp_path, bought=[("a", "p", 0), ("b", "p", 0)])
    assert [each["type"] for each in reasons(Recommender(view, {}).trending(), "p")] == ["popular"]


def test_actions_that_do_not_count_lead_nowhere(tmp_path):
    view = small_view(tmp_path, viewed=[("friend", "p", NOW), ("me", "q", NOW)], follows=[("me", "friend")])
    assert found(Recommender(view, {}).feed("me")) == []
    viewing = found(Recommender(view, {}, Actions.of(("viewed",))).feed("me"))
    assert sorted(viewing) == ["p", "q"], "seeing does not use it up"


def test_ratings_below_the_minimum_say_nothing(tmp_path):
    view = small_view(tmp_path, rated=[("friend", "p", 2, NOW), ("friend", "q", 5, NOW)], follows=[("me", "friend")])
    assert found(Recommender(view, {}).feed("me")) == ["q"]


def test_members_of_a_community_lead_to_what_they_chose(tmp_path):
    member = ("User", "MEMBER_OF", "Community")
    view = small_view(
        tmp_path,
        bought=[("a", "p", NOW), ("b", "p", NOW), ("z", "q", NOW)],
        edges={member: [(who, "club") for who in ("me", "a", "b")]},
        properties={"Community": {"club": {"name": "Cooks"}}},
    )
    answer = Recommender(view, {}).feed("me")
    assert "popular_in_community" in answer["items"][0]["sources"]
    assert reasons(answer, "p")[0]["text"] == "2 members of Cooks bought this"


def signatures():
    modules = (pipeline_kernels, kernels, kernels_concept, kernels_walk, explain_kernels)
    compiled = [each for module in modules for each in vars(module).values() if hasattr(each, "signatures")]
    return {each.__name__: len(each.signatures) for each in compiled}


def test_no_question_waits_for_the_compiler(shop):
    recommender = Recommender(shop, {})
    before = signatures()
    for ask in (recommender.feed, recommender.people):
        for who in ("ana", "bo", "x1", "nobody knows me"):
            ask(who, 3)
    recommender.similar("p3")
    recommender.trending(5)
    assert signatures() == before


@pytest.mark.parametrize("source", SOURCES, ids=lambda each: each.name)
def test_sources_obey_the_laws_of_the_port(shop, source):
    recommender = Recommender(shop, {})
    query = recommender.query_for("User" if source.targets[0][1] == "User" else "Product", "ana")
    for limit in (1, 5, 300):
        found = source.candidates(shop, query, limit)
        assert found.source == source.name
        assert len(found.rows) <= limit
        assert len(found.rows) == len(found.scores) == len(found.because)
        assert len(set(found.rows.tolist())) == len(found.rows)
        assert (np.diff(found.scores) <= 0).all()
        assert (found.scores > 0).all()
        assert not set(found.rows.tolist()) & set(query.known.tolist())
        assert set(found.because.tolist()) <= {-1, *query.anchors.tolist()}
    hidden = np.ones(shop.count(query.target), np.bool_)
    assert not len(source.candidates(shop, replace(query, hidden=hidden), 10).rows)
