"""Fusion and diversity, against the same said slowly."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.snapshot.csr import build_csr
from recommend import kernels
from recommend.pipeline import Recommender
from recommend.query import Candidates
from recommend.rank.fusion import WeightedFusion
from tests.graph.snapshot.small import small_view


@pytest.fixture(scope="module")
def query(tmp_path_factory):
    """A question to which every row is an admitted answer."""
    recommender = Recommender(small_view(tmp_path_factory.mktemp("view"), bought=[("a", "p", 5)]), {})
    return recommender.query_for("Product", "nobody")


offers_of = st.lists(
    st.lists(st.tuples(st.integers(1, 30), st.integers(1, 100)), max_size=12, unique_by=lambda each: each[0]),
    max_size=4,
)


def kinds(of_row):
    """Edges from each row to its kind; none where it is negative."""
    rows = np.flatnonzero(of_row >= 0).astype(np.int32)
    return build_csr(rows, of_row[rows], None, len(of_row), 4).edges(timed=False)


@settings(deadline=None)
@given(offers_of)
def test_fusion_agrees_with_the_slow_way(query, offered):
    sources, expected = [], defaultdict(float)
    weights = {f"s{at}": 1.0 + at for at in range(len(offered))}
    total = sum(weights[f"s{at}"] for at, each in enumerate(offered) if each)
    for at, pairs in enumerate(offered):
        pairs = sorted(pairs, key=lambda each: (-each[1], each[0]))
        rows = np.array([each[0] for each in pairs], np.int32)
        scores = np.array([each[1] for each in pairs], np.float32)
        sources.append(Candidates(rows, scores, rows + 100, f"s{at}"))
        for rank, (row, score) in enumerate(pairs):
            expected[row] += weights[f"s{at}"] / total * 0.5 * (score / pairs[0][1] + 50 / (50 + rank))
    ranked = WeightedFusion(weights, 50.0).rank(sources, query, 100)
    np.testing.assert_allclose(ranked.scores, [expected[row] for row in ranked.rows.tolist()], rtol=1e-4)
    assert sorted(ranked.rows.tolist()) == sorted(expected)
    assert (np.diff(ranked.scores) <= 0).all()
    for place, row in enumerate(ranked.rows.tolist()):
        offering = [each.source for each in sources if row in each.rows.tolist()]
        assert ranked.names_at(place) == offering
        assert ranked.because[place] == row + 100


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3)), max_size=40),
    st.integers(1, 8),
    st.integers(1, 4),
    st.integers(1, 4),
)
def test_a_block_holds_too_many_of_a_kind_only_where_nothing_else_is_left(pairs, block, most_groups, most_others):
    groups = np.array([each[0] for each in pairs], np.int32)
    others = np.array([each[1] for each in pairs], np.int32)
    rows = np.arange(len(pairs), dtype=np.int32)
    order = kernels.space_out(rows, kinds(groups), kinds(others), block, most_groups, most_others).tolist()
    assert sorted(order) == list(range(len(pairs)))
    for place, chosen in enumerate(order):
        before = order[place - place % block : place]
        left = [at for at in range(len(pairs)) if at not in order[:place]]

        def fits(at, before=before):
            same = Counter(groups[each] for each in before), Counter(others[each] for each in before)
            return (groups[at] < 0 or same[0][groups[at]] < most_groups) and (
                others[at] < 0 or same[1][others[at]] < most_others
            )

        allowed = [at for at in left if fits(at)]
        assert chosen == (allowed or left)[0]


def test_without_offers_there_is_nothing(query):
    assert not len(WeightedFusion().rank([], query, 10).rows)
