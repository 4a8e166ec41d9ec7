"""Facts look the same from both ends, and say when they have not seen all."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.snapshot.actions import CODE_BITS, PLAIN_CODE, Actions
from graph.snapshot.csr import build_adjacency
from recommend.explain import facts

ACTIONS = Actions.of(("bought", "liked"))
CODES = [PLAIN_CODE[kind] for kind in ("BOUGHT", "LIKED", "VIEWED")]
edges_of = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6), st.sampled_from(CODES)), max_size=60)
some = st.lists(st.integers(0, 5), max_size=6, unique=True)


def graph_of(edges):
    columns = [np.array([each[at] for each in edges], np.int64) for at in range(3)]
    stamps = (np.uint32(9) << np.uint32(CODE_BITS)) | columns[2].astype(np.uint32)
    return build_adjacency(columns[0].astype(np.int32), columns[1].astype(np.int32), stamps, 6, 7)


@settings(deadline=None)
@given(edges_of, some, some)
def test_meetings_are_the_edges_between_people_and_products(edges, people, products):
    graph = graph_of(edges)
    asked = np.array(people, np.int32), np.array(products, np.int32)
    found = facts.meetings(*asked, graph.out, graph.into, ACTIONS)
    expected = {}
    for person, product, code in edges:
        if person in people and product in products and code != CODES[2]:
            kind = facts.EVENTS.index("bought" if code == CODES[0] else "liked")
            expected.setdefault(products.index(product), {}).setdefault(kind, set()).add(people.index(person))
    assert found.complete
    assert {at: {kind: set(who) for kind, who in each.items()} for at, each in found.by_place().items()} == expected
    assert all(len(who) == len(set(who)) for each in found.by_place().values() for who in each.values())


def test_from_either_end_the_same_meetings_are_found():
    crowd = [(person, 0, CODES[0]) for person in range(6)]
    one = [(0, product, CODES[1]) for product in range(1, 7)]
    graph = graph_of(crowd + one)
    few_products = facts.meetings(np.arange(6, dtype=np.int32), np.array([3], np.int32), graph.out, graph.into, ACTIONS)
    few_people = facts.meetings(np.array([5], np.int32), np.arange(7, dtype=np.int32), graph.out, graph.into, ACTIONS)
    liked, bought = facts.EVENTS.index("liked"), facts.EVENTS.index("bought")
    assert few_products.by_place() == {0: {liked: [0]}}
    assert few_people.by_place() == {0: {bought: [0]}}


def test_what_costs_too_much_is_cut_short_and_says_so(monkeypatch):
    monkeypatch.setattr(facts, "MOST_EDGES", 3)
    graph = graph_of([(person, product, CODES[0]) for person in range(6) for product in range(7)])
    found = facts.meetings(np.arange(6, dtype=np.int32), np.arange(7, dtype=np.int32), graph.out, graph.into, ACTIONS)
    assert not found.complete
    assert len(found.people) == 3
