"""Whether a service knows that its answers are not of the newest state."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.freshness import Freshness
from graph.errors import StoreUnavailable
from graph.folder import DataFolder


@contextmanager
def watching(folder: DataFolder, position: str | None, store_answers=None) -> Iterator[Freshness]:
    found = Freshness(folder, position, store_answers, every_s=0.01)
    yield found
    found.close()


def one_more_event(folder: DataFolder, event_id: str) -> str:
    log = folder.open_log()
    (position,) = log.append([{"event_id": event_id, "type": "viewed", "user_id": "u", "product_id": "p", "at": 1}])
    log.close()
    assert position is not None
    return position


def until_stale_is(wanted: bool, found: Freshness) -> bool:
    deadline = time.monotonic() + 10
    while found.is_stale() != wanted and time.monotonic() < deadline:
        time.sleep(0.005)
    return found.is_stale() == wanted


def test_a_folder_without_a_log_has_nothing_newer(tmp_path: Path) -> None:
    with watching(DataFolder(tmp_path), None) as found:
        assert not found.is_stale()


def test_an_event_behind_the_snapshot_is_seen_while_the_service_runs(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    position = one_more_event(folder, "a")
    with watching(folder, position) as found:
        assert not found.is_stale()
        one_more_event(folder, "b")
        assert until_stale_is(True, found)
        assert found.state.reason == "the log holds newer events than the snapshot"


def test_a_server_that_goes_and_comes_back_is_noticed(tmp_path: Path) -> None:
    there = False

    def answers() -> None:
        if not there:
            raise StoreUnavailable("bolt://shop", "nobody is there")

    with watching(DataFolder(tmp_path), None, answers) as found:
        assert found.state.reason == "the store at bolt://shop cannot be used: nobody is there"
        there = True
        assert until_stale_is(False, found)
        assert found.state.reason is None
