"""What only the SQLite store promises."""

from __future__ import annotations

from itertools import permutations

import pytest

from graph.model import EventBatch
from graph.schema import EDGE_TYPES, NODE_TYPES, Keeping
from graph.store import rows
from graph.store.sqlite import SqliteGraphStore
from graph.store.tables import tables
from tests.graph.test_sqlite import many_ratings


@pytest.fixture
def store(tmp_path):
    store = SqliteGraphStore(tmp_path / "store.sqlite", durability="normal")
    yield store
    store.close()


def test_every_label_and_every_edge_set_that_is_written_has_its_table():
    names = {table.name for table in tables()}
    assert {f"{kind}_{n.label.lower()}" for n in NODE_TYPES for kind in ("node", "property", "attribute")} <= names
    written = [e for e in EDGE_TYPES if e.keeping is not Keeping.DERIVED]
    assert {f"edge_{e.source}_{e.type}_{e.target}".lower() for e in written} <= names


@pytest.mark.parametrize("order", list(permutations([("a", 5), ("b", None), ("c", 2), ("d", 9)])))
def test_the_first_and_last_time_of_a_pair_do_not_depend_on_the_order(store, order):
    with store.writing("1") as writer:
        for event_id, at in order:
            writer.add_events(EventBatch("viewed", [event_id], ["u"], [at], {"product_id": ["p"]}))
    found = store._connection.execute("SELECT count, first_at, last_at FROM edge_user_viewed_product").fetchone()
    assert found == (4, 2, 9)


def test_history_keeps_quantity_price_and_order(store):
    fields = {"product_id": ["p"], "quantity": [2], "price_minor": [1990], "currency": ["EUR"], "order_id": ["o7"]}
    with store.writing("1") as writer:
        writer.add_events(EventBatch("bought", ["a"], ["u"], [5], fields))
    found = store._connection.execute(
        "SELECT at, event_id, quantity, price_minor, currency, order_id FROM edge_user_bought_product"
    ).fetchone()
    assert found == (5, "a", 2, 1990, "EUR", "o7")


def test_rows_are_right_when_more_ids_come_than_are_remembered(store, monkeypatch):
    monkeypatch.setattr(rows, "REMEMBERED", 10)
    with store.writing("1") as writer:
        for start in (0, 50, 25, 0):
            writer.add_events(many_ratings(50, start))
    assert store.node_count("User") == 100
    assert [i for batch in store.node_ids("User") for i in batch] == [f"user {n}" for n in range(100)]
    assert store.counts()["edges"] == {"RATED": 100}


def test_an_event_applied_again_by_mistake_stays_one_edge_of_history(store):
    for position in ("1", "2"):
        with store.writing(position) as writer:
            writer.add_events(many_ratings(3))
    assert store.counts()["edges"] == {"RATED": 3}
