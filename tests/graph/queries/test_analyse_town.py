"""The analysts' queries on a simulated town: what a slow oracle says of the same events, and what the town knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from graph.queries import catalogue
from graph.simulate import TownSettings, simulate_town
from tests.graph.queries.asked import Asked, events_of_files, on_server
from tests.servers.neo4j import RunningNeo4j

pytestmark = pytest.mark.neo4j

TOWN = TownSettings(people=200, seed=3, influencer_share=0.03, celebrity_share=0.01, fake_share=0.1)
ALL_ACTIONS = {"actions": ["VIEWED", "LIKED", "CARTED", "BOUGHT", "RATED", "REVIEWED"], "min_stars": 1.0}
BOUGHT = {"actions": ["BOUGHT"]}
WHOLE = {"limit": 500}
SEPARATE = {"lookalikes", "path_holds", "schema_drift"}
"""Asked in tests of their own."""

NOTHING_TO_FIND = {"duplicate_products", "orphans"}
"""The town has none; test_analyse_by_hand has."""


class Town(Asked):
    """The town on the server, and the files with its truth."""

    truth: Path

    def known(self, table: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = pq.read_table(self.truth / f"{table}.parquet").to_pylist()
        return rows


@pytest.fixture(scope="module")
def town(neo4j_server: RunningNeo4j, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    simulate_town(TOWN).write(folder)
    truth = {
        name: pq.read_table(folder / "truth" / f"{name}.parquet").to_pylist() for name in ("communities", "segments")
    }
    community = {row["user_id"]: int(row["community_id"][1:]) for row in truth["communities"]}
    segment: dict[str, list[str]] = defaultdict(list)
    for row in truth["segments"]:
        segment[row["segment"]].append(row["user_id"])
    asked = on_server(neo4j_server, events_of_files(folder), community, segment)
    found = Town(asked.server, asked.graph, asked.newest_ms)
    object.__setattr__(found, "truth", folder / "truth")
    yield found
    asked.server.close()


def subjects(town: Town, parameters: set[str]) -> Iterator[dict[str, Any]]:
    """Whom and what to ask about: the busiest, the best known and the quiet."""
    g = town.graph
    people = sorted(g.ids("User"), key=lambda u: (-len(g.followers[u]), u))
    shops = sorted(g.ids("Product"))
    for number, person in enumerate([*people[:3], people[len(people) // 2], people[-1]]):
        chosen = [r.target for r in g.actions if r.source in g.following[person]] or shops
        subject = {
            "user_id": person,
            "other_id": people[number + 1 if number < 4 else 0],
            "product_id": chosen[number * 7 % len(chosen)],
            "category_id": ["c00", "c20", "c05", "c10", "c01"][number],
            "segment_id": sorted(g.segment)[number],
            "community": number,
        }
        yield {name: value for name, value in subject.items() if name in parameters}


@pytest.mark.parametrize(
    "name", sorted(n for n, q in catalogue().items() if q.folder == "analyse" if n not in SEPARATE)
)
def test_the_answer_is_what_a_slow_look_at_the_events_gives(town: Town, name: str) -> None:
    parameters = set(catalogue()[name].parameters)
    settings = [{}, ALL_ACTIONS, BOUGHT, WHOLE, ALL_ACTIONS | WHOLE, {"burst": 3, "many": 15}]
    settings = [{k: v for k, v in each.items() if k in parameters} for each in settings]
    asked = [each | more for each in subjects(town, parameters) for more in settings]
    different = [each for n, each in enumerate(asked) if each not in asked[:n]]
    found = sum(town.agree(name, **each) for each in different)
    assert found > 0 or name in NOTHING_TO_FIND


def test_followers_who_were_bought_are_found(town: Town) -> None:
    fakes = {row["user_id"] for row in town.known("fakes")}
    buyer = max(town.graph.ids("User"), key=lambda u: (len(town.graph.followers[u] & fakes), u))
    rows = town.rows("suspicious_followers", user_id=buyer, burst=3, limit=500)
    found = {follower for follower, signs, _ in rows if "came with many at once" in signs}
    bought = town.graph.followers[buyer] & fakes
    assert len(found & fakes) >= 0.5 * len(bought)
    assert len(found - fakes) <= 0.1 * len(found)


def test_influencers_are_the_first_movers_of_their_department(town: Town) -> None:
    by_topic = defaultdict(set)
    for row in town.known("influencers"):
        by_topic[row["category_id"]].add(row["user_id"])
    topic, planted = max(by_topic.items(), key=lambda each: (len(each[1]), each[0]))
    rows = town.rows("first_movers", category_id=topic, actions=["BOUGHT"], days=14, limit=500)
    everybody = len(town.graph.ids("User"))
    of_planted = sum(n for user, n, *_ in rows if user in planted) / len(planted)
    of_others = sum(n for user, n, *_ in rows if user not in planted) / (everybody - len(planted))
    assert of_planted > 5 * of_others


def test_planted_communities_hold_together(town: Town) -> None:
    shares = {community: people for community, people, *_ in town.rows("community_sizes")}
    everybody = sum(shares.values())
    for community, people, *_, cohesion in town.rows("community_sizes"):
        if people >= 20:
            assert cohesion > 1.5 * shares[community] / everybody
