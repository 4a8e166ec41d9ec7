"""Every query that mirrors a candidate source gives what the source gives, over random graphs."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from random import Random

import pytest

from graph.queries import catalogue
from graph.snapshot.actions import DEFAULT_RULES, ActionRule
from recommend.sources import SOURCES
from recommend.sources.basket import BoughtTogether
from recommend.sources.collaborative import CoInteraction, TasteTwins
from recommend.sources.communities import FriendsCommunities, PopularCommunities
from recommend.sources.knowledge import ConceptMatch, PathCount
from recommend.sources.popular import Popular, PopularInCategory, PopularInCommunity, PopularPeople, Trending
from recommend.sources.social import Followers, Friends, FriendsOfFriends, MutualFriends
from tests.graph.queries.mirrored import (
    Both,
    Mirror,
    beside_product,
    communities_for_user,
    people_for_user,
    products_for_anybody,
    products_for_user,
    random_events,
)
from tests.servers.neo4j import RunningNeo4j

GRAPHS = 60
WITHOUT_MIRROR = {"walk", "spectral", "lightgcn", "kg_neighbours", "look_alike", "rules"}
"""A walk draws at random, and models and rules live in tables of their own: no query says the same."""

RULES = (
    DEFAULT_RULES,
    (ActionRule("viewed", weight=0.5, half_life_days=20), ActionRule("bought", weight=3.0, half_life_days=20)),
    (ActionRule("rated", 3.5, 1.0, 90), ActionRule("reviewed", 3.5, 2.0, 90), ActionRule("liked", half_life_days=90)),
    (ActionRule("reviewed", half_life_days=400), ActionRule("carted", half_life_days=400)),
)
ABOUT_USERS = (
    Mirror("friends", Friends(), products_for_user, "User"),
    Mirror("friends", Friends(people=2, fan_out=1), products_for_user, "User"),
    Mirror("friends_of_friends_products", FriendsOfFriends(), products_for_user, "User"),
    Mirror("friends_of_friends_products", FriendsOfFriends(2, 2, 2, 1), products_for_user, "User"),
    Mirror("co_interaction", CoInteraction(), products_for_user, "User"),
    Mirror("co_interaction", CoInteraction(anchors=2, people=2, fan_out=1), products_for_user, "User"),
    Mirror("popular_in_community", PopularInCommunity(), products_for_user, "User"),
    Mirror("popular_in_community", PopularInCommunity(1, 2, 1), products_for_user, "User"),
    Mirror("popular_in_category", PopularInCategory(), products_for_user, "User"),
    Mirror("popular_in_category", PopularInCategory(anchors=1), products_for_user, "User"),
    Mirror("concept_match", ConceptMatch(), products_for_user, "User"),
    Mirror(
        "concept_match", ConceptMatch(anchors=2, levels=1, lift=0.3, concepts=2, fan_out=2), products_for_user, "User"
    ),
    Mirror("concept_match", ConceptMatch(levels=0, popularity=0.0, tag=0.0), products_for_user, "User"),
    Mirror("path_count", PathCount(), products_for_user, "User"),
    Mirror(
        "path_count", PathCount(anchors=2, concepts=2, fan_out=2, asked=2, person_fan_out=1), products_for_user, "User"
    ),
    Mirror("mutual_friends", MutualFriends(), people_for_user, "User"),
    Mirror("mutual_friends", MutualFriends(2, 2), people_for_user, "User"),
    Mirror("followers", Followers(), people_for_user, "User"),
    Mirror("taste_twins", TasteTwins(), people_for_user, "User"),
    Mirror("friends_communities", FriendsCommunities(), communities_for_user, "User"),
    Mirror("friends_communities", FriendsCommunities(2, 1), communities_for_user, "User"),
    Mirror("taste_twins", TasteTwins(anchors=2, fan_out=1), people_for_user, "User"),
)
ABOUT_PRODUCTS = (
    Mirror("similar_by_co_interaction", CoInteraction(), beside_product, "Product"),
    Mirror("similar_by_co_interaction", CoInteraction(people=3, fan_out=1), beside_product, "Product"),
    Mirror("bought_together", BoughtTogether(hours=8784), beside_product, "Product"),
    Mirror("bought_together", BoughtTogether(hours=8784, caution=0.5, people=9, fan_out=9), beside_product, "Product"),
)
ABOUT_ALL = (
    Mirror("popular", Popular(), products_for_anybody),
    Mirror("trending", Trending(), products_for_anybody),
    Mirror("popular_people", PopularPeople(), people_for_user),
    Mirror("popular_communities", PopularCommunities(), communities_for_user),
)
MIRRORS = (*ABOUT_USERS, *ABOUT_PRODUCTS, *ABOUT_ALL)


def test_every_mirror_names_its_source_and_is_tried() -> None:
    mirrors = {each.name: each.same_as for each in catalogue().values() if each.folder == "traverse"}
    assert {mirror.name for mirror in MIRRORS} == set(mirrors)
    for mirror in MIRRORS:
        module, _, name = mirrors[mirror.name].rpartition(".")
        assert type(mirror.source) is getattr(import_module(module), name)


def test_every_source_has_a_mirror_save_for_walks_and_models() -> None:
    assert {each.name for each in SOURCES} - {mirror.source.name for mirror in MIRRORS} == WITHOUT_MIRROR


@pytest.fixture(scope="module", params=["neo4j_server", pytest.param("neo4j_lts", marks=pytest.mark.slow)])
def many_graphs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Graphs that know nothing of one another, in one database, on either line of servers."""
    random = Random(5)
    events = [event for n in range(GRAPHS) for event in random_events(random, f"{n}-")]
    both = Both.of(request.getfixturevalue(request.param), tmp_path_factory.mktemp("mirrors"), events)
    yield both
    both.server.close()


