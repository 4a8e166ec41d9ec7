import math

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from embeddings.metrics import METRICS, coverage, per_user
from embeddings.ranking import NOTHING, best, top_k


def ranked_slowly(row, known, k):
    """Oracle: sort all columns by score, then by number."""
    allowed = [column for column in range(len(row)) if column not in known and row[column] > -math.inf]
    return (sorted(allowed, key=lambda column: (-row[column], column)) + [NOTHING] * k)[:k]


def measured_slowly(ranked, relevant, k):
    """Oracle: the textbook's formulas, one user at a time."""
    hits = [item in relevant for item in ranked[:k]]
    found = sum(hits)
    precision, recall = found / k, found / len(relevant)
    places = [place for place, hit in enumerate(hits, start=1) if hit]
    ideal = sum(1 / math.log2(place + 1) for place in range(1, min(k, len(relevant)) + 1))
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall) if found else 0.0,
        "ndcg": sum(1 / math.log2(place + 1) for place in places) / ideal,
        "mrr": 1 / places[0] if places else 0.0,
        "hit_rate": float(found > 0),
        "map": sum(sum(hits[:place]) / place for place in places) / min(k, len(relevant)),
    }


@given(
    st.lists(st.lists(st.sampled_from([0.0, 1.0, 2.0, -1.0, -math.inf]), min_size=7, max_size=7), min_size=1),
    st.sets(st.integers(0, 6)),
    st.integers(1, 10),
)
def test_lists_agree_with_sorting_everything(rows, known, k):
    scores = np.array(rows, np.float32)
    mask = np.zeros((len(rows), 7), np.float32)
    mask[:, list(known)] = 1
    expected = [ranked_slowly(row, known, k) for row in rows]
    assert top_k(scores, sp.csr_array(mask), k).tolist() == expected


def test_equal_scores_are_ranked_by_row():
    assert best(np.zeros((1, 5), np.float32), 3).tolist() == [[0, 1, 2]]


@given(st.permutations(range(9)), st.sets(st.integers(0, 8), min_size=1), st.integers(1, 9))
def test_metrics_agree_with_their_formulas(order, relevant, k):
    matrix = sp.csr_array((np.ones(len(relevant)), ([0] * len(relevant), sorted(relevant))), shape=(1, 9))
    actual = per_user(np.array([order], np.int64), matrix, k)
    expected = measured_slowly(order, relevant, k)
    assert set(actual) == set(METRICS) == set(expected)
    for name, value in expected.items():
        assert actual[name][0] == pytest.approx(value), name


def test_places_without_an_item_are_never_hits():
    relevant = sp.csr_array(np.array([[0.0, 0.0, 1.0]]))
    assert per_user(np.array([[NOTHING, 2]]), relevant, 2)["mrr"][0] == 0.5


def test_coverage_counts_distinct_items():
    assert coverage(np.array([[0, 1], [1, NOTHING]]), 4) == 0.5
    assert coverage(np.empty((0, 2), np.int64), 0) == 0.0
