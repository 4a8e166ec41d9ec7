"""The same on Neo4j: an export tells the same as from the embedded store, an erasure leaves nothing on the server."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graph.folder import DataFolder
from graph.people.erase import erase_person
from graph.people.export import export_person
from graph.store.neo4j.store import Neo4jGraphStore
from tests.graph.people.test_people import EVENTS, tell
from tests.servers.neo4j import RunningNeo4j

pytestmark = pytest.mark.neo4j

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def folders(any_neo4j: RunningNeo4j, tmp_path: Path) -> tuple[DataFolder, DataFolder]:
    """The same events in a folder with the embedded store and in one with its graph on the server."""
    any_neo4j.empty()
    config = any_neo4j.config()

    def engine(_path: Path, /, *, durability: str, read_only: bool) -> Neo4jGraphStore:
        return Neo4jGraphStore(config, read_only=read_only)

    embedded, server = DataFolder(tmp_path / "embedded"), DataFolder(tmp_path / "server", engine)
    for folder in (embedded, server):
        tell(folder, *EVENTS)
    return embedded, server


def held(folder: DataFolder, person: str) -> dict[str, Any]:
    found = export_person(folder, person, NOW)
    found["edges"].sort(key=str)
    return found


@pytest.mark.parametrize("person", ["ana", "bo", "cy"])
def test_both_stores_export_the_same(folders: tuple[DataFolder, DataFolder], person: str) -> None:
    embedded, server = folders
    assert held(embedded, person) == held(server, person)


def test_erasing_leaves_nothing_of_the_person_on_the_server(
    folders: tuple[DataFolder, DataFolder], any_neo4j: RunningNeo4j
) -> None:
    embedded, server = folders
    before = str(any_neo4j.rows("MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN properties(n), properties(r)"))
    assert "fits well" in before
    assert erase_person(embedded, "ana", NOW).removed == erase_person(server, "ana", NOW).removed
    after = str(any_neo4j.rows("MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN properties(n), properties(r)"))
    assert not [each for each in ("ana", "Ana", "fits well", "look", "p1'") if each in after]
    assert any_neo4j.rows("MATCH (e:Erased) RETURN e.label, count { (e)--() } ORDER BY e.label") == [
        ("Post", 0),
        ("User", 0),
    ]
    assert erase_person(server, "ana", NOW).again
