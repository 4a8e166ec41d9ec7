"""Both stores mean the same graph: from either, the same snapshot and the same answers to everybody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.settings import Settings
from api.steps import build_current, sync_store
from api.training import train_model
from api.wiring import open_models
from graph.folder import DataFolder
from graph.snapshot.build import build_snapshot
from graph.snapshot.snapshot import Snapshot
from graph.snapshot.view import LiveView
from graph.store.neo4j.store import Neo4jGraphStore
from recommend.pipeline import Recommender
from tests.graph.simulate.small import small_town, town_folder
from tests.servers.neo4j import RunningNeo4j

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

PEOPLE = 600
ASKERS = 500
OF_THE_REQUEST = ("took_ms", "snapshot", "next_page", "attribution")
"""Fields that name the snapshot, or tell one request from the next."""


def answers(snapshot: Snapshot, folder: DataFolder) -> list[dict[str, Any]]:
    """Feeds of 500 people, whom they might follow, and what is like a hundred products."""
    view = LiveView(snapshot)
    recommender = Recommender(view, open_models(folder))
    users = [view.id_of("User", row) for row in range(ASKERS)]
    products = [view.id_of("Product", row) for row in range(100)]
    given = [recommender.feed(user_id) for user_id in users] + [recommender.people(user_id) for user_id in users]
    given += [recommender.similar(product_id) for product_id in products]
    return [{name: value for name, value in each.items() if name not in OF_THE_REQUEST} for each in given]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A town in the embedded store, with a snapshot and a model trained on it."""
    found = town_folder(tmp_path_factory.mktemp("town"), small_town(people=PEOPLE))
    build_current(found)
    train_model(found, "spectral", {"dim": 16}, Settings.read(data=found.path))
    return found


def snapshot_of(folder: DataFolder, to: Path) -> Snapshot:
    store = folder.open_store(read_only=True)
    try:
        return build_snapshot(store, to)
    finally:
        store.close()


def test_everybody_gets_the_same_answers_from_either_store(neo4j_server: RunningNeo4j, folder: DataFolder, tmp_path):
    neo4j_server.empty(schema=True)
    on_server = replace(
        folder, engine=lambda _path, *, durability, read_only: Neo4jGraphStore(neo4j_server, read_only=read_only)
    )
    assert sync_store(on_server) > 0
    embedded, exported = snapshot_of(folder, tmp_path / "embedded"), snapshot_of(on_server, tmp_path / "server")
    assert exported.manifest.position == embedded.manifest.position
    assert exported.manifest.files == embedded.manifest.files
    given = answers(exported, folder)
    assert given == answers(embedded, folder)
    assert sum(bool(each["items"]) for each in given[:ASKERS]) == ASKERS
