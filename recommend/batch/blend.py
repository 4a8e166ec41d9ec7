"""Finding the weights of a blend of models, on what they say of some people's items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize

from embeddings.hybrid import Scores, part_of_best
from embeddings.metrics import hits_of, ndcg, recall

WEIGHTS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0)
SMALLEST_GAIN = 0.005
"""What another part must gain, relatively, to be worth its cost and its risk."""
POOL_DEPTH = 80
MOST_WIDTH = 300
"""Items kept of one user: those that the models together rank highest."""
LENGTH = 20
RIDGE = 1e-3
"""Weight of the squared weights beside the mean loss of a person, in learning."""
STEPS = 80
"""Of learning, at most."""
Weights = NDArray[np.float64]
"""``(models,)`` weights of logarithms, or ``(2, models)``: of logarithms, then of the plain parts of the best."""


@dataclass(frozen=True, slots=True)
class Pool:
    """What several models say about the items that any of them ranks high, for some users.

    Attributes:
        opinions: ``(models, users, width)`` float32 on the common scale; -inf where a user's pool is shorter.
        items: ``(users, width)`` item rows, -1 behind the end.
        right: ``(users, items)`` right answers.
    """

    opinions: Scores
    items: NDArray[np.int64]
    right: sp.csr_array

    def of(self, users: NDArray[np.int64]) -> Pool:
        """The pool of some of the users."""
        return Pool(self.opinions[:, users], self.items[users], self.right[users])

    def __len__(self) -> int:
        return len(self.items)

    def quality(self, weights: Weights) -> tuple[float, float]:
        """NDCG@20 and recall@20 of the weighted sum."""
        opinions = np.where(self.items >= 0, self.opinions, np.float32(0))
        logs, plain = np.atleast_2d(weights)[0], np.atleast_2d(weights)[1:]
        total = np.tensordot(logs.astype(np.float32), opinions, axes=1)
        if plain.any():
            total += np.tensordot(plain[0].astype(np.float32), part_of_best(opinions), axes=1)
        total[self.items < 0] = -np.inf
        depth = min(LENGTH, total.shape[1])
        found = np.argpartition(-total, depth - 1, axis=1)[:, :depth]
        order = np.argsort(-np.take_along_axis(total, found, axis=1), axis=1, kind="stable")
        ranked = np.take_along_axis(self.items, np.take_along_axis(found, order, axis=1), axis=1)
        ranked = np.pad(ranked, ((0, 0), (0, LENGTH - depth)), constant_values=-1)
        hits, counts = hits_of(ranked, self.right), np.diff(self.right.indptr).astype(np.int64)
        return float(ndcg(hits, counts).mean()), float(recall(hits, counts).mean())


def pool_of(scales: Sequence[Scores], known: sp.csr_array, right: sp.csr_array) -> Pool:
    """Join the best `POOL_DEPTH` unknown items of each model.

    Args:
        scales: ``(users, items)`` a model, on the common scale.
        known: ``(users, items)`` never ranked.
        right: ``(users, items)`` right answers.
    """
    depth = min(POOL_DEPTH, known.shape[1])
    owner = np.repeat(np.arange(known.shape[0]), np.diff(known.indptr))
    chosen = np.zeros(known.shape, bool)
    for scale in scales:
        free = scale.copy()
        free[owner, known.indices] = -np.inf
        np.put_along_axis(chosen, np.argpartition(-free, depth - 1, axis=1)[:, :depth], values=True, axis=1)
    chosen[owner, known.indices] = False
    _keep_best(chosen, scales)
    user, item = np.nonzero(chosen)
    sizes = np.bincount(user, minlength=known.shape[0])
    place = np.arange(len(user)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    items = np.full((known.shape[0], max(1, int(sizes.max(initial=0)))), -1, np.int64)
    items[user, place] = item
    opinions = np.full((len(scales), *items.shape), -np.inf, np.float32)
    for at, scale in enumerate(scales):
        opinions[at, user, place] = scale[user, item]
    return Pool(opinions, items, right)


def _keep_best(chosen: NDArray[np.bool_], scales: Sequence[Scores]) -> None:
    """Leave at most `MOST_WIDTH` items of each user: the best by the sum of all opinions."""
    if chosen.sum(axis=1).max(initial=0) <= MOST_WIDTH:
        return
    total = np.zeros(chosen.shape, np.float32)
    for scale in scales:
        total += scale
    total[~chosen] = -np.inf
    least = -np.partition(-total, MOST_WIDTH - 1, axis=1)[:, MOST_WIDTH - 1]
    chosen &= total >= least[:, None]


def search_weights(pool: Pool, first: int, rounds: int = 2) -> Weights:
    """Weights by coordinate search: start with one model alone, then change one weight at a time while it pays.

    Args:
        pool: where quality is measured, by the sum of NDCG@20 and recall@20.
        first: the model to start with.
        rounds: passes over all models, at most.

    Returns:
        ``(models,)`` from 0 up; deterministic.
    """
    weights = np.zeros(len(pool.opinions))
    weights[first] = 1.0
    best = sum(pool.quality(weights))
    for _ in range(rounds):
        before = weights.copy()
        for place in range(len(weights)):
            weights, best = _best_weight(pool, weights, place, best)
        if np.array_equal(before, weights):
            break
    return weights


def _best_weight(pool: Pool, weights: Weights, place: int, best: float) -> tuple[Weights, float]:
    kept, held = weights, best
    for value in WEIGHTS:
        changed = weights.copy()
        changed[place] = value
        if value == weights[place] or not changed.any():
            continue
        margin = 1 + SMALLEST_GAIN * (np.count_nonzero(changed) - np.count_nonzero(kept))
        quality = sum(pool.quality(changed))
        if quality > held * margin:
            kept, held = changed, quality
    return kept, held


def learn_weights(pool: Pool) -> Weights:
    """Weights that make the right answers likely, chosen among the pool by the softmax of their sums.

    Both the logarithm and the plain part of the best get a weight, of either sign: the first tells apart what is at the
    bottom, the second what is at the top. A convex loss with a small ridge has one best answer; no search is needed.

    Returns:
        ``(2, models)``; zeros where nobody's right answer is in the pool.

    Source:
        Cao et al., "Learning to rank: from pairwise approach to listwise approach", ICML 2007: the top-one loss, each
        right answer of a person counting alike.
    """
    right = _right_cells(pool)
    people = np.flatnonzero(right.any(axis=1))
    count = len(pool.opinions)
    if not len(people):
        return np.zeros((2, count))
    logs = np.where(pool.items[people] >= 0, pool.opinions[:, people], np.float32(0))
    inputs = np.concatenate((logs, part_of_best(logs.copy())))
    behind, answers = pool.items[people] < 0, right[people].astype(np.float32)
    wanted, mean_wanted = answers.sum(axis=1, keepdims=True), np.tensordot(inputs, answers, axes=2) / len(people)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total = np.tensordot(weights.astype(np.float32), inputs, axes=1)
        total -= np.where(behind, -np.inf, total).max(axis=1, keepdims=True)
        chance = np.where(behind, 0, np.exp(np.minimum(total, 0)))
        norm = chance.sum(axis=1, keepdims=True)
        missed = (wanted * np.log(norm)).sum() - (total * answers).sum()
        slope = np.tensordot(inputs, chance / norm * wanted, axes=2) / len(people) - mean_wanted
        ridge = RIDGE * float(weights @ weights)
        return float(missed) / len(people) + ridge, np.asarray(slope + 2 * RIDGE * weights, np.float64)

    found = minimize(loss, np.zeros(2 * count), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return np.asarray(found.x, np.float64).reshape(2, count)


def _right_cells(pool: Pool) -> NDArray[np.bool_]:
    """``(users, width)`` which cells of the pool are right answers."""
    return hits_of(pool.items, pool.right)


def joined(pools: Sequence[Pool]) -> Pool:
    """The users of several pools as different users."""
    width = max(pool.items.shape[1] for pool in pools)
    room = [width - pool.items.shape[1] for pool in pools]
    opinions = [
        np.pad(pool.opinions, ((0, 0), (0, 0), (0, more)), constant_values=-np.inf)
        for pool, more in zip(pools, room, strict=True)
    ]
    items = [
        np.pad(pool.items, ((0, 0), (0, more)), constant_values=-1) for pool, more in zip(pools, room, strict=True)
    ]
    right = sp.vstack([pool.right for pool in pools], format="csr")
    return Pool(np.concatenate(opinions, axis=1), np.concatenate(items), right)
