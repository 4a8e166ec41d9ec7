"""Vectors averaged over layers of graph convolution, where they are needed; the gradient goes the same way back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.gnn.graph import EVERYTHING, NO_ROWS, SymmetricGraph
from embeddings.gnn.kernels import shake
from embeddings.training import Rows

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Layers:
    """What is averaged.

    Attributes:
        count: hops.
        start: whether the vectors before the first hop are part of the mean.
        noise: length of the random vector that is added after each hop, with the signs of what it is added to.
    """

    count: int
    start: bool = True
    noise: float = 0.0

    @property
    def share(self) -> np.float32:
        """Of one layer in the mean."""
        return np.float32(1.0 / (self.count + self.start))


@dataclass(frozen=True, slots=True)
class Seen:
    """Vectors at some rows, or gradients with respect to them, each ``(k, d)``.

    Attributes:
        mean: over the layers.
        first: after one hop.
        start: before it.
    """

    mean: Floats
    first: Floats
    start: Floats


class Propagation:
    """Forward and back over one table's layers, in memory that is kept from step to step.

    The last hop is made for the rows asked for only, and the first hop back reads only from them: the cost of a
    step is ``2 (layers - 1)`` products with the whole matrix, not ``2 layers``. As the matrix is symmetric, the way
    back is the same product. Noise has the signs of what it shakes, which are constant almost everywhere.
    """

    def __init__(self, layers: Layers, nodes: int, dim: int) -> None:
        self.layers = layers
        self._buffers = [np.zeros((nodes, dim), np.float32) for _ in range(2)]
        self._counted = np.zeros(nodes, np.bool_)

    def forward(self, graph: SymmetricGraph, table: Floats, rows: Rows, rng: np.random.Generator) -> Seen:
        """Vectors at ``rows``, which are distinct.

        Args:
            graph: ``n`` nodes.
            table: ``(n, dim)`` vectors before the first hop.
            rows: ``(k,)``.
            rng: of the noise.
        """
        block, start = table, table[rows]
        total = start.copy() if self.layers.start else np.zeros_like(start)
        for hop in range(1, self.layers.count + 1):
            some = rows if hop == self.layers.count else NO_ROWS
            product = self._buffers[hop % 2]
            graph.multiply(block, product, rows=some)
            if self.layers.noise:
                shake(product, some, np.float32(self.layers.noise), rng.integers(0, 2**64, dtype=np.uint64))
            block, here = product, product[rows]
            if hop == 1:
                first = here
            total += here
        return Seen(total * self.layers.share, first, start)

    def backward(self, graph: SymmetricGraph, rows: Rows, gradients: Seen) -> Floats:
        """The gradient ``(n, dim)`` with respect to the table; it stays as it is until the next call."""
        mean = gradients.mean * self.layers.share
        block = self._buffers[0]
        block[rows] = mean
        self._counted[rows] = True
        for hop in range(self.layers.count, 0, -1):
            if hop == 1:
                block[rows] += gradients.first
            product = self._buffers[1] if block is self._buffers[0] else self._buffers[0]
            graph.multiply(block, product, counted=self._counted if hop == self.layers.count else EVERYTHING)
            block = product
            if hop > 1 or self.layers.start:
                block[rows] += mean
        block[rows] += gradients.start
        self._counted[rows] = False
        return block


def mean_of_layers(graph: SymmetricGraph, table: Floats, layers: Layers) -> Floats:
    """The vectors of all rows, without noise."""
    total = table.copy() if layers.start else np.zeros_like(table)
    for _ in range(layers.count):
        product = np.empty_like(table)
        graph.multiply(table, product)
        table = product
        total += table
    total *= layers.share
    return total
