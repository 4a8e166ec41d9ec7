"""How good predictions of yes and no are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Labels = NDArray[np.bool_]
Floats = NDArray[np.float64]


def auc(labels: Labels, scores: Floats) -> float:
    """Chance that a right pair scores above a wrong one, equal scores counting half; NaN without both."""
    right = int(labels.sum())
    wrong = len(labels) - right
    if not right or not wrong:
        return float("nan")
    return float((rankdata(scores)[labels].sum() - right * (right + 1) / 2) / (right * wrong))


def auc_by_group(labels: Labels, scores: Floats, groups: NDArray[np.integer]) -> float:
    """`auc` within each group, weighted by its size; groups of one kind of label are left out.

    What tells groups apart, such as how many right pairs a person has, cannot help here.
    """
    found, sizes = [], []
    order = np.argsort(groups, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        value = auc(labels[rows], scores[rows])
        if not np.isnan(value):
            found.append(value)
            sizes.append(len(rows))
    return float(np.average(found, weights=sizes)) if found else float("nan")


def f1_of(labels: Labels, chosen: Labels) -> float:
    """Harmonic mean of precision and recall of what was chosen; 0 where nothing is right."""
    total = int(chosen.sum()) + int(labels.sum())
    return 2 * int((chosen & labels).sum()) / total if total else 0.0


def best_threshold(labels: Labels, chances: Floats) -> float:
    """The threshold with the best F1; what lies at or above it is chosen."""
    order = np.argsort(-chances, kind="stable")
    right = np.cumsum(labels[order])
    f1 = 2 * right / (np.arange(1, len(order) + 1) + labels.sum())
    last = np.append(np.diff(chances[order]) != 0, True)  # equal chances are chosen together
    return float(chances[order][np.where(last, f1, -1).argmax()])
