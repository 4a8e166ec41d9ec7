"""The laws of every event log, and of log and store together."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import ForeignLog, InvalidEvent, InvalidValue, StoreAhead, StoreError
from graph.log.chunks import bodies
from graph.log.port import IMPORTED, EventLog
from graph.log.project import batch_of, project
from graph.log.sqlite import SqliteEventLog
from graph.model import MISSING, EventBatch, NodeBatch
from graph.schema import NODES
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


def likes(ids: list[str], at: int | None = None, user_id: str = "u") -> EventBatch:
    return EventBatch("liked", ids, [user_id] * len(ids), [at] * len(ids), {"product_id": ["p"] * len(ids)})


def run_import(log: EventLog, ids: list[str], sha256: str = "sum", each: int = 1) -> str:
    """An import of likes, so many a chunk."""
    with log.bulk(["x.csv"], sha256) as bulk:
        assert all(bulk.admit(ids, [None] * len(ids)))
        for start in range(0, len(ids), each):
            bulk.add_events(likes(ids[start : start + each]))
    return bulk.position


def test_a_bulk_import_remembers_its_ids_and_knows_earlier_ones(log):
    log.append([liked("a", at=None)])
    with log.bulk(["x.csv", "y.csv"], "sum") as bulk:
        assert bulk.admit(["a", "b", "b"], [None, None, None]) == [False, True, False]
        assert bulk.admit(["b", "c"], [None, 7]) == [False, True]
    assert log.append([liked("c", at=7)]) == [None]
    assert log.imported("sum") == log.last_position() == bulk.position


def test_an_imports_rows_come_back_as_they_were_given(log):
    batch = likes(["a", "b", "c"], at=5)
    nodes = NodeBatch("User", ["d", "e"], ["ann", "bob"], [None, 7], {"city": ["Rome", MISSING]})
    with log.bulk(["x.csv"], "sum") as bulk:
        bulk.add_events(batch)
        bulk.add_nodes(nodes)
    first, second = log.read(None)
    assert (log.batch(first), log.batch(second)) == (batch, nodes)
    body = {"files": ["x.csv"], "sha256": "sum", "of": 2}
    assert first.body == {**body, "type": "liked", "rows": 3, "chunk": 1}
    assert second.body == {**body, "type": "user", "rows": 2, "chunk": 2}
    assert {first.type, second.type} == {IMPORTED}
    assert second.position == log.imported("sum")


def test_each_chunk_of_an_import_is_a_place_between_the_records_around_it(log):
    (before,) = log.append([liked("x")])
    position = run_import(log, ["a", "b", "c"])
    (after,) = log.append([liked("y")])
    places = [record.position for record in log.read(None)]
    assert len(places) == 5
    assert (places[0], places[3], places[4]) == (before, position, after)
    for number, place in enumerate(places):
        assert [record.position for record in log.read(place)] == places[number + 1 :]
        assert [log.reached(place, other) for other in places] == [other <= number for other in range(5)]
        assert [record.position for record in log.read(None, limit=number + 1)] == places[: number + 1]
    for place in (None, *places):
        rows = (each.body.get("rows", 0) if each.type == IMPORTED else 1 for each in log.read(place))
        assert log.behind(place) == sum(rows)


def test_an_import_without_new_rows_is_one_record(log):
    with log.bulk(["x.csv"], "sum"):
        pass
    (record,) = log.read(None)
    assert (record.position, record.body["rows"]) == (log.imported("sum"), 0)
    with pytest.raises(InvalidValue, match="no rows"):
        log.batch(record)


def test_large_batches_are_cut_into_chunks(log, monkeypatch):
    with log.bulk(["x.csv"], "sum") as bulk:
        bulk.add_events(likes([f"e{number}" for number in range(45_000)]))
    assert [record.body["rows"] for record in log.read(None)] == [20_000, 20_000, 5_000]


def test_a_bulk_import_that_fails_leaves_nothing(log, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        interrupt(log.bulk(["x.csv"], "sum"), lambda bulk: bulk.admit(["a"], [1]) and bulk.add_events(likes(["a"])))
    assert log.imported("sum") is None
    assert log.last_position() is None
    assert log.append([liked("a", at=1)]) != [None]
    assert not list(tmp_path.rglob("*.arrow"))


def test_a_complete_import_is_not_taken_again(log):
    position = run_import(log, ["a"])
    assert log.is_kept("sum")
    with pytest.raises(InvalidValue, match="already"):
        run_import(log, ["b"])
    assert log.imported("sum") == position
    assert not log.is_kept("another")


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


def test_imports_reach_the_store_with_the_events_around_them(log, store):
    log.append([liked("x")])
    run_import(log, ["a", "b"])
    log.append([liked("y")])
    told: list[int] = []
    assert project(log, store, told.append) == 4
    assert told == [1, 1, 1, 1]
    assert store.counts() == {"nodes": {"User": 2, "Product": 2}, "edges": {"LIKED": 2}}
    assert store.position() == log.last_position()
    assert project(log, store) == 0


class Bounded(SqliteGraphStore):
    """Takes so many rows in one transaction, and can fail at any of them."""

    def __init__(self, path: Path, rows: int | None, fails_at: int | None = None) -> None:
        super().__init__(path, durability="normal")
        self.transaction_rows = rows  # type: ignore[misc]
        self.fails_at = fails_at
        self.positions: list[str] = []

    @contextmanager
    def writing(self, position, *, more=False):
        with super().writing(position, more=more) as writer:
            yield writer
            if len(self.positions) == self.fails_at:
                raise KeyboardInterrupt
        self.positions.append(position)


def test_a_store_with_a_bound_takes_an_import_in_transactions_of_whole_chunks(log, tmp_path):
    position = run_import(log, [f"e{number}" for number in range(7)], each=2)
    store = Bounded(tmp_path / "store.sqlite", rows=4)
    assert project(log, store) == 7
    assert store.positions == [f"{position}.2", position]
    store.close()


def test_a_store_without_a_bound_takes_an_import_in_one_transaction_however_many_chunks(log, tmp_path):
    position = run_import(log, [f"e{number}" for number in range(30)])
    store = Bounded(tmp_path / "store.sqlite", rows=None)
    assert project(log, store, batch_size=3) == 30
    assert store.positions == [position]
    store.close()


@pytest.mark.parametrize("fails_at", range(6))
def test_a_projection_goes_on_where_it_was_interrupted_and_applies_nothing_twice(log, tmp_path, fails_at):
    log.append([liked("x")])
    run_import(log, [f"e{number}" for number in range(7)], each=2)
    log.append([liked("y")])
    store = Bounded(tmp_path / "store.sqlite", rows=2, fails_at=fails_at)
    with pytest.raises(KeyboardInterrupt):
        project(log, store)
    store.fails_at = None
    project(log, store)
    assert len(store.positions) == 6
    (arrays,) = store.edges(("User", "LIKED", "Product"))
    assert sorted(arrays.count.tolist()) == [2, 7]
    store.close()


def test_somebody_who_comes_again_after_an_erasure_does_not_make_the_log_unreadable(log, store):
    """What came in the same breath as the erasure was sealed with the key that went."""
    person = {"type": "user", "user_id": "ann", "at": 1}
    erased = {"event_id": "a", "type": "erased", "user_id": "ann", "at": 1}
    log.append([erased, {**person, "event_id": "b", "properties": {"city": "Rome"}}])
    log.append([{**person, "event_id": "c", "properties": {"city": "Oslo"}}])
    _, second, third = all_bodies(log)
    assert second.get("properties", {}) == {}
    assert third["properties"] == {"city": "Oslo"}
    project(log, store)
    assert store.properties("User", "ann") is None


@settings(max_examples=40, deadline=None)
@given(events=EVENT_SETS, data=st.data())
def test_a_store_is_rebuilt_from_the_log_alone_row_by_row(events, data):
    """Some events come one by one, others in imports; every store that is brought up to date is the same."""
    with TemporaryDirectory() as folder:
        log = SqliteEventLog(Path(folder) / "log.sqlite", durability="normal")
        stores = [Bounded(Path(folder) / f"{rows}.sqlite", rows) for rows in (None, 1, 3)]
        for number, part in enumerate(parts(events, data)):
            if data.draw(st.booleans()) and all(event["type"] != "erased" for event in part):
                with log.bulk(["x"], f"sum {number}") as bulk:
                    for event in part:
                        bulk.admit([event["event_id"]], [event["at"]])
                        add(bulk, event)
            else:
                log.append(part)
            project(log, stores[0])
        project(log, stores[1])
        project(log, stores[2])
        told = [event for event in events if event["type"] != "erased"]
        if told == events:
            assert read_out(stores[0]) == plain_graph(told)
            assert len({rows_of(store) for store in stores}) == 1
        assert read_out(stores[1]) == read_out(stores[2])
        erased = {event["user_id"] for event in events if event["type"] == "erased"}
        assert all(not erased & set(store.counts()) for store in stores)
        log.close()
        for store in stores:
            store.close()


def parts(events, data):
    while events:
        size = data.draw(st.integers(1, len(events)))
        yield events[:size]
        events = events[size:]


def add(bulk, event):
    batch = batch_of(event["type"], [event])
    if isinstance(batch, NodeBatch):
        bulk.add_nodes(batch)
    else:
        bulk.add_events(batch)


def rows_of(store) -> tuple[Any, ...]:
    return tuple(tuple(each for batch in store.node_ids(label) for each in batch) for label in NODES)


def test_an_erasure_reaches_imports_too(log):
    with log.bulk(["x.csv"], "sum") as bulk:
        bulk.add_events(likes(["a"], user_id="ann"))
        bulk.add_events(likes(["b"], user_id="bob"))
        people = {"other_id": ["ann", "cem"]}
        bulk.add_events(EventBatch("followed", ["c", "d"], ["bob", "bob"], [1, 1], people))
        shares = {"product_id": ["p", "p"], "with": [["ann", "cem"], None]}
        bulk.add_events(EventBatch("shared", ["e", "f"], ["bob", "ann"], [1, 1], shares))
        bulk.add_nodes(NodeBatch("User", ["g", "h"], ["ann", "bob"], [1, 1], {"city": ["Rome", "Oslo"]}))
    assert [event["event_id"] for event in log.about("ann")] == ["a", "c", "e", "f", "g"]
    log.append([{"event_id": "x", "type": "erased", "user_id": "ann", "at": 2}])
    *imported, erased = log.read(None)
    assert erased.type == "erased"
    left = [body for record in imported if record.body["rows"] for body in bodies(log.batch(record))]
    assert [body["event_id"] for body in left] == ["b", "d", "e", "h"]
    assert left[2]["with"] == ["cem"]
    assert [event["event_id"] for event in log.about("ann")] == ["x"]
    assert log.is_kept("sum")


def test_rows_of_an_erased_person_are_not_taken_again(log, store):
    log.append([{"event_id": "x", "type": "erased", "user_id": "ann", "at": 2}])
    with log.bulk(["x.csv"], "sum") as bulk:
        bulk.add_events(EventBatch("liked", ["a", "b"], ["ann", "bob"], [1, 1], {"product_id": ["p", "p"]}))
    *_, record = log.read(None)
    assert log.batch(record).user_ids == ["bob"]


def test_a_closed_log_says_that_it_cannot_be_used(log):
    log.close()
    log.close()
    with pytest.raises(StoreError):
        log.last_position()


def test_a_store_that_is_ahead_of_a_restored_log_is_told(tmp_path, store):
    with closing(SqliteEventLog(tmp_path / "newer" / "log.sqlite")) as newer:
        newer.append([liked("a")])
    shutil.copytree(tmp_path / "newer", tmp_path / "older")
    with closing(SqliteEventLog(tmp_path / "newer" / "log.sqlite")) as newer:
        newer.append([liked("b")])
        project(newer, store)
    with closing(SqliteEventLog(tmp_path / "older" / "log.sqlite")) as older:
        with pytest.raises(StoreAhead):
            project(older, store)
        older.append([liked("b")])
        assert project(older, store) == 0


def test_a_store_of_another_log_is_told_and_left_alone(tmp_path, store):
    with closing(SqliteEventLog(tmp_path / "one" / "log.sqlite")) as one:
        one.append([liked("a")])
        project(one, store)
    before = read_out(store)
    with closing(SqliteEventLog(tmp_path / "two" / "log.sqlite")) as two:
        two.append([liked("b"), liked("c")])
        with pytest.raises(ForeignLog, match="another data folder"):
            project(two, store)
    assert read_out(store) == before
