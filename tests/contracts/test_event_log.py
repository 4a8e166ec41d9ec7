"""The laws of every event log, and of log and store together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import ImportInterrupted, InvalidEvent, InvalidValue, StoreError
from graph.log.imports import importing, is_complete
from graph.log.port import EventLog
from graph.log.project import project
from graph.log.sqlite import SqliteEventLog
from graph.model import EventBatch
from graph.store.sqlite import SqliteGraphStore
from tests.contracts.events import EVENT_SETS
from tests.oracles.plain_graph import plain_graph, read_out

DAY = 24 * 60 * 60 * 1000
LOGS: dict[str, Callable[[Path], EventLog]] = {
    "sqlite": lambda folder: SqliteEventLog(folder / "log.sqlite", durability="normal"),
}


@pytest.fixture(params=LOGS.values(), ids=LOGS.keys())
def log(request, tmp_path):
    log = request.param(tmp_path)
    yield log
    log.close()


@pytest.fixture
def store(tmp_path):
    store = SqliteGraphStore(tmp_path / "store.sqlite", durability="normal")
    yield store
    store.close()


def interrupt(transaction, work):
    with transaction as inside:
        work(inside)
        raise KeyboardInterrupt


def liked(event_id: str, user_id: str = "u1", at: int | None = 0) -> dict[str, Any]:
    return {"event_id": event_id, "type": "liked", "user_id": user_id, "product_id": "p1", "at": at}


def all_bodies(log: EventLog) -> list[Any]:
    return [record.body for record in log.read(None)]


def test_events_come_back_in_order_behind_any_position(log):
    events = [liked("a"), liked("b"), liked("c")]
    positions = log.append(events)
    assert all_bodies(log) == events
    assert [record.body["event_id"] for record in log.read(positions[0])] == ["b", "c"]
    assert [record.position for record in log.read(None)] == positions
    assert log.last_position() == positions[-1]
    assert [record.body["event_id"] for record in log.read(None, limit=2)] == ["a", "b"]


def test_a_new_log_is_empty(log):
    assert log.last_position() is None
    assert list(log.read(None)) == []
    assert log.imported("no such import") is None


def test_an_event_id_is_kept_once(log):
    first = log.append([liked("a"), liked("a"), liked("b")])
    assert [position is None for position in first] == [False, True, False]
    assert log.append([liked("b"), liked("c")])[0] is None
    assert [body["event_id"] for body in all_bodies(log)] == ["a", "b", "c"]


def test_a_retry_that_got_another_time_of_receipt_is_still_a_duplicate(log):
    log.append([liked("a", at=5 * DAY - 1)])
    assert log.append([liked("a", at=5 * DAY + 1), liked("a", at=4 * DAY)]) == [None, None]


def test_positions_grow_and_are_comparable_only_through_the_log(log):
    first, second = log.append([liked("a"), liked("b")])
    assert log.reached(second, first)
    assert log.reached(first, first)
    assert not log.reached(first, second)
    assert not log.reached(None, first)
    assert log.reached(None, None)
    with pytest.raises(InvalidValue):
        log.reached("not ours", first)


@pytest.mark.parametrize(
    "broken", [{"type": "liked", "at": 0}, {"event_id": "x", "at": 0}, {**liked("x"), "at": "now"}]
)
def test_one_broken_event_keeps_the_whole_batch_out(log, broken):
    with pytest.raises(InvalidEvent):
        log.append([liked("a"), broken])
    assert log.last_position() is None
    assert log.append([liked("a")]) != [None]


def test_a_bulk_import_is_one_record_and_remembers_its_ids(log):
    log.append([liked("a", at=None)])
    with log.bulk(["x.csv", "y.csv"], "sum") as bulk:
        assert bulk.admit(["a", "b", "b"], [None, None, None]) == [False, True, False]
        assert bulk.admit(["b", "c"], [None, 7]) == [False, True]
    *_, record = log.read(None)
    assert (record.type, record.body) == ("imported", {"files": ["x.csv", "y.csv"], "sha256": "sum"})
    assert log.imported("sum") == record.position == bulk.position
    assert log.append([liked("c", at=7)]) == [None]


def test_a_bulk_import_that_fails_leaves_nothing(log):
    with pytest.raises(KeyboardInterrupt):
        interrupt(log.bulk(["x.csv"], "sum"), lambda bulk: bulk.admit(["a"], [1]))
    assert log.imported("sum") is None
    assert log.last_position() is None
    assert log.append([liked("a", at=1)]) != [None]


def test_an_import_run_again_keeps_its_position_and_admits_its_ids_again(log):
    with log.bulk(["x.csv"], "sum") as bulk:
        bulk.admit(["a", "b"], [None, 1])
    log.append([liked("c")])
    with log.bulk(["x.csv"], "sum") as again:
        assert again.admit(["a", "b", "c"], [None, 1, 0]) == [True, True, False]
    assert again.position == bulk.position
    assert len(all_bodies(log)) == 2


def test_positions_are_never_used_twice(log):
    (erased,) = log.append([{"event_id": "x", "type": "erased", "user_id": "u1", "at": 1}])
    assert log.append([liked("a")]) != [erased]


def test_an_erasure_rewrites_the_records_before_it(log):
    log.append(
        [
            liked("a", "ann"),
            {"event_id": "b", "type": "followed", "user_id": "bob", "other_id": "ann", "at": 1},
            {"event_id": "c", "type": "shared", "user_id": "bob", "product_id": "p", "with": ["ann", "cem"], "at": 1},
            liked("d", "bob"),
            {"event_id": "e", "type": "erased", "user_id": "ann", "at": 2},
        ]
    )
    bodies = all_bodies(log)
    assert [body["event_id"] for body in bodies] == ["c", "d", "e"]
    assert bodies[0]["with"] == ["cem"]
    assert log.append([liked("a", "ann")]) == [None]


@settings(max_examples=40, deadline=None)
@given(events=EVENT_SETS, random=st.randoms(use_true_random=False))
def test_events_told_twice_and_in_any_order_make_the_same_graph(events, random):
    told = [*events, *random.choices(events, k=5)] if events else []
    random.shuffle(told)
    living = [event for event in told if event["type"] != "erased"]
    with TemporaryDirectory() as folder:
        log = SqliteEventLog(Path(folder) / "log.sqlite", durability="normal")
        store = SqliteGraphStore(Path(folder) / "store.sqlite", durability="normal")
        for event in living:
            log.append([event])
        assert project(log, store, batch_size=4) == len({event["event_id"] for event in living})
        assert read_out(store) == plain_graph([event for event in events if event["type"] != "erased"])
        assert project(log, store) == 0
        log.close()
        store.close()


@settings(max_examples=40, deadline=None)
@given(events=EVENT_SETS)
def test_replay_cannot_bring_an_erased_person_back(events):
    erased = {event["user_id"] for event in events if event["type"] == "erased"}
    with TemporaryDirectory() as folder:
        log = SqliteEventLog(Path(folder) / "log.sqlite", durability="normal")
        store = SqliteGraphStore(Path(folder) / "store.sqlite", durability="normal")
        log.append(events)
        project(log, store)
        assert not erased & read_out(store).ids.get("User", set())
        for body in all_bodies(log):
            named = {body.get("user_id"), body.get("other_id"), *body.get("with", ())}
            late = [e["event_id"] for e in events].index(body["event_id"])
            assert not {u for u in named & erased if _first_erasure(events, u) > late}
        log.close()
        store.close()


def _first_erasure(events: list[dict[str, Any]], user_id: str) -> int:
    return next(n for n, event in enumerate(events) if event["type"] == "erased" and event["user_id"] == user_id)


def test_progress_tells_how_many_were_applied(log, store):
    log.append([liked(str(n)) for n in range(5)])
    told: list[int] = []
    assert project(log, store, told.append, batch_size=2) == 5
    assert told == [2, 2, 1]


def test_node_events_with_different_properties_become_what_each_says(log, store):
    log.append(
        [
            {"event_id": "a", "type": "product", "product_id": "p", "at": 1, "properties": {"title": "Cup"}},
            {"event_id": "b", "type": "product", "product_id": "p", "at": 2, "properties": {"brand": "b"}},
        ]
    )
    project(log, store)
    assert store.properties("Product", "p") == {"title": "Cup", "brand": "b"}


def _batch(ids: list[str], at: list[int | None]) -> EventBatch:
    return EventBatch("liked", ids, ["u"] * len(ids), at, {"product_id": ["p"] * len(ids)})


def fill(import_):
    assert import_.record.admit(["i"], [None]) == [True]
    import_.writer.add_events(_batch(["i"], [None]))


def run_import(log, store, sha256="sum"):
    with importing(log, store, ["x.csv"], sha256) as import_:
        fill(import_)


def test_an_import_reaches_log_and_store(log, store):
    log.append([liked("a")])
    run_import(log, store)
    log.append([liked("b")])
    assert is_complete(log, store, "sum")
    assert project(log, store) == 1
    assert store.counts() == {"nodes": {"User": 2, "Product": 2}, "edges": {"LIKED": 2}}


def test_an_import_that_fails_reaches_neither(log, store):
    with pytest.raises(KeyboardInterrupt):
        interrupt(importing(log, store, ["x.csv"], "sum"), fill)
    assert log.last_position() is None
    assert store.position() is None
    assert not is_complete(log, store, "sum")
    run_import(log, store)
    assert is_complete(log, store, "sum")


def test_a_crash_between_the_commits_is_healed_by_the_same_import_only(log, store):
    log.append([liked("a")])
    with log.bulk(["x.csv"], "sum") as bulk:
        bulk.admit(["i"], [None])
    log.append([liked("b")])
    with pytest.raises(ImportInterrupted, match=r"x\.csv"):
        project(log, store)
    assert store.counts()["edges"] == {"LIKED": 1}
    with pytest.raises(ImportInterrupted):
        run_import(log, store, "another")
    run_import(log, store)
    assert project(log, store) == 1
    assert store.counts()["edges"] == {"LIKED": 2}
    assert store.position() == log.last_position()


def test_a_complete_import_is_not_taken_again(log, store):
    run_import(log, store)
    with pytest.raises(InvalidValue, match="already"):
        run_import(log, store)
    assert store.counts()["edges"] == {"LIKED": 1}


def test_a_closed_log_says_that_it_cannot_be_used(log):
    log.close()
    log.close()
    with pytest.raises(StoreError):
        log.last_position()
