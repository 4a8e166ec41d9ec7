"""A graph in somebody's Neo4j becomes ours, by the mapping of the guide, and stays what it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from graph.errors import InvalidMapping, StoreRefused, UnreadableFile
from graph.folder import DataFolder
from graph.load import LoadReport
from graph.load import adopt as adopting
from graph.load.adopt import adopt
from graph.store.neo4j.connection import Neo4jServer
from tests.servers.neo4j import RunningNeo4j

pytestmark = pytest.mark.neo4j

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "adopt.md"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

MOVIES = """
CREATE (action:Genre {name: 'Action'}), (drama:Genre {name: 'Drama'}),
  (heat:Movie {movieId: '6', title: 'Heat', plot: 'A heist.', poster: 'https://img/6', imdbRating: 8.3}),
  (ran:Movie {movieId: '7', title: 'Ran'}), (untitled:Movie {movieId: '8'}),
  (heat)-[:IN_GENRE]->(drama), (heat)-[:IN_GENRE]->(action), (ran)-[:IN_GENRE]->(drama),
  (ana:User {userId: '1', name: 'Ana'}), (ben:User {userId: '2', name: 'Ben'}),
  (ana)-[:RATED {rating: 4.5, timestamp: 1260759144}]->(heat),
  (ana)-[:RATED {rating: 0.5, timestamp: 1260759145}]->(ran),
  (ben)-[:RATED {rating: 5.0, timestamp: 1260759146}]->(heat),
  (ben)-[:RATED {rating: 9.0, timestamp: 1260759147}]->(ran),
  (ben)-[:RATED {timestamp: 1260759148}]->(untitled),
  (ana)-[:WATCHED {times: 3}]->(ran), (ben)-[:WATCHED {times: -1}]->(ran),
  (ana)-[:KNOWS {since: datetime('2024-03-01T09:00:00+01:00')}]->(ben)
"""
FRIENDS = """
[[events]]
type = "followed"
match = "(a:User)-[r:KNOWS]-(b:User)"
user = "a.userId"
other = "b.userId"
at = "r.since"

