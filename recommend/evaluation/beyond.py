"""What lists are like beside being right: whom and what they serve."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.metrics import coverage
from embeddings.training import TrainingData

Top = NDArray[np.int64]
LOOKED_AT = 2_000
"""People whose lists are compared within for `diversity`: the first ones, so that every model meets the same."""


def beyond(top: Top, data: TrainingData) -> dict[str, float]:
    """Figures of all lists together.

    Args:
        top: ``(n, k)`` as of `Problem.top`; -1 where there is no item.
        data: what the model learnt from.

    Returns:
        By name:

        - ``coverage``: part of all items on anybody's list;
        - ``gini``: 0 where every item is shown as often, near 1 where few are shown always;
        - ``novelty``: mean of ``-log2`` of the part of people who chose the item before;
        - ``popularity``: how often shown items were chosen before, over the same of what people chose: 1 where lists
          are as popular as choices, more where they are more so;
        - ``diversity``: 1 less the mean cosine of two items of a list, by who chose them.
    """
    shown = np.bincount(top[top >= 0], minlength=data.item_count)
    chosen = np.bincount(data.items, minlength=data.item_count)
    return {
        "coverage": coverage(top, data.item_count),
        "gini": gini(shown),
        "novelty": _novelty(top, chosen, data.user_count),
        "popularity": _popularity(top, chosen),
        "diversity": _diversity(top[:LOOKED_AT], data.matrix()),
    }


def gini(counts: NDArray[np.int64]) -> float:
    """Gini coefficient of counts, ``(n,)``; 0 where there are none."""
    total = counts.sum()
    if not total:
        return 0.0
    ranks = np.arange(1, len(counts) + 1)
    return float((2 * ranks - len(counts) - 1) @ np.sort(counts) / (len(counts) * total))


def _novelty(top: Top, chosen: NDArray[np.int64], people: int) -> float:
    items = top[top >= 0]
    if not len(items):
        return 0.0
    part = np.maximum(chosen[items], 1) / max(people, 1)  # what nobody chose is as new as what one did
    return float(np.mean(-np.log2(part)))


def _popularity(top: Top, chosen: NDArray[np.int64]) -> float:
    items = top[top >= 0]
    usual = float(chosen @ chosen) / max(1, int(chosen.sum()))
    return float(chosen[items].mean() / usual) if len(items) and usual else 0.0


def _diversity(top: Top, matrix: sp.csr_array) -> float:
    """Lists of one item are left out; two items that nobody chose are not alike."""
    by_item = sp.csc_array(matrix)
    lengths = np.sqrt(np.maximum(np.diff(by_item.indptr), 1))
    unit = (by_item / lengths).tocsc()
    found = []
    for row in top:
        items = row[row >= 0]
        if len(items) > 1:
            part = unit[:, items]
            alike = (part.T @ part).sum() - part.multiply(part).sum()
            found.append(1 - alike / (len(items) * (len(items) - 1)))
    return float(np.mean(found)) if found else 0.0


def slices(data: TrainingData, users: NDArray[np.int32], test: sp.csr_array) -> Mapping[str, NDArray[np.bool_]]:
    """Groups of the measured people, ``(n,)`` bool by name; those without anybody are left out.

    Cold people chose at most five items before; the others are halved at their median. People of the long tail look
    for items that, at the median, fewer chose than the middle item of the training part. Where there are follows,
    people who follow anybody are told from those who follow nobody.

    Args:
        data: what models learn from.
        users: ``(n,)`` rows that are measured.
        test: users × items, the right answers.
    """
    activity = np.bincount(data.users, minlength=data.user_count)[users]
    cold = activity <= 5
    middle = np.median(activity[~cold]) if (~cold).any() else 0
    chosen = np.bincount(data.items, minlength=data.item_count)
    typical = np.median(chosen[chosen > 0]) if chosen.any() else 0
    wanted = np.array(
        [np.median(chosen[_row(test, row)]) if len(_row(test, row)) else np.inf for row in users.tolist()]
    )
    groups = {
        "cold people": cold,
        "less active people": ~cold & (activity <= middle),
        "more active people": ~cold & (activity > middle),
        "long tail": wanted < typical,
    }
    if len(data.followers):
        follows = np.isin(users, data.followers)
        groups |= {"follow somebody": follows, "follow nobody": ~follows}
    return {name: mask for name, mask in groups.items() if mask.any()}


def _row(matrix: sp.csr_array, row: int) -> NDArray[np.int32]:
    return np.asarray(matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]])
