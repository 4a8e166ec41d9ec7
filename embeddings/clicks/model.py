"""Click prediction: will this person choose this item? A logistic blend of evidence that never saw the pair itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize

from embeddings.clicks.evidence import Evidence, Known, evidence
from embeddings.clicks.metrics import auc, best_threshold
from embeddings.errors import NothingToLearn
from embeddings.settings import check_range
from embeddings.training import Progress, Rows, silent

Labels = NDArray[np.bool_]
Floats = NDArray[np.float64]

STEPS = 2_000


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic curve over evidence.

    Attributes:
        mean: ``(f,)`` of each column.
        spread: ``(f,)`` standard deviation of each column.
        slopes: ``(f,)``.
        offset: at the mean.
    """

    mean: Floats
    spread: Floats
    slopes: Floats
    offset: float

    def chances(self, columns: Floats) -> Floats:
        """``(n,)`` probabilities."""
        logits = ((columns - self.mean) / self.spread) @ self.slopes + self.offset
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -40, 40))))


@dataclass(frozen=True, slots=True)
class FittedClicks:
    """What was learnt, and what it looks at.

    Attributes:
        known: all choices and facts.
        weights: of the evidence.
        threshold: the probability with the best F1 on the folds.
        fold_auc: AUC on the folds, each predicted by what was learnt from the others.
        seed: of the singular vectors.
    """

    known: Known
    weights: Weights
    threshold: float
    fold_auc: float
    seed: int

    def chances(self, users: Rows, items: Rows) -> Floats:
        """``(n,)`` probability that each person chooses each item."""
        return self.weights.chances(bent(evidence(self.known, users, items, np.random.default_rng(self.seed))))


@dataclass(frozen=True)
class ClickModel:
    """Settings.

    Attributes:
        folds: parts of the pairs; the evidence for the pairs of one is made without them.
        reg: weight of the squared slopes.
    """

    folds: int = 5
    reg: float = 1.0
    name = "clicks"

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        check_range(self, "folds", 2)
        check_range(self, "reg", 0)

    def fit(
        self,
        users: Rows,
        items: Rows,
        labels: Labels,
        facts: sp.csr_array,
        user_count: int,
        *,
        rng: np.random.Generator,
        progress: Progress = silent,
    ) -> FittedClicks:
        """Learn from pairs that were chosen and pairs that were not.

        Args:
            users: ``(n,)`` user rows.
            items: ``(n,)`` item rows.
            labels: ``(n,)`` whether the person chose the item.
            facts: items × facts; see `facts_of`.
            user_count: people.
            rng: draws the folds and starts the singular vectors.
            progress: told the folds.

        Raises:
            NothingToLearn: not both kinds of pairs are there.
        """
        if not labels.any() or labels.all():
            raise NothingToLearn

        def known(part: Labels) -> Known:
            ones = np.ones(int(part.sum()), np.float32)
            shape = (user_count, facts.shape[0])
            return Known(sp.csr_array((ones, (users[part], items[part])), shape=shape), facts)

        fold = rng.integers(0, self.folds, len(users))
        seed = int(rng.integers(0, 2**31))
        columns: Evidence | None = None
        for number in range(self.folds):
            asked = fold == number
            seen = known(labels & ~asked)
            found = bent(evidence(seen, users[asked], items[asked], np.random.default_rng(seed)))
            columns = np.empty((len(users), found.shape[1])) if columns is None else columns
            columns[asked] = found
            progress((number + 1) / (self.folds + 1), f"fold {number + 1} of {self.folds}")
        assert columns is not None, "there are at least two folds"
        chances = np.empty(len(users))
        for number in range(self.folds):
            asked = fold == number
            chances[asked] = blended(columns[~asked], labels[~asked], self.reg).chances(columns[asked])
        weights = blended(columns, labels, self.reg)
        progress(1.0, "weights")
        return FittedClicks(known(labels), weights, best_threshold(labels, chances), auc(labels, chances), seed)


def bent(columns: Evidence) -> Floats:
    """Each column as it is, its root and its logarithm, signs kept: a little evidence is far from none."""
    sizes, signs = np.abs(columns), np.sign(columns)
    return np.column_stack((columns, signs * np.sqrt(sizes), signs * np.log1p(30 * sizes)))


def blended(columns: Floats, labels: Labels, reg: float) -> Weights:
    """Logistic regression.

    Args:
        columns: ``(n, f)``.
        labels: ``(n,)``.
        reg: weight of half the squared slopes of the columns at standard deviation 1.
    """
    mean, spread = columns.mean(axis=0), columns.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    design = np.column_stack(((columns - mean) / spread, np.ones(len(columns))))
    right = labels.astype(np.float64)

    def loss(line: Floats) -> tuple[float, Floats]:
        logits = design @ line
        chances = 1 / (1 + np.exp(-np.clip(logits, -40, 40)))
        slopes = np.append(line[:-1], 0.0)
        value = np.logaddexp(0, logits).sum() - right @ logits + reg / 2 * slopes @ slopes
        return float(value), design.T @ (chances - right) + reg * slopes

    start = np.zeros(design.shape[1])
    line = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    return Weights(mean, spread, line[:-1], float(line[-1]))
