"""From the store: what was loaded is what the view shows."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings

from graph.errors import StoreError
from graph.model import EventBatch, NodeBatch
from graph.schema import EDGES, NODES
from graph.snapshot.actions import CODE_MASK, CODES, minutes_of
from graph.snapshot.build import build_snapshot
from graph.snapshot.layout import ACTED, is_action
from graph.snapshot.shelf import Shelf
from graph.snapshot.view import LiveView
from graph.store.sqlite import SqliteGraphStore
from tests.contracts.events import EVENT_SETS
from tests.contracts.test_graph_store import apply, embedded, fresh

MINUTE = 60_000


@pytest.fixture
def store(tmp_path):
    with_store = SqliteGraphStore(tmp_path / "store.sqlite", durability="normal")
    yield with_store
    with_store.close()


def events(kind, *found):
    """``(user, product, minute or None)`` of one type, each with an id of its own."""
    users, products, minutes = zip(*found, strict=True)
    at = [None if minute is None else minute * MINUTE + 59_999 for minute in minutes]
    fields = {"other_id" if kind == "followed" else "product_id": products}
    if kind == "rated":
        fields["value"] = [4.0] * len(found)
    return EventBatch(kind, [f"{kind}{number}" for number in range(len(found))], users, at, fields)


def write(store, *batches):
    with store.writing("9") as writer:
        for batch in batches:
            writer.add_nodes(batch) if isinstance(batch, NodeBatch) else writer.add_events(batch)


def seen(view, user):
    out, row = view.actions.out, view.row_of("User", user)
    stamps = out.stamps_of(row)
    kinds = [CODES[stamp & CODE_MASK] for stamp in stamps.tolist()]
    return list(zip(view.ids_of("Product", out.neighbours(row)), kinds, minutes_of(stamps).tolist(), strict=True))


def test_all_actions_of_a_person_are_together_newest_first(store, tmp_path):
    write(
        store,
        events("bought", ("ana", "pan", 70), ("ana", "pan", 90)),
        events("viewed", ("ana", "pot", 80), ("ana", "pot", 60)),
        events("rated", ("ana", "pan", 100), ("bo", "pot", None)),
        events("liked", ("ana", "lid", None)),
    )
    view = LiveView(build_snapshot(store, tmp_path / "snapshots"))
    assert seen(view, "ana") == [
        ("pan", ("RATED", 4.0), 100),
        ("pan", ("BOUGHT", None), 90),
        ("pot", ("VIEWED", None), 80),
        ("pan", ("BOUGHT", None), 70),
        ("lid", ("LIKED", None), 0),
    ]
    assert seen(view, "bo") == [("pot", ("RATED", 4.0), 0)]
    assert view.latest_minutes == 100
    assert view.snapshot.position == "9"


def test_nodes_come_with_their_properties_and_what_follows_from_them(store, tmp_path):
    properties = {
        "title": ["Pan 🍳", None],
        "price_minor": [990, None],
        "categories": [["kitchen", "gift"], ["gift"]],
        "brand": ["acme", "acme"],
        "available": [True, {"DE": False}],
        "attributes": [{"colour": "red"}, None],
    }
    write(store, NodeBatch("Product", ["n1", "n2"], ["pan", "pot"], [None, None], properties))
    view = LiveView(build_snapshot(store, tmp_path / "snapshots"))
    pan, pot = (view.row_of("Product", each) for each in ("pan", "pot"))
    assert (view.text("Product", "title", pan), view.text("Product", "title", pot)) == ("Pan 🍳", None)
    assert (view.json("Product", "available", pan), view.json("Product", "available", pot)) == (True, {"DE": False})
    assert view.json("Product", "attributes", pan) == {"colour": "red"}
    prices = view.number("Product", "price_minor")
    assert prices is not None
    np.testing.assert_array_equal(prices[[pan, pot]], [990, np.nan])
    inside = view.edges("Product", "IN_CATEGORY", "Category")
    assert set(view.ids_of("Category", inside.out.neighbours(pan))) == {"kitchen", "gift"}
    assert view.edges("Product", "MADE_BY", "Brand").into.degree(view.row_of("Brand", "acme")) == 2


def test_knowledge_says_its_predicate_and_whether_a_rule_inferred_it(store, tmp_path):
    related = {
        "shop": {"made of": ["Entity:oak", "Entity:a:b"], "https://schema.org/isSimilarTo": ["Product:pot"]},
        "other shop": {"made of": ["Entity:oak"]},
        "inferred:wood": {"made of": ["Entity:oak", "Entity:wood"]},
    }
    write(store, NodeBatch("Product", ["n1"], ["pan"], [None], {"related": [related]}))
    view = LiveView(build_snapshot(store, tmp_path / "snapshots"))
    pan = view.row_of("Product", "pan")

    def known(label):
        out = view.edges("Product", "RELATED", label).out
        told = zip(view.ids_of(label, out.neighbours(pan)), out.stamps_of(pan).tolist(), strict=True)
        return {(node_id, view.predicates[stamp >> 1], bool(stamp & 1)) for node_id, stamp in told}, out.degree(pan)

    assert known("Entity") == (
        {("oak", "made of", False), ("a:b", "made of", False), ("wood", "made of", True)},
        3,
    )
    assert known("Product") == ({("pot", "https://schema.org/isSimilarTo", False)}, 1)
    assert view.latest_minutes == 0


def test_ended_products_and_erased_people_are_gone(store, tmp_path):
    write(store, events("bought", ("ana", "pan", 70), ("bo", "pot", 71)))
    apply_more = [
        {"type": "deleted", "event_id": "d", "label": "Product", "id": "pot", "at": 200 * MINUTE, "user_id": None},
        {"type": "erased", "event_id": "e", "user_id": "ana", "at": 201 * MINUTE},
    ]
    with store.writing("10") as writer:
        for event in apply_more:
            fields = {name: [event[name]] for name in ("label", "id") if name in event}
            writer.add_events(EventBatch(event["type"], [event["event_id"]], [event["user_id"]], [event["at"]], fields))
    view = LiveView(build_snapshot(store, tmp_path / "snapshots"))
    assert view.gone("Product").tolist() == [False, True]
    assert view.gone("User").tolist() == [True, False]
    assert (view.row_of("User", "ana"), view.id_of("User", 0)) == (-1, "")
    assert seen(view, "bo") == [("pot", ("BOUGHT", None), 71)]


def test_an_empty_store_gives_an_empty_view(store, tmp_path):
    view = LiveView(build_snapshot(store, tmp_path / "snapshots"))
    assert view.count("User") == 0
    assert view.row_of("User", "ana") == -1
    assert view.actions.out.node_count == 0
    assert (view.latest_minutes, int(view.kinds_present)) == (0, 0)


def test_progress_grows_to_one(store, tmp_path):
    told = []
    write(store, events("followed", ("ana", "bo", 5)))
    build_snapshot(store, tmp_path / "snapshots", progress=lambda done, note: told.append((done, note)))
    parts = [done for done, _ in told]
    assert parts == sorted(parts)
    assert parts[-1] == 1.0
    assert "FOLLOWS" in [note for _, note in told]


def test_the_same_store_gives_the_same_files(store, tmp_path):
    write(store, events("bought", ("ana", "pan", 70), ("bo", "pot", 71)), events("followed", ("ana", "bo", None)))
    first, second = (build_snapshot(store, tmp_path / "snapshots") for _ in range(2))
    assert first.id != second.id
    assert first.manifest.files == second.manifest.files


def test_a_store_that_fails_leaves_nothing_behind(store, tmp_path):
    write(store, events("bought", ("ana", "pan", 70)))
    store.close()
    with pytest.raises(StoreError):
        build_snapshot(store, tmp_path / "snapshots")
    assert list(tmp_path.glob("snapshots/*")) == []


def test_a_built_snapshot_can_be_published(store, tmp_path):
    write(store, events("bought", ("ana", "pan", 70)))
    shelf = Shelf(tmp_path / "snapshots")
    shelf.publish(build_snapshot(store, shelf.folder))
    assert LiveView(shelf.current()).row_of("User", "ana") == 0


def read_from_store(store):
    """Oracle: every edge of the store as ``(key, source, target, minute)``, actions under one key."""
    return Counter(
        (ACTED if is_action(key) else key, source, target, max(at // MINUTE, 0))
        for key in EDGES
        for batch in store.edges(key)
        for source, target, at in zip(batch.source.tolist(), batch.target.tolist(), batch.at.tolist(), strict=True)
    )


def read_from_view(view, direction):
    found = Counter()
    for key, adjacency in view.snapshot.adjacencies.items():
        csr = getattr(adjacency, direction)
        for row in range(csr.node_count):
            for other, minute in zip(
                csr.neighbours(row).tolist(), minutes_of(csr.stamps_of(row)).tolist(), strict=True
            ):
                found[(key, row, other, minute) if direction == "out" else (key, other, row, minute)] += 1
    return found


@settings(deadline=None, max_examples=25)
@given(EVENT_SETS)
def test_whatever_happened_the_view_holds_what_the_store_holds(found):
    with fresh(embedded) as store, TemporaryDirectory() as folder:
        apply(store, found)
        view = LiveView(build_snapshot(store, Path(folder)))
        edges = read_from_store(store)
        assert read_from_view(view, "out") == edges
        assert read_from_view(view, "into") == edges
        for label in NODES:
            ids = [node_id for batch in store.node_ids(label) for node_id in batch]
            assert [view.id_of(label, row) or None for row in range(view.count(label))] == ids
            gone = {row for row, node_id in enumerate(ids) if node_id is None} | set(store.deleted_rows(label))
            assert set(np.flatnonzero(view.gone(label)).tolist()) == gone
