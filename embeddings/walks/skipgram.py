"""Vectors of nodes out of walks: skip-gram with negative sampling, walk by walk, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.training import Progress, Rows, silent
from embeddings.walks.graph import drawn_by
from embeddings.walks.kernels_skipgram import CELLS, RANGE, learn

SMOOTHING = 0.75
"""Power of a node's degree that it is drawn by as a contrast, as word2vec has it."""
LEAST_RATE = 1e-3
"""The learning rate falls in a line to this part of itself."""
MOST_WALKS = 8192
"""Walks in memory at a time."""
STEPS = 100
"""Changes of the learning rate in a training, at least where there are as many walks."""
SIGMOID = (1.0 / (1.0 + np.exp(-np.linspace(-RANGE, RANGE, CELLS)))).astype(np.float32)


@dataclass(frozen=True, slots=True)
class NodeVectors:
    """What skip-gram learnt.

    Attributes:
        embedding: ``(n, dim)`` float32: the vectors of nodes.
        context: ``(n, dim)`` float32: nodes as what is met on a walk. ``embedding[a] @ context[b]`` grows with how
            much oftener than by its degree ``b`` is met near ``a``.
    """

    embedding: NDArray[np.float32]
    context: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SkipGram:
    """Settings of skip-gram.

    Attributes:
        dim: length of a vector.
        window: a context reaches 1 to ``window`` steps either way.
        negatives: contrasts of a pair.
        learning_rate: at the start.
        threads: that learn side by side without locks; one repeats itself from a seed, more do not.
    """

    dim: int = 128
    window: int = 10
    negatives: int = 5
    learning_rate: float = 0.025
    threads: int = 1

    def fit(
        self,
        starts: Rows,
        walked: Callable[[Rows], Rows],
        frequency: NDArray[np.float64],
        rng: np.random.Generator,
        progress: Progress = silent,
    ) -> NodeVectors:
        """Learn, in O(nodes of walks · ``window · dim``) time and O(n · dim) memory beside the graph.

        Args:
            starts: ``(w,)`` where walks start, in the order of learning.
            walked: makes ``(k, length)`` walks of ``(k,)`` starts; -1 ends a walk.
            frequency: ``(n,)`` how often each node is met, in any unit; not all 0.
            rng: of the first vectors and of the contrasts.
            progress: told after each part of the walks.
        """
        count = len(frequency)
        inputs = (rng.random((count, self.dim), np.float32) - np.float32(0.5)) / np.float32(self.dim)
        outputs = np.zeros((count, self.dim), np.float32)
        drawn = drawn_by(frequency**SMOOTHING)
        size = min(MOST_WALKS, max(1, -(-len(starts) // STEPS)))
        for first in range(0, len(starts), size):
            rate = self.learning_rate * max(1.0 - first / len(starts), LEAST_RATE)
            walks = walked(starts[first : first + size])
            seed = rng.integers(0, 2**64, dtype=np.uint64)
            tables = (inputs, outputs, drawn.limits, drawn.alias)
            learn(walks, self.threads, *tables, self.window, self.negatives, rate, seed, SIGMOID)
            done = min(1.0, (first + size) / len(starts))
            progress(done, f"{len(starts):,} walks")
        return NodeVectors(inputs, outputs)
