"""Learning what each kind of path is worth, for `recommend.sources.knowledge.PathCount`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from embeddings.errors import NothingToLearn
from recommend.prepared import Prepared
from recommend.query import RecommendationQuery
from recommend.questions import products_for
from recommend.sources.knowledge import PATHS, PathCount

MOST_OFFERED = 300
"""Products that the right one is told from: those that the paths of all kinds together rank highest."""
RIDGE = 1e-4
MOST_WEIGHT = 1e3


@dataclass(frozen=True, slots=True)
class LearnedPaths:
    """Weights of kinds of paths and what they bring.

    Attributes:
        weights: by setting of `PathCount`; the largest is 1.
        people: how many were learned from.
        before: mean reciprocal rank of the hidden product with the weights that were there, on people not learned from.
        after: the same with weights learned on the other half of the people.
    """

    weights: dict[str, float]
    people: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class _Example:
    """One person's offered products.

    Attributes:
        counts: ``(kinds, products)`` paths of each kind.
        right: column of the product that was hidden.
    """

    counts: NDArray[np.float64]
    right: int


def learn_path_weights(
    prepared: Prepared, source: PathCount, seen: NDArray[np.bool_], *, people: int, rng: np.random.Generator
) -> LearnedPaths:
    """Hide each person's newest product, find it again by paths from the others, and weigh the kinds by what finds it.

    The loss is the surprise at the hidden product among all offered, by the softmax of the weighed sums; weights are
    not negative.

    Args:
        prepared: the view and what counts as interest.
        source: how far paths go; its weights are where learning starts.
        seen: as of `recommend.questions.products_for`.
        people: most people to learn from, drawn at random.
        rng: draws them.

    Raises:
        NothingToLearn: for fewer than two people the hidden product can be found.
    """
    drawn = rng.permutation(prepared.view.count("User"))
    examples: list[_Example] = []
    for row in drawn.tolist():
        if len(examples) == people:
            break
        if example := _example(prepared, source, products_for(prepared, row, seen, 0)):
            examples.append(example)
    if len(examples) < 2:
        raise NothingToLearn
    start = np.array([getattr(source, name) for name in PATHS], np.float64)
    halves = examples[::2], examples[1::2]
    after = [_mean_rank(halves[1 - side], _learned(halves[side], start)) for side in (0, 1)]
    learned = _learned(examples, start)
    learned /= max(float(learned.max()), 1e-12)
    weights = {name: round(float(each), 4) for name, each in zip(PATHS, learned, strict=True)}
    return LearnedPaths(weights, len(examples), _mean_rank(examples, start), float(np.mean(after)))


def _example(prepared: Prepared, source: PathCount, query: RecommendationQuery) -> _Example | None:
    """What the paths from all but the newest product offer, where the newest is among it."""
    if len(query.anchors) < 2:
        return None
    hidden, rest = int(query.anchors[0]), query.anchors[1:]
    asked = replace(
        query, anchors=rest, anchor_scores=query.anchor_scores[1:], known=query.known[query.known != hidden]
    )
    found = [_reached(prepared, source, asked, kind) for kind in PATHS.values()]
    rows = np.unique(np.concatenate([each[0] for each in found]))
    masked = asked.hidden[np.minimum(rows, max(len(asked.hidden) - 1, 0))] if len(asked.hidden) else np.zeros(len(rows))
    rows = rows[~np.isin(rows, asked.known) & ~masked.astype(bool)]
    counts = np.zeros((len(PATHS), len(rows)))
    for kind, (reached, scores) in enumerate(found):
        inside = np.isin(reached, rows)
        counts[kind, np.searchsorted(rows, reached[inside])] = scores[inside]
    best = np.argsort(-counts.sum(axis=0), kind="stable")[:MOST_OFFERED]
    right = np.flatnonzero(rows[best] == hidden)
    return _Example(counts[:, best], int(right[0])) if len(right) else None


def _reached(
    prepared: Prepared, source: PathCount, query: RecommendationQuery, kind: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    tally, reached = source.follow(prepared.view, query, {kind: 1.0})
    entries = tally.table[tally.used[:reached]]
    return entries["row"].copy(), entries["score"].copy()


def _learned(examples: list[_Example], start: NDArray[np.float64]) -> NDArray[np.float64]:
    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        surprise, slope = RIDGE * float(weights @ weights), 2 * RIDGE * weights
        for each in examples:
            total = weights @ each.counts
            chance = np.exp(total - total.max())
            chance /= chance.sum()
            surprise -= float(np.log(max(chance[each.right], 1e-300))) / len(examples)
            slope = slope + (each.counts @ chance - each.counts[:, each.right]) / len(examples)
        return surprise, slope

    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, MOST_WEIGHT)] * len(start), options={"maxiter": 100}
    )
    return np.asarray(found.x, np.float64)


def _mean_rank(examples: list[_Example], weights: NDArray[np.float64]) -> float:
    """Mean reciprocal rank; of equal scores the middle place counts."""
    ranks = []
    for each in examples:
        total = weights @ each.counts
        ahead, level = int((total > total[each.right]).sum()), int((total == total[each.right]).sum())
        ranks.append(1 / (ahead + (level + 1) / 2))
    return float(np.mean(ranks))
