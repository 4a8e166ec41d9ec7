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


@fast_kernel
def _pull(vector: Floats, other: Floats, gradient: Floats, label: float, rate: float, sigmoid: Floats) -> None:
    """One logistic step of ``other``; what ``vector`` is to move by is added to ``gradient``."""
    total = np.float32(0.0)
    for d in range(len(vector)):
        total += vector[d] * other[d]
    cell = int((min(max(float(total), -RANGE), RANGE) + RANGE) * (0.5 * (CELLS - 1) / RANGE))
    error = np.float32(rate * (label - sigmoid[cell]))
    for d in range(len(vector)):
        gradient[d] += error * other[d]
        other[d] += error * vector[d]


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
    length, nodes = walks.shape[1], len(limits)
    gradient, held = np.empty(inputs.shape[1], np.float32), np.empty(inputs.shape[1], np.float32)
    state = mixed(seed, span[0])
    for row in range(span[0], span[1]):
        for at in range(length):
            node = walks[row, at]
            if node < 0:
                break
            state += STEP
            reach = 1 + pick(mixed(state, 0), window)
            gradient[:] = 0
            held[:] = inputs[node]
            pairs = 0
            for place in range(max(0, at - reach), min(length, at + reach + 1)):
                other = walks[row, place]
                if other < 0:
                    break
                if place != at:
                    pairs += 1
                    _pull(held, outputs[other], gradient, 1.0, rate, sigmoid)
            draws = max(negatives, pairs)
            weight = rate * pairs * negatives / draws
            for _ in range(draws):
                state += STEP
                bits = mixed(state, 0)
                drawn = pick(bits, nodes)
                if bits >> HALF >= limits[drawn]:
                    drawn = int(alias[drawn])
                if pairs:
                    _pull(held, outputs[drawn], gradient, 0.0, weight, sigmoid)
            inputs[node] += gradient


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
        negatives: contrasts that a pair counts. Those of one node's pairs are shared: as many are drawn as there are
            pairs, at least ``negatives``, each weighing as much as the contrasts that it stands for.
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
