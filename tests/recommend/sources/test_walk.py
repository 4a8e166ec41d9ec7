"""The random walk, against the exact distribution of its visits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.snapshot.actions import CODE_BITS, PLAIN_CODE
from graph.snapshot.csr import build_adjacency
from recommend.sources import kernels_walk
from recommend.sources.scratch import Tally

BOUGHT, VIEWED = PLAIN_CODE["BOUGHT"], PLAIN_CODE["VIEWED"]
MASK = np.uint64(1 << BOUGHT)
PEOPLE, PRODUCTS = 6, 7
NOBODY = np.zeros(0, np.int32)
NOT_SILENT = np.zeros(0, np.bool_)


def graph_of(edges):
    people = np.array([edge[0] for edge in edges], np.int32)
    products = np.array([edge[1] for edge in edges], np.int32)
    stamps = np.array([9 << CODE_BITS | (BOUGHT if edge[2] else VIEWED) for edge in edges], np.uint32)
    return build_adjacency(people, products, stamps, PEOPLE, PRODUCTS)


def walk(
    graph, pins, *, steps=40_000, restart=0.3, seed=1, barred=NOBODY, silent=NOT_SILENT, enough=(0, 0), check=True
):
    """Visit counts by product from one pin, scores and causes from several."""
    tally = Tally()
    mark = tally.begin(steps)
    reached = kernels_walk.walk(
        graph.out.edges(timed=check),
        graph.into.edges(timed=check),
        np.array(pins, np.int32),
        np.ones(len(pins), np.float32),
        barred,
        silent,
        MASK,
        steps,
        restart,
        *enough,
        np.uint64(seed),
        tally.table,
        tally.used,
        mark,
    )
    found = tally.table[tally.used[:reached]]
    scores = np.zeros(PRODUCTS)
    scores[found["row"]] = found["score"]
    return scores, dict(zip(found["row"].tolist(), found["cause"].tolist(), strict=True))


def visits_exactly(edges, pin, restart, barred=()):
    """Oracle: the stationary distribution of the walk's steps, as one dense linear system."""
    bought = np.zeros((PEOPLE, PRODUCTS))
    for person, product, counts in edges:
        bought[person, product] += bool(counts) and person not in barred
    to_people = bought.T / np.maximum(bought.sum(0), 1)[:, None]
    whole = np.zeros((PEOPLE, PRODUCTS))
    for person, product, counts in edges:
        whole[person, product] += bool(counts)
    to_products = whole / np.maximum(whole.sum(1), 1)[:, None]
    step = to_people @ to_products
    start = np.eye(PRODUCTS)[pin]
    arrivals = np.linalg.solve(np.eye(PRODUCTS) - (1 - restart) * step.T, step.T @ start * restart)
    return arrivals / arrivals.sum()


edges_of = st.lists(
    st.tuples(st.integers(0, PEOPLE - 1), st.integers(0, PRODUCTS - 1), st.booleans()), min_size=1, max_size=25
)


@settings(deadline=None, max_examples=40)
@given(edges_of, st.sampled_from([0.15, 0.5, 0.9]))
def test_visits_follow_the_exact_distribution(edges, restart):
    edges = [(0, 0, True), (1, 0, True), (1, 3, True), *edges]
    scores, causes = walk(graph_of(edges), [0], restart=restart)
    expected = visits_exactly(edges, 0, restart)
    np.testing.assert_allclose(scores / scores.sum(), expected, atol=0.03)
    assert set(causes.values()) == {0}


@pytest.mark.parametrize(
    "left_out", [{"barred": np.array([1], np.int32)}, {"silent": np.arange(PEOPLE) == 1}], ids=["barred", "silent"]
)
def test_nothing_is_found_through_people_who_are_left_out(left_out):
    edges = [(0, 0, True), (0, 1, True), (1, 0, True), (1, 2, True)]
    scores, _ = walk(graph_of(edges), [0], **left_out)
    assert scores[1] > 0
    assert scores[2] == 0
    np.testing.assert_allclose(scores / scores.sum(), visits_exactly(edges, 0, 0.3, barred={1}), atol=0.03)


def test_actions_that_do_not_count_are_not_walked():
    edges = [(0, 0, True), (0, 1, False), (1, 0, False), (1, 2, True)]
    scores, _ = walk(graph_of(edges), [0])
    assert np.flatnonzero(scores).tolist() == [0]


def test_a_product_met_from_two_pins_gets_the_boost():
    """p0 – a – p2 – b – p1: both pins lead to p2; only p0 leads to p3 as well."""
    edges = [(0, 0, True), (0, 2, True), (0, 3, True), (1, 1, True), (1, 2, True)]
    alone = [walk(graph_of(edges), [pin], steps=20_000, seed=7)[0] for pin in (0, 1)]
    both, causes = walk(graph_of(edges), [0, 1], steps=40_000, seed=7)
    together = alone[0][2] + alone[1][2]
    assert both[2] > 1.5 * together, "(√a + √b)² is more than a + b"
    assert causes[2] in {0, 1}


def test_the_same_seed_walks_the_same_way_and_another_one_does_not():
    rng = np.random.default_rng(0)
    edges = [(int(rng.integers(PEOPLE)), int(rng.integers(PRODUCTS)), True) for _ in range(20)] + [(0, 0, True)]
    graph = graph_of(edges)
    first, again, other = (walk(graph, [0], steps=160, seed=seed)[0] for seed in (5, 5, 6))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_walkers_stop_when_enough_has_been_visited_enough():
    edges = [(person, product, True) for person in range(PEOPLE) for product in range(PRODUCTS)]
    scores, _ = walk(graph_of(edges), [0], enough=(3, 5))
    assert scores.sum() < 200, "far from all 40,000 steps"
    assert (scores >= 5).sum() >= 3


def test_a_pin_that_nobody_chose_leads_nowhere():
    scores, _ = walk(graph_of([(0, 0, True), (0, 1, True)]), [5, 0], steps=1600)
    assert scores[1] > 0
    assert scores[5] == 0


def test_leaving_out_the_stamps_counts_every_edge():
    edges = [(0, 0, True), (0, 1, False)]
    assert walk(graph_of(edges), [0], check=False)[0][1] > 0
