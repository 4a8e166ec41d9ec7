"""Interest in concepts, against the same said slowly."""

import math
from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.snapshot.csr import build_adjacency
from recommend.sources import kernels_interest as kernels
from recommend.sources.knowledge import with_room
from recommend.sources.scratch import SMALLEST, Tally

COUNT = 12
parts = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 6), st.integers(0, 9)), max_size=25)
pairs = st.lists(st.tuples(st.integers(0, COUNT - 1), st.integers(0, COUNT - 1)), max_size=40, unique=True)


def adjacency(listed):
    source, target = (np.array([each[at] for each in listed], np.int32) for at in (0, 1))
    return build_adjacency(source, target, None, COUNT, COUNT)


def columns(listed):
    rows, scores, causes = (np.array([each[at] for each in listed]) for at in range(3))
    return rows.astype(np.int32), scores.astype(np.float32), causes.astype(np.int32)


def step_slowly(neighbours, interest):
    """One step along edges: sums, and the cause of the largest part, of equal ones the lowest."""
    found = defaultdict(list)
    for row, (score, cause) in interest.items():
        for other in neighbours[row]:
            found[other].append((score, cause))
    return {row: added(each) for row, each in found.items()}


def added(listed):
    """Parts added up."""
    return math.fsum(score for score, _ in listed), min(listed, key=lambda each: (-each[0], each[1]))[1]


@settings(deadline=None)
@given(parts.filter(bool))
def test_parts_of_one_concept_are_added_up(listed):
    rows, scores, causes = kernels.add_up(*columns(listed))
    by_row = defaultdict(list)
    for row, score, cause in listed:
        by_row[row].append((score, cause))
    assert rows.tolist() == sorted(by_row)
    assert list(zip(scores.tolist(), causes.tolist(), strict=True)) == [added(by_row[row]) for row in sorted(by_row)]


@settings(deadline=None)
@given(parts.map(lambda listed: list({each[0]: each for each in listed}.values())), st.integers(1, 7))
def test_the_first_ones_are_those_worth_most_with_ties_by_row(listed, most):
    rows, scores, _ = kernels.first_ones(*columns(listed), most) if listed else (np.zeros(0),) * 3
    expected = sorted((-score, row) for row, score, _ in listed)[:most]
    assert list(zip((-scores).tolist(), rows.tolist(), strict=True)) == expected


@settings(deadline=None)
@given(pairs, st.lists(st.integers(0, COUNT - 1), min_size=1, max_size=4, unique=True), st.integers(1, 3))
def test_interest_goes_up_a_tree_and_down_again(listed, starts, levels):
    tree = adjacency(listed)
    interest = {row: (1.0, row) for row in starts}
    for csr in (tree.out, tree.into):
        neighbours = [csr.neighbours(row).tolist() for row in range(COUNT)]
        gathered, last = {row: [each] for row, each in interest.items()}, interest
        for _ in range(levels):
            halved = {row: (score / 2, cause) for row, (score, cause) in last.items()}
            last = step_slowly(neighbours, halved)
            for row, each in last.items():
                gathered.setdefault(row, []).append(each)
        interest = {row: added(each) for row, each in gathered.items()}
    seeds = np.array(starts, np.int32)
    up, down, tally = tree.out.edges(timed=False), tree.into.edges(timed=False), Tally()
    mark = tally.begin(SMALLEST, 2 * levels)
    ones = np.ones(len(seeds), np.float32)
    rows, scores, causes, is_whole = kernels.climb(
        up, down, seeds, ones, seeds, levels, np.float32(0.5), tally.table, tally.used, mark
    )
    assert is_whole
    found = dict(zip(rows.tolist(), zip(scores.tolist(), causes.tolist(), strict=True), strict=True))
    assert found.keys() == interest.keys()
    for row, (score, _) in interest.items():
        np.testing.assert_allclose(found[row][0], score, rtol=1e-5)


def test_a_product_of_very_many_concepts_gets_a_larger_tally():
    many = 3 * SMALLEST
    sides = build_adjacency(np.zeros(many, np.int32), np.arange(many, dtype=np.int32), None, 1, many)
    seed, one = np.zeros(1, np.int32), np.ones(1, np.float32)
    asked = []

    def ask(table, used, mark):
        asked.append(len(used))
        return kernels.reach(sides.out.edges(timed=False), seed, one, seed, table, used, mark)

    found = with_room(ask, 1)
    assert sorted(found.rows.tolist()) == list(range(many))
    assert asked == [SMALLEST, 16 * SMALLEST]
