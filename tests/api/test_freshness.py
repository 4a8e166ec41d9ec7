"""Whether a service takes in what happens, and knows when its answers are not of the newest state."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.freshness import Freshness
from graph.errors import ForeignLog, StoreUnavailable
from graph.folder import DataFolder
from graph.live.overlay import Overlay, OverlaySettings
from graph.live.tail import Tail
from graph.live.view import OverlaidView
from graph.snapshot.write import write_snapshot

SOON_S = 10.0


@contextmanager
def following(
    folder: DataFolder, position: str | None = None, *, nodes: int = 100
) -> Iterator[tuple[OverlaidView, Tail]]:
    snapshot = write_snapshot(folder.snapshots, ids={}, edges={}, position=position, durable=False)
    overlay = Overlay(snapshot, settings=OverlaySettings(1000, nodes))
    tail = Tail(folder, overlay, every_s=0.002)
    tail.start()
    yield OverlaidView(overlay), tail
    tail.close()


def one_more_event(folder: DataFolder, event_id: str) -> str:
    log = folder.open_log()
    event = {"event_id": event_id, "type": "viewed", "user_id": f"u{event_id}", "product_id": "p", "at": 1}
    (position,) = log.append([event])
    log.close()
    assert position is not None
    return position


def until_stale_is(wanted: bool, found: Freshness) -> bool:
    deadline = time.monotonic() + SOON_S
    while found.is_stale() != wanted and time.monotonic() < deadline:
        time.sleep(0.005)
    return found.is_stale() == wanted


def test_a_folder_without_a_log_has_nothing_newer(tmp_path: Path) -> None:
    with following(DataFolder(tmp_path)) as (_, tail):
        assert tail.wait_until_caught_up(SOON_S)
        assert not Freshness(tail).is_stale()


def test_events_behind_the_snapshot_are_taken_in_and_those_that_it_holds_are_not(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    held = one_more_event(folder, "a")
    with following(folder, held) as (view, tail):
        assert tail.wait_until_caught_up(SOON_S)
        assert view.row_of("User", "ua") == -1
        assert tail.wait_for(one_more_event(folder, "b"), SOON_S)
        assert view.actions.into.neighbours(view.row_of("Product", "p")).tolist() == [view.row_of("User", "ub")]
        assert until_stale_is(False, Freshness(tail))


def test_a_position_that_never_comes_is_not_waited_for_long(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    name, _, number = one_more_event(folder, "a").rpartition("-")
    with following(folder) as (_, tail):
        assert tail.wait_until_caught_up(SOON_S)
        assert not tail.wait_for(f"{name}-{int(number) + 1}", 0.01)
        with pytest.raises(ForeignLog):
            tail.wait_for("another-1", 0.01)


def test_what_there_is_no_room_for_makes_answers_stale_for_good(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    one_more_event(folder, "a")
    one_more_event(folder, "b")
    with following(folder, nodes=1) as (_, tail):
        found = Freshness(tail)
        assert not tail.wait_until_caught_up(SOON_S)
        assert found.is_stale()
        assert "build a new snapshot" in str(found.state.reason)


def test_a_server_that_goes_and_comes_back_is_noticed(tmp_path: Path) -> None:
    there = False

    def answers() -> None:
        if not there:
            raise StoreUnavailable("bolt://shop", "nobody is there")

    with following(DataFolder(tmp_path)) as (_, tail):
        found = Freshness(tail, answers, every_s=0.01)
        assert found.state.reason == "the store at bolt://shop cannot be used: nobody is there"
        there = True
        assert until_stale_is(False, found)
        assert found.state.reason is None
        found.close()
