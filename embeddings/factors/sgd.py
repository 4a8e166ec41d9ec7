"""Matrix factorisation with biases by stochastic gradient descent: for ranking, and for ratings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from embeddings.factors import kernels_sgd as kernels
from embeddings.inner import InnerProduct
from embeddings.ratings import Ratings, check_ratings
from embeddings.settings import check_learnable, check_range
from embeddings.training import Progress, Rows, TrainingData, silent

SPREAD = 0.1
"""Standard deviation of a vector's length at the start."""

Floats = NDArray[np.float32]
Cells = tuple[Rows, Rows, Floats]
"""Users, items, targets."""


@dataclass(frozen=True, slots=True)
class Biased:
    """``mean + b_u + b_i + p_u · q_i``.

    Attributes:
        mean: of all ratings; 0 in ranking.
        user_bias: ``(users,)`` float32.
        item_bias: ``(items,)`` float32.
        users: ``(users, dim)`` float32.
        items: ``(items, dim)`` float32.
    """

    mean: float
    user_bias: Floats
    item_bias: Floats
    users: Floats
    items: Floats

    def predict(self, users: Rows, items: Rows) -> Floats:
        """The ratings of ``(m,)`` users for ``(m,)`` items, not held inside any scale."""
        inner = np.einsum("cd,cd->c", self.users[users], self.items[items])
        return np.asarray(self.mean + self.user_bias[users] + self.item_bias[items] + inner, np.float32)

    def inner(self) -> InnerProduct:
        """The same as plain inner products, with a column for the items' biases.

        The users' biases are left out: they say nothing about which item comes first.
        """
        one = np.ones((len(self.users), 1), np.float32)
        return InnerProduct(
            np.concatenate((self.users, one), axis=1), np.concatenate((self.items, self.item_bias[:, None]), axis=1)
        )


@dataclass(frozen=True)
class Mf:
    """Biases and vectors by log-loss on what was chosen and on drawn items that were not.

    Attributes:
        dim: length of a vector.
        epochs: passes over the interactions.
        learning_rate: of each step, at the start; it falls to a tenth in a straight line.
        reg: weight of the squared biases and vectors of a step.
        negatives: items drawn for each interaction, all items alike; a drawn item that was chosen counts as not chosen.
    """

    name: ClassVar[str] = "mf"
    summary: ClassVar[str] = "Matrix factorisation with biases, by gradient steps on drawn items."
    source: ClassVar[str] = (
        "Koren, Bell, Volinsky, Matrix factorization techniques, Computer 2009; log-loss on drawn items: He et al., "
        "NCF, WWW 2017"
    )
    needs_torch: ClassVar[bool] = False

    dim: int = 64
    epochs: int = 30
    learning_rate: float = 0.05
    reg: float = 0.01
    negatives: int = 4

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        for each in ("dim", "epochs", "negatives"):
            check_range(self, each, 1)
        check_range(self, "learning_rate", 1e-9, 10)
        check_range(self, "reg", 0, 10)

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> InnerProduct:
        """Train, in O(``epochs · negatives · m · dim``) time for ``m`` interactions, on one thread.

        Raises:
            NothingToLearn: there is no interaction.
        """
        check_learnable(data)
        passes = (self._drawn(data, rng) for _ in range(self.epochs))
        start = _start(data.user_count, data.item_count, self.dim, 0.0, rng)
        return _descended(start, passes, self, progress, logistic=True).inner()

    def _drawn(self, data: TrainingData, rng: np.random.Generator) -> Cells:
        """The interactions and the drawn cells of one pass, shuffled."""
        chosen = len(data.users)
        order = rng.permutation(chosen * (1 + self.negatives))
        users = np.tile(data.users, 1 + self.negatives)[order]
        drawn = rng.integers(0, data.item_count, chosen * self.negatives, dtype=np.int32)
        targets = (order < chosen).astype(np.float32)
        return users, np.concatenate((data.items, drawn))[order], targets


@dataclass(frozen=True)
class RatedMf:
    """Biases and vectors by squared error on ratings.

    Attributes:
        dim: length of a vector.
        epochs: passes over the ratings.
        learning_rate: of each step, at the start; it falls to a tenth in a straight line.
        reg: weight of the squared biases and vectors of a step.
    """

    name: ClassVar[str] = "mf"
    summary: ClassVar[str] = "Matrix factorisation with biases, by gradient steps on ratings."
    source: ClassVar[str] = "Koren, Bell, Volinsky, Matrix factorization techniques, Computer 2009"

    dim: int = 32
    epochs: int = 40
    learning_rate: float = 0.02
    reg: float = 0.1

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        for each in ("dim", "epochs"):
            check_range(self, each, 1)
        check_range(self, "learning_rate", 1e-9, 10)
        check_range(self, "reg", 0, 10)

    def fit(self, ratings: Ratings, *, rng: np.random.Generator, progress: Progress = silent) -> Biased:
        """Train, in O(``epochs · m · dim``) time for ``m`` ratings, on one thread.

        Raises:
            NothingToLearn: there is no rating.
        """
        check_ratings(ratings)
        start = _start(ratings.user_count, ratings.item_count, self.dim, float(ratings.values.mean()), rng)
        return _descended(start, (_shuffled(ratings, rng) for _ in range(self.epochs)), self, progress, logistic=False)


def _shuffled(ratings: Ratings, rng: np.random.Generator) -> Cells:
    order = rng.permutation(len(ratings.users))
    return ratings.users[order], ratings.items[order], ratings.values[order]


def _start(user_count: int, item_count: int, dim: int, mean: float, rng: np.random.Generator) -> Biased:
    scale = np.float32(SPREAD / np.sqrt(dim))
    return Biased(
        mean,
        np.zeros(user_count, np.float32),
        np.zeros(item_count, np.float32),
        rng.standard_normal((user_count, dim), np.float32) * scale,
        rng.standard_normal((item_count, dim), np.float32) * scale,
    )


def _descended(
    start: Biased, passes: Iterator[Cells], settings: Mf | RatedMf, progress: Progress, *, logistic: bool
) -> Biased:
    for turn, (users, items, targets) in enumerate(passes):
        rate = settings.learning_rate * (1.0 - 0.9 * turn / settings.epochs)
        loss = kernels.one_pass(
            users,
            items,
            targets,
            start.mean,
            logistic,
            rate,
            settings.reg,
            start.user_bias,
            start.item_bias,
            start.users,
            start.items,
        )
        progress((turn + 1) / settings.epochs, f"loss {loss:.4f}")
    return start
