"""What a service answers while its Neo4j server hangs, is gone, or never was there: at once, and marked stale."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.app import create_app
from api.folders import open_folder
from api.settings import Settings, StoreSettings
from api.steps import build_current, load_source
from api.wiring import open_service
from tests.api.conftest import Reader, user_id, write_files
from tests.servers.neo4j import RunningNeo4j

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

FEED = f"/v1/users/{user_id(0, 1)}/feed"
ANSWER_LIMIT_S = 1.0
"""Far below what any wait for the server would take, and far above an answer on a busy machine."""


def settings_of(running: RunningNeo4j, data: Path) -> Settings:
    store = StoreSettings(engine="neo4j", url=running.url, user=running.user, password=running.password, watch_s=0.2)
    return Settings(data=data, store=store)


@contextmanager
def serving(settings: Settings) -> Iterator[Reader]:
    service = open_service(settings)
    yield Reader(create_app(service))
    service.close()


def comes_true(reader: Reader, stale: bool) -> bool:
    """Whether ``/readyz`` says so before long; no look at it, and no answer meanwhile, may wait for the server."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        began = time.monotonic()
        ready, answer = reader.get("/readyz").json(), reader.get(FEED)
        assert time.monotonic() - began < ANSWER_LIMIT_S
        assert answer.status_code == 200
        assert answer.json()["items"]
        if ready["stale"] is stale and answer.json()["stale"] is stale:
            return True
        time.sleep(0.1)
    return False


def test_answers_go_on_without_the_server_and_say_that_they_may_be_stale(start_neo4j, tmp_path):
    running = start_neo4j()
    settings = settings_of(running, tmp_path / "data")
    folder = open_folder(settings)
    load_source(str(write_files(tmp_path)), folder, settings)
    build_current(folder)

    with serving(settings) as reader:
        reader.get(FEED)  # compiles
        assert comes_true(reader, stale=False)
        running.process.pause()
        assert comes_true(reader, stale=True)
        running.process.resume()
        assert comes_true(reader, stale=False)
        running.process.kill()
        assert comes_true(reader, stale=True)

    with serving(settings) as started_without:
        ready = started_without.get("/readyz")
        assert ready.status_code == 200
        assert ready.json()["stale"] is True
        assert running.url in ready.json()["stale_because"]
        assert started_without.get(FEED).json()["stale"] is True
