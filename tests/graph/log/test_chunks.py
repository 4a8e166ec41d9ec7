"""Every batch that a load can make comes back from a chunk as it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InvalidEvent
from graph.log.chunks import bodies, naming, pieces, to_batch, to_table, without
from graph.log.erasing import people_of, without_person
from graph.model import MISSING, EventBatch, NodeBatch
from graph.schema import EVENTS, NODE_TYPES, Property, Type

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
WHOLE = st.integers(-(2**63), 2**63 - 1)
JSON = st.recursive(st.none() | st.booleans() | WHOLE | TEXTS, lambda inner: st.lists(inner, max_size=2))
VALUES: dict[Type, st.SearchStrategy[Any]] = {
    Type.STRING: TEXTS,
    Type.INTEGER: WHOLE,
    Type.FLOAT: st.floats(allow_nan=False),
    Type.BOOLEAN: st.booleans(),
    Type.TIME: WHOLE,
    Type.IDS: st.lists(TEXTS, max_size=3),
    Type.JSON: st.dictionaries(TEXTS, JSON, max_size=2) | st.lists(JSON, max_size=2),
}
KINDS = [event.name for event in EVENTS.values() if not event.node]


@st.composite
def event_batches(draw: st.DrawFn) -> EventBatch:
    event = EVENTS[draw(st.sampled_from(KINDS))]
    size = draw(st.integers(0, 5))
    known = [field for field in event.fields if field.required or draw(st.booleans())]
    fields = {field.name: draw(columns(field, size, st.none())) for field in known}
    return EventBatch(event.name, *draw(heads(size)), fields)


@st.composite
def node_batches(draw: st.DrawFn) -> NodeBatch:
    node = draw(st.sampled_from(NODE_TYPES))
    size = draw(st.integers(0, 5))
    known = [each for each in node.properties if draw(st.booleans())]
    properties = {each.name: draw(columns(each, size, st.none() | st.just(MISSING))) for each in known}
    return NodeBatch(node.label, *draw(heads(size)), properties)


def heads(size: int) -> st.SearchStrategy[tuple[list[str], list[str], list[int | None]]]:
    ids = st.lists(TEXTS, min_size=size, max_size=size)
    return st.tuples(ids, ids, st.lists(st.none() | st.integers(0, 2**53), min_size=size, max_size=size))


def columns(declared: Property, size: int, absent: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(absent | VALUES[declared.type], min_size=size, max_size=size)


@settings(max_examples=200, deadline=None)
@given(batch=event_batches() | node_batches())
def test_a_batch_comes_back_from_its_table_as_it_was(batch):
    assert to_batch(to_table(batch)) == batch


@given(batch=event_batches() | node_batches(), rows=st.integers(1, 4))
def test_pieces_are_the_batch_in_order(batch, rows):
    cut = list(pieces(batch, rows))
    assert all(0 < len(piece) <= rows for piece in cut)
    assert [body for piece in cut for body in bodies(piece)] == list(bodies(batch))


def test_a_value_of_another_kind_is_refused_by_its_field():
    with pytest.raises(InvalidEvent, match="value: a value is no float"):
        to_table(EventBatch("rated", ["a"], ["u"], [1], {"product_id": ["p"], "value": ["many"]}))
    with pytest.raises(InvalidEvent, match="stars: rated has no such field"):
        to_table(EventBatch("rated", ["a"], ["u"], [1], {"stars": [5.0]}))


PEOPLE = st.sampled_from(["ann", "bob", "cem"])


@st.composite
def shares(draw: st.DrawFn) -> EventBatch:
    size = draw(st.integers(0, 4))
    receivers = st.lists(st.none() | st.lists(PEOPLE, max_size=3), min_size=size, max_size=size)
    people = draw(st.lists(PEOPLE, min_size=size, max_size=size))
    fields = {"product_id": ["p"] * size, "with": draw(receivers)}
    return EventBatch("shared", [f"e{number}" for number in range(size)], people, [1] * size, fields)


@st.composite
def follows(draw: st.DrawFn) -> EventBatch:
    pairs = draw(st.lists(st.tuples(PEOPLE, PEOPLE), max_size=4))
    ids = [f"e{number}" for number in range(len(pairs))]
    others = {"other_id": [other for _, other in pairs]}
    return EventBatch("followed", ids, [person for person, _ in pairs], [1] * len(pairs), others)


@given(batch=shares() | follows(), person=PEOPLE)
def test_an_erasure_leaves_of_a_chunk_what_it_leaves_of_the_same_events_one_by_one(batch, person):
    kept = [without_person(body, person) for body in bodies(batch)]
    expected = [{**body, "with": body["with"] or []} for body in kept if body is not None]
    left = bodies(to_batch(without(to_table(batch), [person])))
    assert [{**body, "with": body.get("with", [])} for body in left] == expected
    assert naming(to_table(batch), [person]).to_pylist() == [person in people_of(body) for body in bodies(batch)]