@pytest.mark.neo4j
@pytest.mark.parametrize("mirror", ABOUT_USERS, ids=lambda mirror: str(mirror.source)[:40])
def test_a_question_about_a_user_has_one_answer(many_graphs: Both, mirror: Mirror) -> None:
    random = Random(str(mirror.source))
    asked = random.sample(many_graphs.ids("User"), 240)
    found = [mirror.agree(many_graphs, random.choice(RULES), user, random.choice([300, 300, 2])) for user in asked]
    assert sum(map(bool, found)) > 10


@pytest.mark.neo4j
@pytest.mark.parametrize("mirror", ABOUT_PRODUCTS, ids=lambda mirror: str(mirror.source)[:40])
def test_a_question_about_a_product_has_one_answer(many_graphs: Both, mirror: Mirror) -> None:
    random = Random(str(mirror.source))
    asked = random.sample(many_graphs.ids("Product"), 120)
    found = [mirror.agree(many_graphs, random.choice(RULES), each, random.choice([300, 2])) for each in asked]
    assert sum(map(bool, found)) > 20


@pytest.mark.neo4j
@pytest.mark.parametrize("mirror", ABOUT_ALL, ids=lambda mirror: mirror.name)
def test_a_question_about_everything_has_one_answer(many_graphs: Both, mirror: Mirror) -> None:
    for rules in RULES:
        assert mirror.agree(many_graphs, rules, limit=1000) > 20
        assert mirror.agree(many_graphs, rules, limit=7) == 7


@pytest.mark.neo4j
def test_without_any_time_every_action_counts_in_full(neo4j_server: RunningNeo4j, tmp_path: Path) -> None:
    _all_agree(neo4j_server, tmp_path, Random(3), timed=False)


@pytest.mark.neo4j
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(50))
def test_each_graph_for_itself(neo4j_server: RunningNeo4j, tmp_path: Path, seed: int) -> None:
    _all_agree(neo4j_server, tmp_path, Random(seed), timed=seed % 10 > 0)


def _all_agree(neo4j_server: RunningNeo4j, folder: Path, random: Random, *, timed: bool) -> None:
    both = Both.of(neo4j_server, folder, random_events(random, timed=timed))
    for mirror in MIRRORS:
        for node in random.sample(both.ids(mirror.about), 3) if mirror.about else [""]:
            mirror.agree(both, random.choice(RULES), node)
    both.server.close()
