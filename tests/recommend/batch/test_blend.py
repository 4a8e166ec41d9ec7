import numpy as np
import scipy.sparse as sp

from embeddings.hybrid import FLOOR, FittedBlend, common_scale, part_of_best
from recommend.batch.blend import (
    MOST_WIDTH,
    RIDGE,
    joined,
    learn_weights,
    pool_of,
    search_weights,
)


class Fixed:
    def __init__(self, scores):
        self.scores = np.array(scores, np.float32)

    def score(self, users):
        return self.scores[users]

    def tables(self):
        return {}


def nothing(shape):
    return sp.csr_array(shape, dtype=np.float32)


def test_the_scale_is_the_part_of_the_best_unknown_score():
    known = sp.csr_array(np.array([[1, 0, 0, 0]], np.float32))
    scale = common_scale(np.array([[50.0, 4.0, 2.0, -3.0]], np.float32), known)
    np.testing.assert_allclose(scale[0, 1:], np.log(FLOOR + np.array([1.0, 0.5, 0.0])), rtol=1e-5)


def test_a_blend_adds_weighted_scales():
    known = nothing((1, 2))
    one, two = Fixed([[2.0, 1.0]]), Fixed([[0.0, 1.0]])
    blend = FittedBlend([one, two], [1.0, 0.5], known)
    row = np.array([0], np.int32)
    expected = common_scale(one.score(row), known) + 0.5 * common_scale(two.score(row), known)
    np.testing.assert_allclose(blend.score(row), expected)


def test_a_blend_of_shares_equals_the_way_back_from_logarithms():
    rng = np.random.default_rng(3)
    known = sp.csr_array((rng.random((6, 9)) < 0.3).astype(np.float32))
    one, two = Fixed(rng.normal(size=(6, 9))), Fixed(rng.normal(size=(6, 9)))
    rows = np.array([4, 0, 2], np.int32)
    scales = [common_scale(each.score(rows), known[rows]) for each in (one, two)]
    expected = 0.5 * scales[0] + part_of_best(scales[0].copy()) + 0.3 * part_of_best(scales[1].copy())
    blend = FittedBlend([one, two], [0.5, 0.0], known, [1.0, 0.3])
    np.testing.assert_allclose(blend.score(rows), expected, rtol=1e-4, atol=1e-5)


def planted(rng, users=80, items=150):
    """Two noisy views of the same taste, and noise."""
    taste = rng.random((users, items)).astype(np.float32)
    right = sp.csr_array((taste > 0.97).astype(np.float32))
    views = [np.clip(taste + rng.normal(0, 0.25, taste.shape), 0, None).astype(np.float32) for _ in range(2)]
    views.append(rng.random(taste.shape).astype(np.float32))
    known = nothing(taste.shape)
    return pool_of([common_scale(view, known) for view in views], known, right)


def test_weights_join_two_views_and_leave_noise_out():
    pool = planted(np.random.default_rng(2))
    weights = search_weights(pool, 0)
    assert sum(pool.quality(weights)) > 1.1 * sum(pool.quality(np.array([1.0, 0.0, 0.0])))
    assert weights[1] > 0
    assert weights[2] <= 0.1


def test_quality_of_one_model_is_that_of_its_ranking():
    scores = np.array([[0.1, 0.9, 0.5], [0.7, 0.2, 0.3]], np.float32)
    right = sp.csr_array(np.array([[0, 1, 0], [0, 1, 0]], np.float32))
    known = nothing((2, 3))
    ndcg, recall = pool_of([common_scale(scores, known)], known, right).quality(np.array([1.0]))
    assert recall == 1.0
    np.testing.assert_allclose(ndcg, (1.0 + 1 / np.log2(4)) / 2)


def test_joined_pools_average_over_all_their_people():
    pools = [planted(np.random.default_rng(seed)) for seed in (1, 2)]
    weights = np.array([1.0, 0.5, 0.0])
    whole = joined(pools)
    assert len(whole) == 160
    np.testing.assert_allclose(whole.quality(weights), np.mean([pool.quality(weights) for pool in pools], axis=0))


def test_learned_weights_join_two_views_and_hear_noise_least():
    pool = planted(np.random.default_rng(2))
    weights = learn_weights(pool)
    assert weights.shape == (2, 3)
    assert sum(pool.quality(weights)) > 1.1 * sum(pool.quality(np.array([1.0, 0.0, 0.0])))
    assert np.abs(weights[:, 2]).sum() < 0.3 * np.abs(weights[:, :2]).sum(axis=0).min()


def loss_by_loops(pool, weights):
    """Oracle: the mean over people of the surprise at each right answer of the pool, and the ridge."""
    surprises, people = 0.0, 0
    for user, items in enumerate(pool.items):
        inside = np.flatnonzero(items >= 0)
        logs = pool.opinions[:, user, inside].astype(float)
        sums = weights[0] @ logs + weights[1] @ (np.exp(logs) - FLOOR)
        chances = np.exp(sums) / np.exp(sums).sum()
        right = set(pool.right.indices[pool.right.indptr[user] : pool.right.indptr[user + 1]].tolist())
        hits = [chance for chance, item in zip(chances, items[inside], strict=True) if item in right]
        people += bool(hits)
        surprises -= np.log(hits).sum()
    return surprises / people + RIDGE * (weights**2).sum()


def test_learned_weights_are_where_every_step_aside_costs():
    pool = planted(np.random.default_rng(5), users=40, items=120)
    weights = learn_weights(pool)
    least = loss_by_loops(pool, weights)
    rng = np.random.default_rng(0)
    for _ in range(10):
        step = rng.normal(size=weights.shape)
        assert loss_by_loops(pool, weights + 0.3 * step / np.linalg.norm(step)) > least


def test_nothing_is_learned_where_no_right_answer_can_be_found():
    pool = pool_of([common_scale(np.ones((2, 4), np.float32), nothing((2, 4)))], nothing((2, 4)), nothing((2, 4)))
    assert not learn_weights(pool).any()


def test_a_blend_scores_as_its_pool_was_measured():
    rng = np.random.default_rng(4)
    views = [rng.random((6, 9)).astype(np.float32) for _ in range(2)]
    known = nothing((6, 9))
    pool = pool_of([common_scale(view, known) for view in views], known, sp.csr_array(rng.random((6, 9)) < 0.3))
    logs, plain = [0.7, -0.2], [0.0, 1.5]
    scores = FittedBlend([Fixed(view) for view in views], logs, known, plain).score(np.arange(6))
    expected = np.tensordot(logs, pool.opinions, 1) + np.tensordot(plain, np.exp(pool.opinions) - FLOOR, 1)
    np.testing.assert_allclose(np.take_along_axis(scores, pool.items, 1), expected, rtol=1e-4, atol=1e-5)


def test_a_wide_pool_keeps_what_the_models_together_rank_highest():
    rng = np.random.default_rng(1)
    shape = (3, 2 * MOST_WIDTH)
    scales = [common_scale(rng.random(shape).astype(np.float32), nothing(shape)) for _ in range(12)]
    pool = pool_of(scales, nothing(shape), nothing(shape))
    assert pool.items.shape == (3, MOST_WIDTH)
    total = np.sum(scales, axis=0)
    kept = np.take_along_axis(total, pool.items, 1)
    assert (kept.min(axis=1) >= np.quantile(total, 0.4, axis=1)).all()
