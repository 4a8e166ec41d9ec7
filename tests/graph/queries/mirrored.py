"""Random graphs, and one question about them put to a candidate source and to the query that mirrors it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from graph.queries import catalogue
from graph.snapshot.actions import EVENT_NAMES, ActionRule, Actions, codes_of
from graph.snapshot.build import build_snapshot
from graph.snapshot.view import LiveView
from graph.store.neo4j.connection import Neo4jServer
from graph.store.neo4j.store import Neo4jGraphStore
from graph.store.sqlite import SqliteGraphStore
from recommend.prepared import Prepared
from recommend.query import NOBODY, CandidateSource, RecommendationQuery
from recommend.questions import communities_for, nobody_in_particular, people_for, products_for, products_like
from tests.graph.store.following import follow
from tests.servers.neo4j import RunningNeo4j

Event = dict[str, Any]
SEEN = codes_of(tuple(event for event in EVENT_NAMES if event != "viewed"))
DAY_MS = 86_400_000
START_MS = 1_700_000_000_000
RELATIVE = 1e-5
FADED_AWAY = 1e-30
"""Where float32, in which the sources count, runs out."""
ON_PRODUCT = ("viewed", "liked", "unliked", "disliked", "carted", "shared", "bought", "bought", "returned")
ON_PERSON = ("followed", "followed", "followed", "followed", "unfollowed", "blocked", "muted", "unblocked")


def random_events(random: Random, prefix: str = "", *, timed: bool = True) -> list[Event]:
    """A small graph in which everything meets: doubled, ended, private, blocked, without times, in one minute."""
    people = [f"{prefix}u{n}" for n in range(random.randint(4, 12))]
    products = [f"{prefix}p{n}" for n in range(random.randint(3, 12))]
    communities = [f"{prefix}c{n}" for n in range(3)]
    events = [_product(random, prefix, product) for product in products]
    events += _tree(random, prefix)
    events += [_private(random, person) for person in people if random.random() < 0.15]
    events += [_action(random, people, products) for _ in range(random.randint(10, 90))]
    events += [_follow(random, people) for _ in range(random.randint(5, 60))]
    events += [_membership(random, people, communities) for _ in range(random.randint(0, 20))]
    if random.random() < 0.3:
        events.append({"type": "deleted", "label": "Product", "id": random.choice(products)})
    if random.random() < 0.3:
        events.append({"type": "erased", "user_id": random.choice(people)})
    return [{**event, "at": _time(random) if timed else None} for event in events]


def _product(random: Random, prefix: str, product: str) -> Event:
    properties: dict[str, Any] = {"categories": random.sample([f"{prefix}k{n}" for n in range(4)], 2)}
    properties["tags"] = random.sample([f"{prefix}t{n}" for n in range(3)], random.randint(0, 2))
    if random.random() < 0.5:
        properties["brand"] = f"{prefix}b{random.randrange(3)}"
    if random.random() < 0.5:
        properties["related"] = {"shop": _facts(random, prefix)}
    if random.random() < 0.2:
        properties["available"] = random.choice([False, True, {"de": False}, {"de": True, "at": False}])
    return {"type": "product", "product_id": product, "properties": properties}


def _facts(random: Random, prefix: str) -> dict[str, list[str]]:
    """What is known: two predicates that may say the same of two things."""
    things = [f"{label}:{prefix}{each}{n}" for n in range(4) for label, each in (("Entity", "e"), ("Product", "p"))]
    return {predicate: random.sample(things, random.randint(0, 3)) for predicate in ("goes_with", "made_of")}


def _tree(random: Random, prefix: str) -> list[Event]:
    """Some categories are a part of others."""
    kinds = [f"{prefix}k{n}" for n in range(4)]
    parents = {kind: random.sample(kinds[:n], random.randint(0, min(n, 2))) for n, kind in enumerate(kinds)}
    return [
        {"type": "category", "category_id": kind, "properties": {"parent": of}} for kind, of in parents.items() if of
    ]


def _private(random: Random, person: str) -> Event:
    return {"type": "user", "user_id": person, "properties": {"visibility": random.choice(["private", "followers"])}}


def _action(random: Random, people: Sequence[str], products: Sequence[str]) -> Event:
    kind = random.choice((*ON_PRODUCT, "rated", "rated", "rated", "reviewed"))
    event: Event = {"type": kind, "user_id": random.choice(people), "product_id": random.choice(products)}
    if kind == "rated":
        event["value"] = random.choice([1.0, 2.0, 3.0, 3.25, 3.75, 3.8, 4.0, 4.5, 5.0])
    elif kind == "reviewed":
        event |= {"value": random.choice([None, 2.0, 4.0, 5.0]), "text": "so"}
    return event


def _follow(random: Random, people: Sequence[str]) -> Event:
    person, other = random.sample(people, 2)
    return {"type": random.choice(ON_PERSON), "user_id": person, "other_id": other}


def _membership(random: Random, people: Sequence[str], communities: Sequence[str]) -> Event:
    kind = random.choice(["joined", "joined", "left"])
    return {"type": kind, "user_id": random.choice(people), "community_id": random.choice(communities)}


def _time(random: Random) -> int | None:
    if random.random() < 0.15:
        return None
    days = random.choice([0, 1, 2, random.uniform(0, 30), random.uniform(0, 1500)])
    return START_MS - round(days * DAY_MS) - random.choice([0, 0, 7, 30_000])


@dataclass(frozen=True)
class Both:
    """One graph, on the server and in memory.

    Attributes:
        server: holds it.
        view: the same out of the embedded store.
    """

    server: Neo4jServer
    view: LiveView

    @classmethod
    def of(cls, neo4j_server: RunningNeo4j, folder: Path, events: list[Event]) -> Both:
        """Put the events into both."""
        numbered = [{"event_id": f"e{number:06}", **event} for number, event in enumerate(events)]
        embedded = SqliteGraphStore(folder / "store.sqlite", durability="normal")
        follow(embedded, numbered)
        view = LiveView(build_snapshot(embedded, folder / "snapshots"))
        embedded.close()
        neo4j_server.empty()
        store = Neo4jGraphStore(neo4j_server.config())
        follow(store, numbered)
        store.close()
        return cls(Neo4jServer(neo4j_server.config()), view)

    def ids(self, label: str) -> list[str]:
        """The ids of a label's nodes, without those of the erased."""
        return [node for row in range(self.view.count(label)) if (node := self.view.id_of(label, row))]