[[events]]
type = "viewed"
match = "(a:User)-[r:WATCHED]->(m:Movie)"
user = "a.userId"
product = "m.movieId"
count = "r.times"
"""


class Town:
    """Their server, our folder."""

    def __init__(self, running: RunningNeo4j, server: Neo4jServer, folder: Path) -> None:
        self.running = running
        self.server = server
        self.files = folder
        self.data = DataFolder(folder / "data")

    def adopt(self, mapping: str, now: datetime = NOW) -> LoadReport:
        path = self.files / "movies.toml"
        path.write_text(mapping)
        return adopt(path, self.server, self.data, now=now)

    def product(self, node_id: str) -> dict[str, Any] | None:
        store = self.data.open_store(read_only=True)
        found = store.properties("Product", node_id)
        store.close()
        return found

    def edges(self, *key: str) -> list[tuple[Any, ...]]:
        store = self.data.open_store(read_only=True)
        ids = {label: [each for batch in store.node_ids(label) for each in batch] for label in (key[0], key[2])}
        found = []
        for arrays in store.edges((key[0], key[1], key[2])):
            told = arrays.value if arrays.value is not None else arrays.count
            told_ = [None] * len(arrays) if told is None else told.tolist()
            for source, target, at, value in zip(
                arrays.source.tolist(), arrays.target.tolist(), arrays.at.tolist(), told_, strict=True
            ):
                found.append((ids[key[0]][source], ids[key[2]][target], at, value))
        store.close()
        return sorted(found)

    def theirs(self) -> list[tuple[Any, ...]]:
        """Everything in their graph, and the number of their last transaction that wrote."""
        return [
            *self.running.rows("MATCH (n) RETURN labels(n), properties(n) ORDER BY elementId(n)"),
            *self.running.rows("MATCH ()-[r]->() RETURN type(r), properties(r) ORDER BY elementId(r)"),
            *self.running.rows("SHOW CONSTRAINTS"),
            *self.running.rows("SHOW DATABASE neo4j YIELD lastCommittedTxn"),
        ]


@pytest.fixture
def town(neo4j_server, tmp_path) -> Iterator[Town]:
    neo4j_server.empty()
    neo4j_server.rows(MOVIES)
    server = Neo4jServer(neo4j_server.config())
    yield Town(neo4j_server, server, tmp_path)
    server.close()


@pytest.fixture(scope="module")
def mapping() -> str:
    """The guide's own example."""
    return re.findall(r"```toml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)[0]


def test_the_guides_movie_graph_becomes_ours(town, mapping):
    report = town.adopt(mapping)
    assert report.nodes == {"User": 2, "Product": 3, "Category": 2}
    assert report.edges == {"RATED": 3, "IN_CATEGORY": 3}
    ratings = [file for file in report.files if "RATED" in file.file]
    assert [(file.read, file.kept, dict(file.reasons)) for file in ratings] == [(4, 3, {"value is more than 5": 1})]
    assert town.product("6") == {
        "title": "Heat",
        "description": "A heist.",
        "categories": ["Action", "Drama"],
        "image": "https://img/6",
        "attributes": {"imdb_rating": 8.3},
    }
    assert town.edges("User", "RATED", "Product") == [
        ("1", "6", 1260759144000, 4.5),
        ("1", "7", 1260759145000, 1.0),
        ("2", "6", 1260759146000, 5.0),
    ]
    assert min(town.edges("Product", "IN_CATEGORY", "Category"))[:2] == ("6", "Action")


def test_their_graph_is_not_written_to(town, mapping):
    before = town.theirs()
    town.adopt(mapping + FRIENDS)
    assert town.theirs() == before


def test_a_transaction_that_reads_for_an_adoption_cannot_write(town, monkeypatch, mapping):
    monkeypatch.setattr(adopting, "_filled", lambda *_: "CREATE (n:Intruder) RETURN 1 AS matches")
    with pytest.raises(StoreRefused):
        town.adopt(mapping)
    assert town.running.rows("MATCH (n:Intruder) RETURN count(n)") == [(0,)]


def test_a_relationship_without_an_arrow_goes_both_ways_and_times_are_taken_as_they_are(town, mapping):
    town.adopt(mapping + FRIENDS)
    at = 1709280000000
    assert town.edges("User", "FOLLOWS", "User") == [("1", "2", at, 1), ("2", "1", at, 1)]


def test_a_weight_makes_as_many_events(town, mapping):
    report = town.adopt(mapping + FRIENDS)
    assert town.edges("User", "VIEWED", "Product") == [("1", "7", -1, 3)]
    reasons = next(file.reasons for file in report.files if "WATCHED" in file.file)
    assert dict(reasons) == {"count is no whole number from 1 to 10,000": 1}


def test_adopted_again_only_what_is_new_is_kept(town, mapping):
    town.adopt(mapping + FRIENDS)
    log = town.data.open_log(read_only=True)
    first = log.last_position()
    log.close()
    town.running.rows(
        "MATCH (ana:User {userId: '1'}), (m:Movie {movieId: '7'}), (n:User {userId: '2'})-[w:WATCHED]->(m)"
        " SET m.title = 'Ran (1985)', w.times = 2 CREATE (ana)-[:RATED {rating: 3.0, timestamp: 1260759999}]->(m)"
    )
    report = town.adopt(mapping + FRIENDS, NOW + timedelta(days=1))
    assert [(file.read, file.kept) for file in report.files if file.file.startswith("(")] == [(5, 1), (2, 0), (5, 2)]
    assert report.edges["RATED"] == 4
    assert (town.product("7") or {})["title"] == "Ran (1985)"
    assert town.edges("User", "VIEWED", "Product") == [("1", "7", -1, 3), ("2", "7", -1, 2)]
    log = town.data.open_log(read_only=True)
    kept = [record.body for record in log.read(first)]
    log.close()
    assert sum(body["rows"] for body in kept) == 4  # a title, a rating, two views


def test_the_mapping_stays_in_the_folder_which_keeps_its_embedded_store(town, mapping):
    town.adopt(mapping)
    assert town.data.adopted.read_text() == mapping
    assert town.data.store.exists()


@pytest.mark.parametrize(
    ("change", "reason", "hint"),
    [
        (('match = "Movie"', 'match = "Movi"'), "the server has no label 'Movi'", "Movie"),
        (("r:RATED", "r:RATES"), "the server has no relationship type 'RATES'", "RATED"),
        (("m.movieId", "m.movie"), "the server has no property 'movie'", "movieId"),
        (("(u:User)-[r:RATED]->(m:Movie)", "(u:User)<-[r:RATED]-(m:Movie)"), "nothing on the server matches", "arrows"),
    ],
)
def test_what_the_server_does_not_have_is_refused_before_anything_is_written(town, mapping, change, reason, hint):
    with pytest.raises(InvalidMapping, match=re.escape(reason)) as refused:
        town.adopt(mapping.replace(*change))
    assert hint in refused.value.hint
    assert not town.data.path.exists()


def test_an_adoption_of_which_nothing_can_be_used_leaves_nothing(town, mapping):
    with pytest.raises(UnreadableFile, match="none of its 4 rows"):
        town.adopt(mapping.replace('value = "r.rating"', 'value = "u.name"'))
    assert not town.data.adopted.exists()
    log = town.data.open_log(read_only=True)
    assert log.last_position() is None
    log.close()
