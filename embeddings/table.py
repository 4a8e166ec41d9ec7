"""Vectors of all nodes of one label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class EmbeddingTable:
    """One vector a row of the snapshot that the model was trained on.

    Attributes:
        label: of the nodes, such as ``"Product"``; what follows a colon tells several tables of a label apart.
        vectors: ``(n, dim)`` float32, often memory-mapped and read-only. Nodes newer than the snapshot have none.
    """

    label: str
    vectors: NDArray[np.float32]

    def __post_init__(self) -> None:
        """Refuse arrays that are no table.

        Raises:
            InvalidValue: not two axes, not float32, or a value that is not finite.
        """
        if self.vectors.ndim != 2 or self.vectors.dtype != np.float32:
            raise InvalidValue(self.label, f"expected rows of float32, got {self.vectors.shape} {self.vectors.dtype}")
        if not np.isfinite(self.vectors).all():
            raise InvalidValue(self.label, "a vector holds a value that is not finite")

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self.vectors.shape[1])

    def __len__(self) -> int:
        return len(self.vectors)

    def known(self, row: int) -> bool:
        """Whether the row has a vector that says anything: it was there, and had edges, when the model was trained."""
        return 0 <= row < len(self.vectors) and bool(self.vectors[row].any())
