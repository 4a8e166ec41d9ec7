"""Compiled skip-gram with negative sampling over walks."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from embeddings.gnn.kernels import mixed
from embeddings.walks.kernels import HALF, STEP, Limits, Rows, pick
from graph.compiled import fast_kernel, parallel_kernel

Floats = NDArray[np.float32]

RANGE = 8.0
"""Beyond this the sigmoid counts as that of this."""
CELLS = 4096
FRESH = 3
"""Contrasts drawn anew for each node of a walk. Rows far apart in memory are what a step waits for most."""


@fast_kernel
def _pull(held: Floats, table: Floats, row: int, gradient: Floats, label: float, rate: float, sigmoid: Floats) -> None:
    """One logistic step of a row; what ``held`` is to move by is added to ``gradient``.

    The row is named, not cut out: a slice would cost more than half of the step.
    """
    total = np.float32(0.0)
    for d in range(len(held)):
        total += held[d] * table[row, d]
    cell = int((min(max(float(total), -RANGE), RANGE) + RANGE) * (0.5 * (CELLS - 1) / RANGE))
    error = np.float32(rate * (label - sigmoid[cell]))
    for d in range(len(held)):
        before = table[row, d]
        gradient[d] += error * before
        table[row, d] = before + error * held[d]


@fast_kernel
def _renewed(
    ring: NDArray[np.int64], newest: int, count: int, limits: Limits, alias: Rows, state: np.uint64
) -> tuple[int, np.uint64]:
    """Put some new contrasts in the place of the oldest; where the newest lies, and the state after their draws."""
    for _ in range(count):
        state += STEP
        bits = mixed(state, 0)
        node = pick(bits, len(limits))
        newest = (newest + 1) % len(ring)
        ring[newest] = node if bits >> HALF < limits[node] else alias[node]
    return newest, state


@fast_kernel
def _learn(
    walks: Rows,
    span: tuple[int, int],
    inputs: Floats,
    outputs: Floats,
    limits: Limits,
    alias: Rows,
    window: int,
    negatives: int,
    rate: float,
    seed: np.uint64,
    sigmoid: Floats,
) -> None:
    length = walks.shape[1]
    gradient, held = np.empty(inputs.shape[1], np.float32), np.empty(inputs.shape[1], np.float32)
    state = mixed(seed, span[0])
    ring, newest = np.empty(max(negatives, 2 * window, FRESH), np.int64), 0
    newest, state = _renewed(ring, newest, len(ring), limits, alias, state)
    for row in range(span[0], span[1]):
        for at in range(length):
            node = walks[row, at]
            if node < 0:
                break
            state += STEP
            reach = 1 + pick(mixed(state, 0), window)
            for d in range(len(held)):
                gradient[d] = 0.0
                held[d] = inputs[node, d]
            pairs = 0
            for place in range(max(0, at - reach), min(length, at + reach + 1)):
                other = walks[row, place]
                if other < 0:
                    break
                if place != at:
                    pairs += 1
                    _pull(held, outputs, other, gradient, 1.0, rate, sigmoid)
            draws = max(negatives, pairs)
            weight = rate * pairs * negatives / draws
            newest, state = _renewed(ring, newest, FRESH, limits, alias, state)
            if pairs:
                for back in range(draws):
                    _pull(held, outputs, ring[newest - back], gradient, 0.0, weight, sigmoid)
            for d in range(len(gradient)):
                inputs[node, d] += gradient[d]


@parallel_kernel
def learn(
    walks: Rows,
    parts: int,
    inputs: Floats,
    outputs: Floats,
    limits: Limits,
    alias: Rows,
    window: int,
    negatives: int,
    rate: float,
    seed: np.uint64,
    sigmoid: Floats,
) -> None:
    """One pass of skip-gram over some walks.

    Args:
        walks: ``(w, length)`` nodes; a walk ends at -1.
        parts: equal parts of the walks that are learnt side by side, without locks (Hogwild). One repeats itself.
        inputs: ``(n, dim)`` vectors of nodes, moved.
        outputs: ``(n, dim)`` vectors of nodes as context, moved.
        limits: ``(n,)`` alias table of the nodes drawn by contrast.
        alias: likewise.
        window: a node's context reaches 1 to ``window`` steps either way, drawn anew for each.
        negatives: contrasts that a pair counts. Those of one node's pairs are shared: as many are taken as there are
            pairs, at least ``negatives``, each weighing as much as the contrasts that it stands for. `FRESH` of them
            are new for each node, the others those of the nodes before it on the walk.
        rate: learning rate.
        seed: of the draws.
        sigmoid: `CELLS` values between ``-RANGE`` and ``RANGE``.

    Source:
        Mikolov et al., word2vec, NIPS 2013; shared contrasts: Ji et al., Parallelizing word2vec, 2016.
    """
    each = (len(walks) + parts - 1) // parts
    for part in numba.prange(parts):
        span = (part * each, min(len(walks), (part + 1) * each))
        _learn(walks, span, inputs, outputs, limits, alias, window, negatives, rate, seed, sigmoid)
