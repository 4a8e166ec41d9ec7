"""What lists are like beside being right, against the same said slowly; and two models compared."""

import math
from itertools import product

import numpy as np
import pytest
import scipy.sparse as sp

from embeddings.facts import KINDS, facts_of
from embeddings.metrics import per_user
from embeddings.models import MODELS, model
from graph.errors import InvalidValue
from recommend.evaluation import compare, evaluate, timeline_problem
from recommend.evaluation.beyond import beyond, gini, slices
from recommend.evaluation.compare import sign_flip_p
from tests.recommend.evaluation.test_evaluation import data_of


def random_data(seed=0, people=30, items=20, count=200):
    rng = np.random.default_rng(seed)
    pairs = np.unique(
        np.stack([rng.integers(0, people, count), np.minimum(rng.zipf(1.3, count) - 1, items - 1)]), axis=1
    )
    minutes = rng.integers(1, 10_000, pairs.shape[1])
    return data_of(*pairs.astype(np.int32), minutes=minutes, user_count=people, item_count=items)


def test_gini_is_the_mean_difference_of_two_counts_over_twice_the_mean():
    counts = np.array([5, 0, 3, 1, 1])
    slow = np.abs(counts[:, None] - counts[None]).mean() / (2 * counts.mean())
    assert gini(counts) == pytest.approx(slow)
    assert gini(np.full(7, 3)) == pytest.approx(0)
    assert gini(np.zeros(4, np.int64)) == 0


def test_figures_beyond_accuracy_are_those_of_plain_loops():
    data = random_data()
    rng = np.random.default_rng(1)
    top = np.array([rng.permutation(20)[:5] for _ in range(30)])
    top[3, 2:] = -1
    found = beyond(top, data)
    matrix = data.matrix().toarray()
    chosen = matrix.sum(axis=0)
    shown = [item for row in top for item in row if item >= 0]
    assert found["coverage"] == pytest.approx(len(set(shown)) / 20)
    assert found["novelty"] == pytest.approx(np.mean([-math.log2(max(chosen[item], 1) / 30) for item in shown]))
    usual = sum(chosen[item] for item in data.items) / len(data.items)
    assert found["popularity"] == pytest.approx(np.mean([chosen[item] for item in shown]) / usual, rel=1e-5)

    def cosine(one, other):
        return matrix[:, one] @ matrix[:, other] / math.sqrt(max(chosen[one], 1) * max(chosen[other], 1))

    apart = []
    for row in top:
        items = [item for item in row if item >= 0]
        pairs = [(one, other) for one in items for other in items if one != other]
        apart.append(1 - np.mean([cosine(*pair) for pair in pairs]))
    assert found["diversity"] == pytest.approx(np.mean(apart), rel=1e-5)


def test_lists_without_an_item_have_figures_too():
    found = beyond(np.full((3, 5), -1), random_data())
    assert set(found.values()) == {0.0}


def test_people_are_sliced_by_what_they_did_before():
    data = data_of([0] * 9 + [1] * 6 + [2], [*range(9), *range(6), 0], user_count=4, item_count=12)
    test = sp.csr_array((np.ones(4), ([0, 1, 2, 3], [10, 0, 0, 0])), shape=(4, 12))
    found = slices(data, np.arange(4, dtype=np.int32), test)
    told = {name: np.flatnonzero(mask).tolist() for name, mask in found.items()}
    assert told == {
        "cold people": [2, 3],
        "less active people": [1],
        "more active people": [0],
        "long tail": [0],
    }


def test_every_metric_is_that_of_a_second_library():
    import pytrec_eval

    rng = np.random.default_rng(5)
    relevant = sp.csr_array(rng.random((40, 60)) < 0.1)
    relevant = relevant[np.diff(relevant.indptr) > 0]
    top = np.array([rng.permutation(60)[:20] for _ in range(relevant.shape[0])])
    judged = {
        f"q{row}": {f"d{item}": 1 for item in relevant.indices[relevant.indptr[row] : relevant.indptr[row + 1]]}
        for row in range(relevant.shape[0])
    }
    run = {f"q{row}": {f"d{item}": 20.0 - place for place, item in enumerate(items)} for row, items in enumerate(top)}
    for k in (5, 10, 20):
        ours = per_user(top, relevant, k)
        names = {f"P_{k}": "precision", f"recall_{k}": "recall", f"ndcg_cut_{k}": "ndcg", f"success_{k}": "hit_rate"}
        asked = {f"P.{k}", f"recall.{k}", f"ndcg_cut.{k}", f"success.{k}", "recip_rank"}
        theirs = pytrec_eval.RelevanceEvaluator(judged, asked).evaluate(run)
        if k == 20:
            names["recip_rank"] = "mrr"  # they know it of whole lists only
        for name, metric in names.items():
            np.testing.assert_allclose(ours[metric], [theirs[f"q{row}"][name] for row in range(len(top))], rtol=1e-6)


def test_an_evaluation_tells_slices_and_figures_beyond():
    problem = timeline_problem(random_data())
    found = evaluate(problem, ["popularity"], k=(5,)).results[0]
    assert {"coverage@5", "gini@5", "novelty@5", "popularity@5", "diversity@5"} <= found.beyond.keys()
    assert found.slices.keys() == found.slice_sizes.keys()
    assert sum(found.slice_sizes[name] for name in found.slices if "people" in name) == len(problem.measured())


def test_a_model_does_not_differ_from_itself_and_does_from_a_bad_one():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 4, 300)
    users = np.repeat(np.arange(300), 8)
    items = np.concatenate([rng.choice(np.arange(15) + 15 * group, 8, replace=False) for group in groups])
    data = data_of(users, items, minutes=rng.integers(1, 10_000, len(users)), user_count=300, item_count=60)
    problem = timeline_problem(data)
    same = compare(problem, model("item_knn"), model("item_knn"))
    assert {each.p for each in same.differences.values()} == {1.0}
    assert same.models == ("item_knn", "item_knn")
    assert not any(each.is_sure for each in same.differences.values())
    better = compare(problem, model("popularity"), model("item_knn"))
    assert better.differences["ndcg@20"].is_sure
    assert better.differences["ndcg@20"].low > 0
    assert better.as_json()["differences"]["ndcg@20"]["is_sure"]
    with pytest.raises(InvalidValue):
        compare(problem, model("popularity"), model("item_knn"), k=0)


def test_the_p_is_the_part_of_all_flips_that_are_as_far():
    apart = np.array([0.3, -0.1, 0.2, 0.4, -0.05, 0.1, 0.25, 0.0])
    flips = [sum(sign * each for sign, each in zip(signs, apart, strict=True)) for signs in product((-1, 1), repeat=8)]
    exact = np.mean([abs(each) >= abs(apart.sum()) - 1e-9 for each in flips])
    assert sign_flip_p(apart, np.random.default_rng(0), flips=20_000) == pytest.approx(exact, abs=0.01)


def test_chance_is_called_a_sure_difference_in_about_one_of_twenty():
    rng = np.random.default_rng(3)
    wrong = sum(sign_flip_p(rng.random(80) - rng.random(80), rng, flips=499) < 0.05 for _ in range(300))
    assert 4 <= wrong <= 30


@pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.name)
def test_every_model_has_facts(kind):
    facts = facts_of(kind)
    assert facts.kind in KINDS.values()
    assert facts.cost in {"seconds", "minutes", "hours"}
