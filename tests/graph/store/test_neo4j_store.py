"""What only the store on a server does: the form of the graph there, one writer at a time, and opening."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph.errors import ForeignVersion, StorageFull, StoreBusy, StoreError, StoreRefused
from graph.log.project import project
from graph.log.sqlite import SqliteEventLog
from graph.model import EventBatch, NodeBatch
from graph.store.neo4j.store import Neo4jGraphStore
from graph.store.rows import erased_key
from graph.store.sqlite import SqliteGraphStore
from tests.contracts.test_graph_store import all_ids, rated
from tests.oracles.plain_graph import plain_graph, read_out
from tests.servers.neo4j import RunningNeo4j

pytestmark = pytest.mark.neo4j

Open = Callable[[], Neo4jGraphStore]


@pytest.fixture
def opened(neo4j_server: RunningNeo4j) -> Iterator[Open]:
    """Opens stores on one empty server."""
    neo4j_server.empty()
    stores: list[Neo4jGraphStore] = []

    def open_one() -> Neo4jGraphStore:
        stores.append(Neo4jGraphStore(neo4j_server.config(retry_s=0.2)))
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()


def act(kind: str, event_id: str, user: str, at: int | None, **fields: Any) -> EventBatch:
    return EventBatch(kind, [event_id], [user], [at], {name: [value] for name, value in fields.items()})


def relationships(server: RunningNeo4j) -> list[tuple[Any, ...]]:
    return sorted(server.rows("MATCH (a)-[r]->(b) RETURN a.id, type(r), b.id, properties(r)"), key=str)


def test_a_pair_that_was_taken_back_is_not_found_under_its_type(opened: Open, neo4j_server: RunningNeo4j) -> None:
    store = opened()
    with store.writing("1") as writer:
        writer.add_events(act("followed", "a", "ann", 5, other_id="bob"))
        writer.add_events(act("liked", "b", "ann", 5, product_id="p"))
        writer.add_events(act("unliked", "c", "ann", 7, product_id="p"))
    known = {"count": 1, "first_at": 5, "last_at": 5}
    assert relationships(neo4j_server) == [
        ("ann", "ENDED_LIKED", "p", {**known, "_at": 7, "_event_id": "c"}),
        ("ann", "FOLLOWS", "bob", {**known, "_at": 5, "_event_id": "a", "since": 5}),
    ]
    with store.writing("2") as writer:
        writer.add_events(act("liked", "d", "ann", 9, product_id="p"))
    assert relationships(neo4j_server)[1] == (
        "ann", "LIKED", "p", {"count": 2, "first_at": 5, "last_at": 9, "_at": 9, "_event_id": "d"}
    )  # fmt: skip


def test_of_an_erased_person_a_row_and_a_key_are_left(opened: Open, neo4j_server: RunningNeo4j) -> None:
    store = opened()
    with store.writing("1") as writer:
        writer.add_nodes(NodeBatch("User", ["a"], ["ann"], [1], {"city": ["Rome"], "attributes": [{"shoe": 44}]}))
        writer.add_events(act("posted", "b", "ann", 2, post_id="q", text="hello", product_ids=["p"]))
        writer.add_events(act("erased", "c", "ann", 3))
    kept = neo4j_server.rows("MATCH (n:Erased) RETURN labels(n), properties(n) ORDER BY n.label")
    assert kept == [
        (["Erased"], {"label": "Post", "row": 0, "key": erased_key("q").hex()}),
        (["Erased"], {"label": "User", "row": 0, "key": erased_key("ann").hex()}),
    ]
    assert relationships(neo4j_server) == []


def test_a_tie_through_a_post_of_two_authors_goes_with_the_post(opened: Open, neo4j_server: RunningNeo4j) -> None:
    store = opened()
    with store.writing("1") as writer:
        for event_id, author in (("a", "ann"), ("b", "bob")):
            writer.add_events(act("posted", event_id, author, 1, post_id="q"))
        writer.add_events(act("commented", "c", "cem", 2, post_id="q"))
    ties = "MATCH (a)-[r:INTERACTED]->(b) RETURN a.id, b.id, r.count, r.last_at ORDER BY b.id"
    assert neo4j_server.rows(ties) == [("cem", "ann", 1, 2), ("cem", "bob", 1, 2)]
    with store.writing("2") as writer:
        writer.add_events(act("erased", "d", "ann", 3))
    assert neo4j_server.rows(ties) == []


def test_two_processes_that_follow_the_log_apply_each_batch_once(opened: Open) -> None:
    one, other = opened(), opened()
    assert one.position() is None
    assert other.position() is None
    with one.writing("1") as writer:
        writer.add_events(act("liked", "a", "ann", 5, product_id="p"))
    with pytest.raises(StoreBusy), other.writing("1") as writer:
        writer.add_events(act("liked", "a", "ann", 5, product_id="p"))
    assert other.position() == "1"
    with other.writing("2") as writer:
        writer.add_events(act("liked", "b", "bob", 5, product_id="p"))
    assert one.position() == "2"
    with one.writing("3") as writer:  # does not give bob's row a second time
        writer.add_events(act("liked", "c", "cem", 5, product_id="p"))
    assert all_ids(one, "User") == ["ann", "bob", "cem"]
    assert [edges.count.tolist() for edges in one.edges(("User", "LIKED", "Product")) if edges.count is not None] == [
        [1, 1, 1]
    ]


def test_a_commit_that_fails_for_a_passing_reason_is_made_again_before_what_follows(opened: Open) -> None:
    store = opened()
    submit = store._committer.submit
    failures = iter((False, True, False, True))

    def fail(close: Callable[[], None]) -> Any:
        return submit(give_up, close, StoreBusy("here", "a deadlock")) if next(failures) else submit(close)

    store._committer.submit = fail  # type: ignore[method-assign,assignment]
    for number in range(1, 6):
        with store.writing(str(number), more=number < 5) as writer:
            writer.add_events(act("liked", f"l{number}", f"u{number // 2}", number, product_id=f"p{number}"))
            writer.add_events(act("followed", f"f{number}", f"u{number // 2}", number, other_id="u9"))
    assert store.position() == "5"
    assert all_ids(store, "User") == ["u0", "u9", "u1", "u2"]
    assert store.counts()["edges"] == {"FOLLOWS": 3, "LIKED": 5}
    assert next(store.edges(("User", "FOLLOWS", "User"))).count.tolist() == [1, 2, 2]  # type: ignore[union-attr]


def give_up(close: Callable[[], None], error: StoreError) -> None:
    """Roll a transaction back where it was to be committed."""
    stack: ExitStack = close.__self__  # type: ignore[attr-defined]
    stack.__exit__(type(error), error, None)
    raise error


def test_what_follows_a_commit_that_fails_for_good_is_not_written(opened: Open) -> None:
    store = opened()

    submit = store._committer.submit
    with store.writing("1") as writer:
        writer.add_events(act("liked", "a", "ann", 1, product_id="p"))
    store._committer.submit = lambda close: submit(give_up, close, StorageFull("here"))  # type: ignore[method-assign,assignment]
    with store.writing("2", more=True) as writer:
        writer.add_events(act("liked", "b", "bob", 2, product_id="p"))
    with pytest.raises(StorageFull), store.writing("3", more=True) as writer:
        writer.add_events(act("liked", "c", "cem", 3, product_id="p"))
    assert opened().position() == "1"


def test_events_that_come_twice_and_in_any_order_give_the_same_graph(opened: Open, tmp_path: Path) -> None:
    rng = random.Random(4)
    kinds = ["liked", "unliked", "viewed", "bought", "carted"]
    events = [
        {
            "type": rng.choice(kinds), "event_id": f"e{n}", "at": rng.randrange(50),
            "user_id": f"u{rng.randrange(20)}", "product_id": f"p{rng.randrange(20)}",
        }
        for n in range(400)
    ]  # fmt: skip
    sent = events + rng.sample(events, 120)
    rng.shuffle(sent)
    log = SqliteEventLog(tmp_path / "log.sqlite", imports=tmp_path / "imports", durability="normal")
    for begin in range(0, len(sent), 100):
        log.append(sent[begin : begin + 100])
    store, embedded = opened(), SqliteGraphStore(tmp_path / "store.sqlite", durability="normal")
    project(log, store, batch_size=150)
    project(log, embedded)
    assert read_out(store) == read_out(embedded) == plain_graph(events)
    assert [all_ids(store, label) for label in ("User", "Product")] == [
        all_ids(embedded, label) for label in ("User", "Product")
    ]
    embedded.close()
    log.close()


def test_a_store_of_a_newer_program_is_refused(opened: Open, neo4j_server: RunningNeo4j) -> None:
    opened()
    neo4j_server.rows("MATCH (s:TastegraphStore) SET s.schema_version = 99")
    for read_only in (False, True):
        with pytest.raises(ForeignVersion):
            Neo4jGraphStore(neo4j_server.config(), read_only=read_only)


def test_a_store_that_is_only_read_takes_no_writes(opened: Open, neo4j_server: RunningNeo4j) -> None:
    opened()
    store = Neo4jGraphStore(neo4j_server.config(), read_only=True)
    with pytest.raises(StoreRefused), store.writing("1") as writer:
        writer.add_events(rated(("a", "u", "p", 1, 3.0)))
    assert store.position() is None
    store.close()


def test_a_writer_waits_for_a_reader_no_longer_than_a_query_may_take(opened: Open, neo4j_server: RunningNeo4j) -> None:
    reader = opened()
    writer_store = Neo4jGraphStore(replace(neo4j_server.config(retry_s=0.2), query_s=2.0))
    with reader.reading(), pytest.raises(StoreBusy), writer_store.writing("1") as writer:
        writer.add_events(rated(("a", "u", "p", 1, 3.0)))
    with writer_store.writing("1") as writer:
        writer.add_events(rated(("a", "u", "p", 1, 3.0)))
    assert reader.position() == "1"
    writer_store.close()