@dataclass(frozen=True)
class Mirror:
    """A query and the source that it mirrors.

    Attributes:
        name: of the query.
        source: with its settings.
        asked: makes the source's question, of what is made ready and the row of whom it is about.
        about: label of what it is about, if it is about one node.
    """

    name: str
    source: CandidateSource
    asked: Callable[[Prepared, int], RecommendationQuery]
    about: str = ""

    def agree(self, both: Both, rules: tuple[ActionRule, ...], node: str = "", limit: int = 300) -> int:
        """Assert that both give the same; how many candidates there are."""
        scores = self._of_source(both, rules, node, 1000)
        told = self._of_query(both, rules, node, limit)
        case = (self.name, node, self.source, rules, limit)
        assert len({each for each, _ in told}) == len(told) == min(limit, len(scores)), (case, told, scores)
        best = sorted(scores.values(), reverse=True)
        assert [score for _, score in told] == pytest.approx(best[: len(told)], rel=RELATIVE), (case, told, scores)
        for each, score in told:
            assert score == pytest.approx(scores.get(each, -1.0), rel=RELATIVE), (case, each, told, scores)
        shown = self._of_source(both, rules, node, limit)
        assert sorted(shown.values()) == pytest.approx(sorted(score for _, score in told), rel=RELATIVE), case
        return len(told)

    def _of_source(self, both: Both, rules: tuple[ActionRule, ...], node: str, limit: int) -> dict[str, float]:
        prepared = Prepared(both.view, Actions.of(rules), {}, rules[0].half_life_days)
        question = self.asked(prepared, both.view.row_of(self.about, node) if self.about else NOBODY)
        found = self.source.candidates(both.view, question, limit)
        ids = both.view.ids_of(question.target, found.rows)
        return {each: float(s) for each, s in zip(ids, found.scores, strict=True) if s > FADED_AWAY}

    def _of_query(self, both: Both, rules: tuple[ActionRule, ...], node: str, limit: int) -> list[tuple[str, float]]:
        found = catalogue()[self.name]
        given = {**self._settings(both, rules), "limit": limit, f"{self.about.lower()}_id": node}
        rows = both.server.rows(found.text, {name: given[name] for name in found.parameters})
        return [(each, score) for each, score in rows if score > FADED_AWAY]

    def _settings(self, both: Both, rules: tuple[ActionRule, ...]) -> Mapping[str, Any]:
        minute = both.view.latest_minutes
        starred = [rule.minimum for rule in rules if rule.event in ("rated", "reviewed")]
        given = asdict(self.source)  # type: ignore[call-overload]  # every source is a dataclass
        if self.name == "taste_twins":
            given["people"] = given["fan_out"]
        return {
            **given,
            "actions": {EVENT_NAMES[rule.event]: rule.weight for rule in rules},
            "min_stars": min(starred, default=0.0),
            "now": minute * 60_000 + 59_999 if minute else 0,
            "half_life_days": rules[0].half_life_days,
        }


def products_for_user(prepared: Prepared, row: int) -> RecommendationQuery:
    return products_for(prepared, row, SEEN, 0)


def people_for_user(prepared: Prepared, row: int) -> RecommendationQuery:
    return people_for(prepared, row, 0)


def communities_for_user(prepared: Prepared, row: int) -> RecommendationQuery:
    return communities_for(prepared, row, 0)


def beside_product(prepared: Prepared, row: int) -> RecommendationQuery:
    return products_like(prepared, row, 0)


def products_for_anybody(prepared: Prepared, row: int) -> RecommendationQuery:
    return nobody_in_particular(prepared, 0)
