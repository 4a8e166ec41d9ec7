"""The analysts' queries on graphs made by hand: nothing there, nothing known, said again, taken back, ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from graph.queries import catalogue
from tests.graph.queries.asked import Asked, Event, on_server
from tests.servers.neo4j import RunningNeo4j

pytestmark = pytest.mark.neo4j

EVERY = sorted(name for name, found in catalogue().items() if found.folder == "analyse" and name != "lookalikes")
DAY = 86_400_000
NOW = 20_000 * DAY
SOMETHING = {
    "user_id": "ann", "other_id": "bob", "product_id": "p1", "category_id": "c1", "segment_id": "s1", "community": 1,
}  # fmt: skip


def on(kind: str, user: str, product: str, days: float | None = 1, **more: Any) -> Event:
    """Something that was done so many days ago."""
    at = None if days is None else NOW - int(days * DAY)
    return {"type": kind, "user_id": user, "product_id": product, "at": at, **more}


def person(kind: str, user: str, other: str, days: float | None = 50) -> Event:
    return {"type": kind, "user_id": user, "other_id": other, "at": None if days is None else NOW - int(days * DAY)}


def node(kind: str, node_id: str, **properties: Any) -> Event:
    return {"type": kind, f"{kind}_id": node_id, "at": None, "properties": properties}


def ended(label: str, node_id: str) -> Event:
    return {"type": "deleted", "label": label, "id": node_id, "at": NOW}


PRODUCTS = [
    node("category", "c0", name="Home"),
    node("category", "c1", name="Lamps", parent=["c0"]),
    node("category", "c2", parent=["c0"]),
    node("category", "c9", name="Empty"),
    node("brand", "b1", name="Lumo"),
    node("product", "p1", title="Lamp ", brand="b1", categories=["c1"], tags=["red"], price_minor=900, currency="EUR"),
    node("product", "p2", title="lamp", brand="b1", categories=["c1", "c2"], price_minor=1000, currency="EUR"),
    node("product", "p3", title="Chair", categories=["c2"], tags=["red"], price_minor=1999, currency="USD"),
    node("product", "p4", title="LAMP", brand="b1", categories=["c0"], price_minor=0, currency="EUR"),
    node("product", "p5", title="Gone", brand="b1", categories=["c1"]),
    node("product", "p6", title="lamp", categories=["c2"], price_minor=1, currency="EUR"),
    ended("Product", "p5"),
]
FOLLOWS = [
    *(person("followed", "ann", other, days) for other, days in (("bob", 40), ("cem", None), ("dee", 3))),
    *(person("followed", other, "ann", days) for other, days in (("bob", 9), ("eve", 9.01), ("fay", None),
    ("gus", 80))),
    *(person("followed", "bob", other) for other in ("cem", "eve", "gus", "hal", "ivy")),
    *(person("followed", "cem", other) for other in ("hal", "ivy", "joe")),
    person("followed", "dee", "kim"), person("followed", "hal", "bob"), person("followed", "joe", "hal"),
    *(person("followed", "mia", other) for other in ("bob", "cem", "hal", "joe")),
    person("unfollowed", "ann", "dee", 2),
    person("blocked", "ann", "eve"), person("muted", "ann", "gus"), person("blocked", "ivy", "ann"),
    node("user", "joe", visibility="private"), node("user", "hal", display_name="Hal"),
]  # fmt: skip
ACTS = [
    # stars given again: worse, better, at one moment, and without a time
    on("rated", "bob", "p1", 20, value=5.0), on("rated", "bob", "p1", 10, value=1.0),
    on("rated", "cem", "p1", 20, value=2.0), on("rated", "cem", "p1", 10, value=5.0),
    on("rated", "hal", "p1", 10, value=5.0), on("rated", "hal", "p1", 10, value=2.0),
    on("rated", "joe", "p1", None, value=5.0), on("rated", "joe", "p1", 90, value=3.0),
    on("rated", "bob", "p2", 9, value=4.0), on("rated", "bob", "p2", 3, value=5.0), on("rated", "eve",
    "p2", 3, value=4.0),
    on("reviewed", "cem", "p2", 4, value=5.0, text="good"), on("reviewed", "cem", "p2", 2, text="hm"),
    on("reviewed", "hal", "p3", 4, text="no stars"),
    # pairs done again, taken back, and without a time
    on("liked", "ann", "p2", 30), on("liked", "ann", "p2", 1), on("liked", "bob", "p3", 29), on("liked", "bob",
    "p3", 5),
    on("liked", "cem", "p3", 8), on("unliked", "cem", "p3", 7), on("liked", "eve", "p3", None),
    on("liked", "gus", "p2", 20), on("liked", "fay", "p2", 28), on("viewed", "kim", "p1", 60), on("viewed", "kim",
    "p1", 2),
    on("liked", "bob", "p5", 2), on("liked", "cem", "p5", 2), on("liked", "dee", "p4", 2), on("disliked", "cem",
    "p4", 1),
    # orders: over midnight, of two people with one number, without a time, without an order
    on("bought", "ann", "p1", 6.1, order_id="o1", quantity=2, price_minor=900, currency="EUR"),
    on("bought", "ann", "p2", 5.9, order_id="o1", quantity=1, price_minor=1000, currency="EUR"),
    on("bought", "ann", "p1", 6.1, order_id="o2", price_minor=900, currency="EUR"),
    on("bought", "bob", "p1", 4, order_id="o1", price_minor=5, currency="USD"), on("bought", "bob",
    "p3", 4, order_id="o1"),
    on("bought", "cem", "p1", None, order_id="o7"), on("bought", "cem", "p2", None, order_id="o7"),
    on("bought", "cem", "p3", None), on("bought", "cem", "p1", None), on("bought", "dee", "p1", 5), on("bought",
    "dee", "p2", 5),
    on("bought", "dee", "p5", 5), on("bought", "dee", "p4", 40), on("bought", "eve", "p2", 35), on("bought", "eve",
    "p4", 25),
]  # fmt: skip
POSTS = [
    {
        "type": "posted",
        "user_id": "ann",
        "post_id": "q1",
        "at": NOW - 9 * DAY,
        "text": "see",
        "product_ids": ["p3", "p7"],
    },
    {"type": "posted", "user_id": "ann", "post_id": "q2", "at": None},
    {"type": "commented", "user_id": "bob", "post_id": "q1", "at": NOW - DAY, "text": "ah"},
    {"type": "commented", "user_id": "bob", "post_id": "q1", "at": NOW - 200 * DAY, "text": "oh"},
    {"type": "commented", "user_id": "ann", "post_id": "q1", "at": NOW - DAY, "text": "mine"},
    {"type": "post_liked", "user_id": "bob", "post_id": "q2", "at": NOW - 100 * DAY},
    {"type": "post_liked", "user_id": "bob", "post_id": "q2", "at": NOW - 2 * DAY},
    {"type": "post_liked", "user_id": "cem", "post_id": "q1", "at": None},
    {"type": "shared", "user_id": "dee", "post_id": "q1", "at": NOW, "with": ["kim"]},
    {"type": "joined", "user_id": "ann", "community_id": "g1", "at": NOW},
    {"type": "user", "user_id": "lea", "at": None, "properties": {"city": "Ulm"}},
]
COMMUNITY = {"ann": 1, "bob": 1, "cem": 1, "dee": 2, "eve": 2, "hal": 3, "ivy": 3, "lea": 4}
SEGMENT = {"s1": ["ann", "bob", "hal"], "s2": ["lea"]}
SUBJECTS = [
    {"user_id": user, "other_id": other, "product_id": product, "category_id": category, "segment_id": s,
    "community": n}
    for user, other, product, category, s, n in [
        ("ann", "bob", "p1", "c1", "s1", 1), ("bob", "ann", "p2", "c0", "s2", 2), ("cem", "kim", "p3", "c2", "s1", 3),
        ("lea", "lea", "p5", "c9", "s2", 4), ("hal", "ann", "p4", "c1", "s1", 1), ("mia", "bob", "p1", "c0", "s2", 1),
        ("nobody", "ann", "nothing", "x", "x", 9),
    ]
]  # fmt: skip
EVERYTHING = {"actions": ["VIEWED", "LIKED", "BOUGHT", "RATED", "REVIEWED", "CARTED", "SHARED"], "min_stars": 1.0}
LOW = {"min_buyers": 1, "min_baskets": 1, "least": 1, "warm": 3, "most": 3, "burst": 2, "many": 2, "per_pattern": 50}
HOLDS = {
    "from_labels": ["Product", "User"], "from_ids": ["p1", "ann"], "types": ["MADE_BY", "FOLLOWS"],
    "to_labels": ["Brand", "User"], "to_ids": ["b1", "bob"], "predicates": ["", ""],
}  # fmt: skip
SETTINGS = [
    HOLDS, HOLDS | {"to_ids": ["b1", "hal"]},
    {}, LOW, EVERYTHING | LOW, {"actions": ["BOUGHT"]} | LOW, {"actions": ["RATED"]} | LOW,
    {"actions": ["REVIEWED"]} | LOW,
    EVERYTHING | {"days": 0.5, "limit": 2, "least": 3}, LOW | {"days": 7.0, "least": 3, "now": "2024-09-29T00:00:00Z"},
]  # fmt: skip


def settled(name: str, *parts: dict[str, Any]) -> dict[str, Any]:
    """Those of the values that the query knows."""
    given = {k: v for part in parts for k, v in part.items() if k in catalogue()[name].parameters}
    return given | ({"least": 3} if name == "churn_risk" and "least" in given else {})


@pytest.fixture(scope="module")
def small(neo4j_server: RunningNeo4j) -> Iterator[Asked]:
    asked = on_server(neo4j_server, PRODUCTS + FOLLOWS + ACTS + POSTS, COMMUNITY, SEGMENT)
    yield asked
    asked.server.close()


@pytest.mark.parametrize("name", [name for name in EVERY if name != "schema_drift"])
def test_the_answer_is_what_a_slow_look_at_the_events_gives(small: Asked, name: str) -> None:
    asked = [settled(name, subject, more) for subject in SUBJECTS for more in SETTINGS]
    different = [each for n, each in enumerate(asked) if each not in asked[:n]]
    assert sum(small.agree(name, **each) for each in different) > 0


@pytest.mark.parametrize("name", [n for n in EVERY if "user_id" in catalogue()[n].parameters])
def test_nobody_has_no_rows(small: Asked, name: str) -> None:
    assert small.rows(name, **settled(name, SOMETHING | {"user_id": "nobody"})) == []


def test_what_the_schema_does_not_declare_is_named(small: Asked) -> None:
    assert small.rows("schema_drift") == []
    small.server.run_alone("MATCH (u:User {id: 'lea'}) CREATE (u)-[:ENDED_LIKED]->(u), (u)-[:OWNS]->(:Yacht)")
    try:
        assert small.rows("schema_drift") == [("label", "Yacht"), ("relationship type", "OWNS")]
    finally:
        small.server.run_alone("MATCH (u:User {id: 'lea'})-[r:ENDED_LIKED|OWNS]->(x) DELETE r")
        small.server.run_alone("MATCH (y:Yacht) DELETE y")


@pytest.fixture
def nothing(neo4j_server: RunningNeo4j) -> Iterator[Asked]:
    asked = on_server(neo4j_server, [])
    yield asked
    asked.server.close()


def test_an_empty_graph_has_no_rows(nothing: Asked) -> None:
    answers = {name: nothing.rows(name, **settled(name, SOMETHING)) for name in EVERY}
    assert {name: rows for name, rows in answers.items() if rows} == {}
