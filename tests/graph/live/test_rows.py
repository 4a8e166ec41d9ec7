"""Rows with patches, against lists that are sorted anew after each change."""

from __future__ import annotations

from collections import Counter
from threading import Event, Thread

import numpy as np
import pytest

from graph.errors import OverlayFull
from graph.live.edges import LiveEdges
from graph.live.space import Space
from graph.snapshot.csr import build_adjacency
from graph.snapshot.kernels_row import PLACED, degree, edge_at, ends, newest

SOURCES, TARGETS, ROOM = 6, 9, 4
TIMED = [True, False]


def some_edges(rng, count, *, room=0):
    sources = rng.integers(0, SOURCES + room, count).astype(np.int32)
    targets = rng.integers(0, TARGETS + room, count).astype(np.int32)
    return sources, targets, (rng.integers(0, 5, count) << 6).astype(np.uint32)


def in_order(edges):
    """Oracle: a row, newest first, then by row."""
    return sorted(edges.elements(), key=lambda each: (-each[1], each[0]))


def rows_of(edges, side):
    rows = {}
    for edge, count in edges.items():
        rows.setdefault(edge[side], Counter())[edge[1 - side], edge[2]] += count
    return rows


@pytest.mark.parametrize("timed", TIMED)
@pytest.mark.parametrize("late", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_rows_are_those_of_all_edges_that_came_and_did_not_go(timed, late, seed):
    """``late`` of the changes are of edges older than what is there; where none is, rows are plain."""
    rng = np.random.default_rng(seed)
    sources, targets, stamps = some_edges(rng, 40)
    stamps = stamps if timed else np.zeros_like(stamps)
    held = Counter(zip(sources.tolist(), targets.tolist(), stamps.tolist(), strict=True))
    base = build_adjacency(sources, targets, stamps if timed else None, SOURCES, TARGETS)
    live = LiveEdges(base, SOURCES + ROOM, TARGETS + ROOM, Space(1 << 12))
    for step in range(30):
        if rng.random() < 0.6 or not late:
            came = some_edges(rng, int(rng.integers(1, 6)), room=ROOM)
            if timed and rng.random() >= late:
                came = (*came[:2], came[2] + np.uint32(64 * (10 + 5 * step)))
            came = (*came[:2], came[2] if timed else np.zeros_like(came[2]))
            live.add(*came)
            held.update(zip(*(each.tolist() for each in came), strict=True))
        elif held:
            source, target, stamp = list(held)[int(rng.integers(len(held)))]
            live.change(source, [(target, stamp)], [])
            held[source, target, stamp] -= 1
            held = +held
        for side, csr, count in ((0, live.adjacency.out, SOURCES), (1, live.adjacency.into, TARGETS)):
            rows = rows_of(held, side)
            edges = csr.edges()
            for row in range(count + ROOM):
                expected = in_order(rows.get(row, Counter()))
                assert degree(edges, row) == len(expected)
                assert [edge_at(edges, row, place) for place in range(len(expected))] == expected
                for most in (1, 3, 100):
                    for last, wanted in ((False, expected[:most]), (True, expected[-most:])):
                        others, found = ends(edges, row, most, last)
                        assert others.tolist() == [each[0] for each in wanted]
                        assert found.tolist() == ([each[1] for each in wanted] if timed else [])


def test_only_a_row_with_an_edge_that_came_late_or_went_tells_places():
    one, stamps = np.array([0], np.int32), np.array([640], np.uint32)
    live = LiveEdges(build_adjacency(one, one, stamps, SOURCES, TARGETS), SOURCES, TARGETS, Space(1 << 10))
    heads = live.adjacency.out.edges().heads

    live.add(np.array([0, 0], np.int32), np.array([1, 2], np.int32), np.array([704, 768], np.uint32))
    assert not heads[0] & PLACED
    live.add(one, np.array([3], np.int32), np.array([64], np.uint32))
    assert heads[0] & PLACED
    live.change(0, [(3, 64)], [])
    assert not heads[0] & PLACED
    live.change(0, [(0, 640)], [])
    assert heads[0] & PLACED
    assert live.adjacency.out.neighbours(0).tolist() == [2, 1]


def test_without_room_nothing_changes_and_the_error_says_so():
    nothing = np.zeros(0, np.int32)
    base = build_adjacency(nothing, nothing, nothing.astype(np.uint32), SOURCES, TARGETS)
    live = LiveEdges(base, SOURCES, TARGETS, Space(8))
    with pytest.raises(OverlayFull):
        live.add(*some_edges(np.random.default_rng(0), 100))


def test_readers_see_whole_rows_while_one_thread_writes():
    """The writer moves one edge of each row from stamp to stamp: whoever reads a row sees it once, whenever."""
    count = 50
    rows = np.arange(count, dtype=np.int32)
    stamps = np.full(count, 64, np.uint32)
    base = build_adjacency(np.zeros(count, np.int32), rows, stamps, 1, count)
    live = LiveEdges(base, 1, count, Space(1 << 19))
    stop, wrong = Event(), []

    def read():
        edges = live.adjacency.out.edges()
        while not stop.is_set():
            others, _ = newest(edges, 0, 1 << 40)
            if sorted(others.tolist()) != rows.tolist():
                wrong.append(others)
                return

    newest(live.adjacency.out.edges(), 0, 1)
    readers = [Thread(target=read, daemon=True) for _ in range(2)]
    for each in readers:
        each.start()
    rng = np.random.default_rng(0)
    try:
        for step in range(1500):
            moved = rng.choice(rows, 5, replace=False)
            zeros = np.zeros(5, np.int32)
            there, old = live.find(zeros, moved, np.uint64(2**64 - 1))
            live.exchange(zeros, moved, there, old, there, old + np.uint32(64 * (1 + step % 3)))
    finally:
        stop.set()
        for each in readers:
            each.join()
    assert not wrong
