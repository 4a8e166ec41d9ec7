"""LightGCN's settings; torch is imported when it is fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from embeddings.inner import InnerProduct
from embeddings.settings import check_learnable, check_range
from embeddings.training import Progress, TrainingData, silent


@dataclass(frozen=True)
class LightGcn:
    """Vectors averaged over the neighbourhood, trained so that chosen items score above others.

    Attributes:
        dim: length of a vector.
        layers: hops of the neighbourhood.
        epochs: passes over the interactions.
        batch_size: interactions in one step.
        learning_rate: of Adam, at the start; it falls to zero along half a cosine.
        reg: weight of the squared length of the vectors of a step.
        warm_start: begin with singular vectors rather than random ones, which saves most of the epochs.
    """

    name: ClassVar[str] = "lightgcn"
    summary: ClassVar[str] = "Graph convolution without weights, trained with BPR on PyG."
    source: ClassVar[str] = "He et al., LightGCN, SIGIR 2020"
    needs_torch: ClassVar[bool] = True

    dim: int = 64
    layers: int = 3
    epochs: int = 40
    batch_size: int = 8192
    learning_rate: float = 0.005
    reg: float = 1e-4
    warm_start: bool = True

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        for each in ("dim", "layers", "epochs", "batch_size"):
            check_range(self, each, 1)
        check_range(self, "learning_rate", 1e-9, 10)
        check_range(self, "reg", 0)

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> InnerProduct:
        """Train, in O(``epochs · (m / batch_size) · layers · m · dim``) time for ``m`` interactions.

        Raises:
            NothingToLearn: there is no interaction.
        """
        check_learnable(data)
        from embeddings.gnn.lightgcn_torch import trained_vectors

        users, items = trained_vectors(self, data, rng, progress)
        return InnerProduct(users, items)
