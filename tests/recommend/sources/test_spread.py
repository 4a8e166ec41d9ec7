"""Spreading along edges, against the same said slowly."""

from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.snapshot.actions import CODE_BITS, CODE_MASK, PLAIN_CODE, Actions
from graph.snapshot.csr import Csr, build_adjacency
from recommend.sources import kernels
from recommend.sources.scratch import Tally
from recommend.sources.steps import spread

NOW = 1_000_000
ACTIONS = Actions.of(("bought*3", "liked"))
CODES_USED = [PLAIN_CODE[kind] for kind in ("BOUGHT", "LIKED", "VIEWED")]

edges = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 7), st.integers(0, NOW), st.sampled_from(CODES_USED)),
    max_size=60,
)


def graph_of(listed) -> Csr:
    source = np.array([edge[0] for edge in listed], np.int32)
    target = np.array([edge[1] for edge in listed], np.int32)
    stamps = np.array([edge[2] << CODE_BITS | edge[3] for edge in listed], np.uint32)
    return build_adjacency(source, target, stamps, 6, 8).out


def faded(stamp: int) -> float:
    weight = float(ACTIONS.weights[stamp & CODE_MASK])
    minutes = stamp >> CODE_BITS
    if minutes == 0:
        return weight / 16
    return weight * 0.5 ** ((NOW - minutes) / float(ACTIONS.half_life_minutes[stamp & CODE_MASK]))


def spread_slowly(csr: Csr, seeds, scores, fan_out, hub_power):
    """Oracle: dictionaries; each seed gives a target its strongest edge among the newest that count."""
    total, count, cause = defaultdict(float), defaultdict(int), {}
    for seed, score in zip(seeds, scores, strict=True):
        strongest = defaultdict(float)
        taken = 0
        newest = list(zip(csr.neighbours(seed).tolist(), csr.stamps_of(seed).tolist(), strict=True))
        for target, stamp in newest[: 4 * fan_out]:
            worth = score * faded(stamp) * max(csr.degree(seed), 1) ** -hub_power
            if worth > 0 and taken < fan_out:
                taken += 1
                strongest[target] = max(strongest[target], worth)
        for target, worth in strongest.items():
            total[target] += worth
            count[target] += 1
            if worth > cause.get(target, (0, 0))[0] * (1 + 1e-6):
                cause[target] = (worth, 100 + seed)
    return total, count, cause


@settings(deadline=None)
@given(
    edges,
    st.lists(st.integers(0, 5), min_size=1, max_size=6, unique=True),
    st.integers(1, 12),
    st.sampled_from([0.0, 0.5]),
)
def test_spreading_agrees_with_the_slow_way(listed, seeds, fan_out, hub_power):
    csr, tally = graph_of(listed), Tally()
    scores = np.linspace(1, 2, len(seeds), dtype=np.float32)
    rows = np.array(seeds, np.int32)
    reached = spread(
        csr, rows, scores, tally, actions=ACTIONS, now=NOW, fan_out=fan_out, causes=rows + 100, hub_power=hub_power
    )
    total, count, cause = spread_slowly(csr, seeds, scores.tolist(), fan_out, hub_power)
    found = tally.table[tally.used[:reached]]
    assert dict(zip(found["row"].tolist(), found["count"].tolist(), strict=True)) == count
    for row, score, because in zip(
        found["row"].tolist(), found["score"].tolist(), found["cause"].tolist(), strict=True
    ):
        np.testing.assert_allclose(score, total[row], rtol=1e-4)
        chosen = [each for each in cause.values() if each[1] == because]
        assert chosen, "the cause is one of the seeds"


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), max_size=120), st.integers(1, 50), st.data())
def test_the_best_are_the_best_with_ties_by_row(touched, limit, data):
    tally = Tally()
    mark = tally.begin(200)
    reached, scores = 0, defaultdict(float)
    for seed, (row, score) in enumerate(touched):
        reached = kernels.add(tally.table, tally.used, reached, mark, row, seed, float(score), seed)
        scores[row] += score
    hidden = np.array(data.draw(st.lists(st.booleans(), min_size=41, max_size=41)))
    rows, found, _, _ = kernels.best(tally.table, tally.used, reached, hidden, limit)
    expected = sorted((-score, row) for row, score in scores.items() if score > 0 and not hidden[row])[:limit]
    assert rows.tolist() == [row for _, row in expected]
    assert found.tolist() == [-score for score, _ in expected]


@settings(deadline=None, max_examples=300)
@given(st.integers(1, 300), st.integers(1, 320), st.sampled_from([3, 12, 40, 62]), st.integers(0, 2**32 - 1))
def test_the_largest_of_many_numbers_are_those_that_sorting_puts_last(count, limit, bits, seed):
    numbers = np.unique(np.random.default_rng(seed).integers(0, 1 << bits, count).astype(np.uint64))
    numbers = np.random.default_rng(seed + 1).permutation(numbers)
    expected = sorted(numbers.tolist())[-limit:]
    assert sorted(kernels.largest(numbers.copy(), limit).tolist()) == expected


def test_a_tally_forgets_the_query_before():
    csr, tally = graph_of([(0, 1, 5, CODES_USED[0]), (1, 2, 5, CODES_USED[0])]), Tally()
    one = np.ones(1, np.float32)
    for seed, target in ((0, 1), (1, 2), (0, 1)):
        reached = spread(csr, np.array([seed], np.int32), one, tally, actions=ACTIONS, now=NOW, fan_out=3)
        assert tally.table[tally.used[:reached]]["row"].tolist() == [target]


def test_a_full_tally_takes_no_more_and_does_not_hang():
    tally = Tally()
    mark = tally.begin(1)
    reached = 0
    for row in range(3000):
        reached = kernels.add(tally.table, tally.used, reached, mark, row, row, 1.0, 0)
    assert reached == len(tally.used) == 1024


def test_seeds_outside_the_adjacency_reach_nothing():
    csr, tally = graph_of([(0, 1, 5, CODES_USED[0])]), Tally()
    seeds = np.array([-1, 77], np.int32)
    assert spread(csr, seeds, np.ones(2, np.float32), tally, actions=ACTIONS, now=NOW, fan_out=3) == 0
