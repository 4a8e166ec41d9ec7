"""Which part of a graph is taken, against networkx's own walk and against the snapshot's arrays."""

from collections import Counter

import numpy as np
import pytest

from graph.errors import InvalidValue, UnknownNode
from graph.export.extract import Around, Picking, pick
from graph.snapshot.actions import CODE_MASK, CODES, Actions
from graph.snapshot.layout import ACTED
from tests.graph.export.towns import random_town


def edges_of_view(view):
    """Oracle: every edge of the snapshot in plain loops, as (type, source, target, minute or code)."""
    found = Counter()
    for key, adjacency in view.snapshot.adjacencies.items():
        out = adjacency.out
        for row in range(out.node_count):
            for other, stamp in zip(out.neighbours(row).tolist(), out.stamps_of(row).tolist(), strict=True):
                kind = CODES[stamp & CODE_MASK][0] if key == ACTED else key[1]
                time = stamp if key[1] == "RELATED" else stamp >> 6
                found[key[0], view.id_of(key[0], row), kind, key[2], view.id_of(key[2], other), time] += 1
    return found


def edges_of_picked(view, picked):
    found = Counter()
    for edges in picked.edges:
        here, kind, there = edges.key
        for place, (a, b) in enumerate(zip(edges.source.tolist(), edges.target.tolist(), strict=True)):
            time = 0 if edges.minutes is None else int(edges.minutes[place])
            if edges.predicate is not None:
                time = int(edges.predicate[place]) * 2 + int(edges.inferred[place])
            found[here, view.id_of(here, a), kind, there, view.id_of(there, b), time] += 1
    return found


@pytest.mark.parametrize("seed", range(5))
def test_everything_is_every_edge_of_the_snapshot(tmp_path, seed):
    view = random_town(tmp_path, seed)
    assert edges_of_picked(view, pick(view, Picking(ended=True))) == edges_of_view(view)


@pytest.mark.parametrize("seed", range(5))
def test_what_was_ended_is_left_out_with_its_edges(tmp_path, seed):
    view = random_town(tmp_path, seed)
    picked = pick(view)
    expected = Counter({e: n for e, n in edges_of_view(view).items() if ("Product", "p7") not in (e[:2], e[3:5])})
    assert edges_of_picked(view, picked) == expected
    assert view.row_of("Product", "p7") not in picked.nodes["Product"]


def test_an_erased_person_is_never_there(tmp_path):
    view = random_town(tmp_path, 0)
    view.forget(["u1"])
    for ended in (False, True):
        picked = pick(view, Picking(ended=ended))
        assert "" not in view.ids_of("User", picked.nodes["User"])
        assert "u1" not in view.ids_of("User", picked.nodes["User"])
        assert not any("u1" in (edge[1], edge[4]) for edge in edges_of_picked(view, picked))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("hops", [0, 1, 2, 3])
def test_the_neighbourhood_is_that_of_a_slow_walk(tmp_path, seed, hops):
    view = random_town(tmp_path, seed)
    near = {("User", "u3")}
    whole = list(edges_of_picked(view, pick(view)))
    for _ in range(hops):
        near |= {e[:2] for e in whole if e[3:5] in near} | {e[3:5] for e in whole if e[:2] in near}
    picked = pick(view, Picking(around=Around("User", "u3", hops)))
    found = {(label, each) for label, rows in picked.nodes.items() for each in view.ids_of(label, rows)}
    assert found == near
    assert set(edges_of_picked(view, picked)) == {e for e in whole if e[:2] in near and e[3:5] in near}


def test_a_bounded_fan_out_follows_the_newest_only(tmp_path):
    from tests.graph.snapshot.small import small_view

    view = small_view(tmp_path, bought=[("hub", f"p{each}", each + 1) for each in range(50)])
    picked = pick(view, Picking(around=Around("User", "hub", 1, fan_out=3)))
    assert sorted(view.ids_of("Product", picked.nodes["Product"])) == ["p47", "p48", "p49"]


def test_labels_and_types_choose(tmp_path):
    view = random_town(tmp_path, 1)
    picked = pick(view, Picking(labels=("User", "Product"), types=("BOUGHT", "FOLLOWS", "IN_CATEGORY")))
    assert set(picked.nodes) == {"User", "Product"}
    assert {edges.key[1] for edges in picked.edges} == {"BOUGHT", "FOLLOWS"}


def test_actions_weigh_what_they_are_worth_and_fade(tmp_path):
    view = random_town(tmp_path, 2)
    actions = Actions.of(["bought*3", "rated>=4*2"])
    for edges in pick(view, Picking(actions=actions, ended=True)).edges:
        for place, weight in enumerate(edges.weight.tolist()):
            if edges.key[1] not in {"BOUGHT", "RATED", "LIKED"}:
                assert weight == 1
                continue
            worth = {"BOUGHT": 3, "LIKED": 0}.get(edges.key[1])
            if worth is None:
                worth = 2 if edges.stars[place] >= 4 else 0
            age_days = (view.latest_minutes - edges.minutes[place]) / 1440
            faded = 0.5 ** (age_days / 180) if edges.minutes[place] else 1 / 16
            np.testing.assert_allclose(weight, worth * faded, rtol=1e-5)


@pytest.mark.parametrize(
    ("what", "says"),
    [
        (Picking(labels=("Shop",)), "'Shop'"),
        (Picking(types=("KNOWS",)), "'KNOWS'"),
        (Picking(around=Around("User", "u1", -1)), "negative"),
    ],
)
def test_what_is_not_in_the_schema_is_refused(tmp_path, what, says):
    with pytest.raises(InvalidValue, match=says):
        pick(random_town(tmp_path, 0), what)


def test_a_middle_that_is_not_there_is_unknown(tmp_path):
    view = random_town(tmp_path, 0)
    for node in ("nobody", "p7"):
        with pytest.raises(UnknownNode):
            pick(view, Picking(around=Around("Product", node)))
