"""Two models on the same people: how much they differ, and how sure that is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from embeddings.training import Model, Progress, silent
from graph.errors import InvalidValue
from recommend.evaluation.problem import Problem
from recommend.evaluation.run import trained

RESAMPLES = 2_000
FLIPS = 9_999
AT_A_TIME = 200
"""Draws that are held in memory together."""
COMPARED = ("recall", "ndcg", "hit_rate", "mrr", "map")


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric of two models on the same people.

    Attributes:
        first: mean of the first model.
        second: of the second.
        difference: second less first.
        low: 2.5 % of the bootstrap means of the people's differences.
        high: 97.5 %.
        p: two-sided, of Fisher's randomisation test on the mean of the people's differences, whose signs are drawn
            anew (Smucker et al., CIKM 2007); 1 where nobody differs.
        p_adjusted: the same by Holm's correction over the metrics compared.
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    p: float
    p_adjusted: float = 1.0

    @property
    def is_sure(self) -> bool:
        """Whether both the interval and the corrected test say that they differ, at 5 %."""
        return self.p_adjusted < 0.05 and (self.low > 0 or self.high < 0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on one problem.

    Attributes:
        name: of the data set.
        models: names of the first and the second.
        users: people measured.
        k: length of lists.
        differences: by metric, such as ``ndcg@20``.
    """

    name: str
    models: tuple[str, str]
    users: int
    k: int
    differences: dict[str, Difference]

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        told = {metric: {**asdict(each), "is_sure": each.is_sure} for metric, each in self.differences.items()}
        return {**asdict(self), "differences": told}

    def table(self) -> Table:
        """One row a metric."""
        table = Table(title=f"{self.name}: {self.users:,} people")
        for column in ("metric", *self.models, "difference, 95 %", "p", "sure"):
            table.add_column(column, justify="left" if column in ("metric", "sure") else "right")
        for metric, each in self.differences.items():
            spread = f"{each.difference:+.4f} [{each.low:+.4f}, {each.high:+.4f}]"
            sure = "yes" if each.is_sure else "no"
            table.add_row(metric, f"{each.first:.4f}", f"{each.second:.4f}", spread, f"{each.p_adjusted:.2g}", sure)
        return table


def compare(
    problem: Problem,
    first: str | Model,
    second: str | Model,
    *,
    k: int = 20,
    seed: int = 0,
    progress: Progress = silent,
) -> Comparison:
    """Train both on the same data and compare their lists person by person.

    Args:
        problem: what to learn from and be measured on.
        first: a model with its settings, or ``auto``.
        second: likewise.
        k: length of lists.
        seed: of training and resampling.
        progress: told the finished part.

    Raises:
        InvalidValue: ``k`` is below 1, or nobody is measured.
    """
    if k < 1:
        raise InvalidValue("k", f"{k} is below 1")
    if not len(problem.measured()):
        raise InvalidValue("users", "nobody has anything to be found")
    names, values = [], []
    for place, each in enumerate((first, second)):
        progress(place / 2, each if isinstance(each, str) else each.name)
        found = trained(problem, each, seed)
        names.append(found.name)
        values.append(problem.measure(found.fitted, (k,)))
    rng = np.random.default_rng(seed)
    metrics = (f"{metric}@{k}" for metric in COMPARED)
    apart = {metric: difference(values[0][metric], values[1][metric], rng) for metric in metrics}
    progress(1.0, "done")
    return Comparison(problem.name, (names[0], names[1]), len(problem.measured()), k, _holm(apart))


def difference(first: NDArray[np.float64], second: NDArray[np.float64], rng: np.random.Generator) -> Difference:
    """How two models differ on the same people, ``(n,)`` each; not yet corrected for several metrics."""
    apart = second - first
    draws = rng.integers(0, len(apart), (RESAMPLES, len(apart))) if len(apart) <= 5_000 else None
    if draws is not None:
        means = apart[draws].mean(axis=1)
    else:
        means = np.array([apart[rng.integers(0, len(apart), len(apart))].mean() for _ in range(RESAMPLES)])
    low, high = np.quantile(means, (0.025, 0.975))
    p = sign_flip_p(apart, rng)
    return Difference(float(first.mean()), float(second.mean()), float(apart.mean()), float(low), float(high), p)


def sign_flip_p(apart: NDArray[np.float64], rng: np.random.Generator, flips: int = FLIPS) -> float:
    """How often differences with signs drawn anew have a mean as far from 0, ``(n,)``; at least 1 in ``flips + 1``."""
    seen = abs(float(apart.sum())) * (1 - 1e-12)
    far = 0
    for start in range(0, flips, AT_A_TIME):
        signs = rng.integers(0, 2, (min(AT_A_TIME, flips - start), len(apart)), np.int8) * 2 - 1
        far += int(np.count_nonzero(np.abs(signs @ apart) >= seen))
    return (far + 1) / (flips + 1)


def _holm(found: dict[str, Difference]) -> dict[str, Difference]:
    order = sorted(found, key=lambda name: found[name].p)
    adjusted, so_far = {}, 0.0
    for place, name in enumerate(order):
        so_far = max(so_far, min(1.0, (len(order) - place) * found[name].p))
        adjusted[name] = so_far
    return {
        name: Difference(each.first, each.second, each.difference, each.low, each.high, each.p, adjusted[name])
        for name, each in found.items()
    }
