"""Compiled loops of matrix factorisation by stochastic gradient descent."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel

Ints = NDArray[Any]
Floats = NDArray[np.float32]


@kernel
def one_pass(
    users: Ints,
    items: Ints,
    targets: Floats,
    mean: float,
    logistic: bool,
    learning_rate: float,
    reg: float,
    user_bias: Floats,
    item_bias: Floats,
    user_vectors: Floats,
    item_vectors: Floats,
) -> float:
    """One step for each cell, in the order given; the biases and vectors are changed in place.

    The prediction is ``mean + b_u + b_i + p_u · q_i``.

    Args:
        users: ``(m,)`` rows.
        items: ``(m,)`` rows.
        targets: ``(m,)`` ratings, or 0 and 1 for ``logistic``.
        mean: of the targets; 0 for ``logistic``.
        logistic: log-loss of the prediction's sigmoid instead of half its squared error.
        learning_rate: of each step.
        reg: weight of the squared biases and vectors of a step.
        user_bias: ``(users,)``.
        item_bias: ``(items,)``.
        user_vectors: ``(users, dim)``.
        item_vectors: ``(items, dim)``.

    Returns:
        The mean loss before each step: squared error, or log-loss.
    """
    rate, decay = np.float32(learning_rate), np.float32(reg)
    loss = 0.0
    for cell in range(len(users)):
        user, item = users[cell], items[cell]
        left, right = user_vectors[user], item_vectors[item]
        found = np.float32(mean) + user_bias[user] + item_bias[item]
        for axis in range(len(left)):
            found += left[axis] * right[axis]
        if logistic:
            chance = np.float32(1) / (np.float32(1) + np.exp(-found))
            error = targets[cell] - chance
            loss -= np.log(max(np.float32(1e-7), chance if targets[cell] > 0 else np.float32(1) - chance))
        else:
            error = targets[cell] - found
            loss += error * error
        user_bias[user] += rate * (error - decay * user_bias[user])
        item_bias[item] += rate * (error - decay * item_bias[item])
        for axis in range(len(left)):
            mine, other = left[axis], right[axis]
            left[axis] += rate * (error * other - decay * mine)
            right[axis] += rate * (error * mine - decay * other)
    return loss / max(1, len(users))
