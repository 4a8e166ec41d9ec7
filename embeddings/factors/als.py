"""Matrix factorisation by alternating least squares over everything, chosen or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from embeddings.errors import TrainingMissing
from embeddings.inner import InnerProduct
from embeddings.settings import check_learnable, check_range
from embeddings.training import Progress, TrainingData, silent


@dataclass(frozen=True)
class Als:
    """Every cell counts: a chosen one as 1 with weight ``alpha``, another as 0 with weight 1.

    Attributes:
        dim: length of a vector.
        epochs: rounds over all people and all items.
        alpha: weight of a chosen cell beside one that was not.
        reg: weight of the squared length of a vector.
    """

    name: ClassVar[str] = "als"
    summary: ClassVar[str] = "Matrix factorisation over all cells by alternating least squares; implicit."
    source: ClassVar[str] = (
        "Hu, Koren, Volinsky, Collaborative filtering for implicit feedback datasets, ICDM 2008; conjugate gradients: "
        "Takács, Pilászy, Tikk, RecSys 2011"
    )
    needs_torch: ClassVar[bool] = False

    dim: int = 64
    epochs: int = 15
    alpha: float = 10.0
    reg: float = 5.0

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        check_range(self, "dim", 1)
        check_range(self, "epochs", 1)
        check_range(self, "alpha", 1e-6)
        check_range(self, "reg", 1e-6)

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> InnerProduct:
        """Train, in O(``epochs · (m · dim + (users + items) · dim²)``) time for ``m`` interactions.

        Raises:
            NothingToLearn: there is no interaction.
            TrainingMissing: implicit is not installed.
        """
        check_learnable(data)
        try:
            from implicit.cpu.als import AlternatingLeastSquares
        except ImportError as error:
            raise TrainingMissing(self.name, "implicit") from error
        with threadpool_limits(1, "blas"):
            learner = AlternatingLeastSquares(
                factors=self.dim,
                regularization=self.reg,
                alpha=self.alpha,
                iterations=self.epochs,
                random_state=int(rng.integers(2**31)),
            )
            learner.fit(
                csr_matrix(data.matrix()),
                show_progress=False,
                callback=lambda turn, _seconds, *_: progress(
                    (turn + 1) / self.epochs, f"round {turn + 1} of {self.epochs}"
                ),
            )
        return InnerProduct(
            np.ascontiguousarray(learner.user_factors, np.float32),
            np.ascontiguousarray(learner.item_factors, np.float32),
        )
