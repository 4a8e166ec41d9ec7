"""Every reason is proved again from raw edges, on random graphs."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.snapshot.actions import Actions
from recommend.pipeline import Recommender
from tests.graph.snapshot.small import small_view
from tests.recommend.proof import Facts, prove_person, prove_product

PEOPLE = [f"u{n}" for n in range(8)]
PRODUCTS = [f"p{n}" for n in range(9)]
DAY = 24 * 60
NOW = 20_000 * DAY
ACTIONS = Actions.of(("bought*3", "liked", "rated>=4*2"))

person, product = st.sampled_from(PEOPLE), st.sampled_from(PRODUCTS)
minute = st.sampled_from([0, NOW, NOW - 3 * DAY, NOW - 90 * DAY, NOW - 900 * DAY])
pairs = st.lists(st.tuples(person, person).filter(lambda pair: pair[0] != pair[1]), max_size=20, unique=True)


@st.composite
def graphs(draw):
    acted = st.lists(st.tuples(person, product, minute), max_size=14, unique_by=lambda each: each[:2])
    stars = st.sampled_from([1, 3, 4, 4.5, 5])
    rated = st.lists(st.tuples(person, product, stars, minute), max_size=14, unique_by=lambda each: each[:2])
    member = ("User", "MEMBER_OF", "Community")
    users = {
        who: {
            "visibility": draw(st.sampled_from([None, "public", "followers", "private"])),
            "consent": draw(st.sampled_from([None, {"name_in_reasons": False}, {"name_in_reasons": True}])),
        }
        for who in PEOPLE
    }
    return {
        "users": PEOPLE,
        "products": PRODUCTS,
        "rated": draw(rated),
        "bought": draw(acted),
        "liked": draw(acted),
        "viewed": draw(acted),
        "follows": draw(pairs),
        "categories": draw(st.dictionaries(product, st.lists(st.sampled_from("xyz"), max_size=2, unique=True))),
        "edges": {
            ("User", "BLOCKED", "User"): draw(pairs)[:2],
            ("User", "MUTED", "User"): draw(pairs)[:2],
            member: draw(st.lists(st.tuples(person, st.sampled_from("cd")), max_size=10, unique=True)),
        },
        "properties": {"User": users},
        "gone": {"Product": draw(st.lists(product, max_size=1)), "User": draw(st.lists(person, max_size=1))},
    }


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(graphs())
def test_every_reason_is_true(graph):
    with tempfile.TemporaryDirectory() as folder:
        view = small_view(Path(folder), **graph)
        recommender, facts = Recommender(view, {}, ACTIONS), Facts(view, ACTIONS)
        for who in PEOPLE[:4]:
            known = None if who in graph["gone"]["User"] else who
            for item in recommender.feed(who, 100)["items"]:
                assert item["reasons"]
                for reason in item["reasons"]:
                    prove_product(facts, known, None, item, reason)
            for item in recommender.people(who, 100)["items"]:
                assert item["reasons"]
                for reason in item["reasons"]:
                    prove_person(facts, known, item, reason)
        for page in PRODUCTS[:3]:
            for item in recommender.similar(page, 100)["items"]:
                assert item["reasons"]
                for reason in item["reasons"]:
                    prove_product(facts, None, page, item, reason)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(graphs())
def test_nothing_is_offered_that_must_not_be(graph):
    with tempfile.TemporaryDirectory() as folder:
        view = small_view(Path(folder), **graph)
        recommender, facts = Recommender(view, {}, ACTIONS), Facts(view, ACTIONS)
        for who in PEOPLE[:4]:
            acted = {each[1] for kind in ("rated", "bought", "liked") for each in graph[kind] if each[0] == who}
            if who in graph["gone"]["User"]:
                acted = set()
            offered = [item["id"] for item in recommender.feed(who, 100)["items"]]
            assert len(offered) == len(set(offered))
            assert not set(offered) & (acted | set(graph["gone"]["Product"]))
            people = {item["id"] for item in recommender.people(who, 100)["items"]}
            if who not in graph["gone"]["User"]:
                followed = {pair[1] for pair in graph["follows"] if pair[0] == who}
                assert not people & (followed | facts.hidden_from(who) | {who})
