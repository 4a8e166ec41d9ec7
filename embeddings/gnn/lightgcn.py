"""LightGCN and what grew out of it: settings; torch is imported when one is fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from embeddings.errors import UnknownSetting
from embeddings.inner import InnerProduct
from embeddings.settings import check_learnable, check_range
from embeddings.training import Progress, TrainingData, silent

SAMPLERS = ("uniform", "popularity", "hard")


@dataclass(frozen=True)
class GraphConvolution:
    """Settings of a model whose vectors are means over the neighbourhood, and how it is fitted.

    Attributes:
        dim: length of a vector.
        layers: hops of the neighbourhood.
        epochs: passes over the interactions.
        batch_size: interactions in one step.
        learning_rate: of Adam, at the start; it falls to zero along half a cosine.
        reg: weight of the squared length of the vectors of a step.
        warm_start: begin with singular vectors rather than random ones, which saves most of the epochs.
        negatives: how the item is drawn that a chosen one is compared with: ``uniform``, by ``popularity`` ** 0.75, or
            ``hard``, the one of ``candidates`` uniform draws that scores highest.
        candidates: draws of ``hard``.
        dropout: part of the arcs that an epoch does without.
        debias: an interaction counts ``popularity of its item ** -debias``, which lifts rare items; 0 counts all alike.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    source: ClassVar[str]
    needs_torch: ClassVar[bool] = True

    dim: int = 64
    layers: int = 3
    epochs: int = 40
    batch_size: int = 8192
    learning_rate: float = 0.005
    reg: float = 1e-4
    warm_start: bool = True
    negatives: str = "uniform"
    candidates: int = 4
    dropout: float = 0.0
    debias: float = 0.0

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        for each in ("dim", "layers", "epochs", "batch_size", "candidates"):
            check_range(self, each, 1)
        check_range(self, "learning_rate", 1e-9, 10)
        check_range(self, "reg", 0)
        check_range(self, "dropout", 0, 0.95)
        check_range(self, "debias", 0, 1)
        if self.negatives not in SAMPLERS:
            raise UnknownSetting(self.name, "negatives", f"{self.negatives!r} is none of {', '.join(SAMPLERS)}")

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> InnerProduct:
        """Train, in O(``epochs · (m / batch_size) · layers · m · dim``) time for ``m`` interactions.

        Raises:
            NothingToLearn: there is no interaction.
        """
        check_learnable(data)
        from embeddings.gnn.lightgcn_torch import trained_vectors

        users, items = trained_vectors(self, data, rng, progress)
        return InnerProduct(users, items)


@dataclass(frozen=True)
class LightGcn(GraphConvolution):
    """Vectors averaged over the neighbourhood, trained so that chosen items score above others."""

    name: ClassVar[str] = "lightgcn"
    summary: ClassVar[str] = "Graph convolution without weights, trained with BPR."
    source: ClassVar[str] = "He et al., LightGCN, SIGIR 2020"


@dataclass(frozen=True)
class SocialLightGcn(GraphConvolution):
    """LightGCN over interactions and follows joined in one graph.

    Attributes:
        social: weight of a follow, either way, where an interaction weighs 1.
    """

    name: ClassVar[str] = "social_lightgcn"
    summary: ClassVar[str] = "LightGCN over interactions and follows in one graph."
    source: ClassVar[str] = "He et al., LightGCN, SIGIR 2020; that follows are arcs of the same graph is ours"

    social: float = 0.3

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        super().__post_init__()
        check_range(self, "social", 0)


@dataclass(frozen=True)
class XSimGcl(GraphConvolution):
    """LightGCN whose vectors, shaken by noise at each layer, must stay recognisable from their first layer.

    Attributes:
        contrast: weight of the contrastive loss.
        temperature: of its softmax.
        noise: length of the noise that is added to a vector at each layer.
        social: weight of a follow, either way, where an interaction weighs 1; 0 leaves follows out.
    """

    name: ClassVar[str] = "xsimgcl"
    summary: ClassVar[str] = "LightGCN with noise and a contrast between its layers."
    source: ClassVar[str] = "Yu et al., XSimGCL, TKDE 2023"

    batch_size: int = 4096
    contrast: float = 0.1
    temperature: float = 0.2
    noise: float = 0.1
    social: float = 0.0

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        super().__post_init__()
        for each in ("contrast", "noise", "social"):
            check_range(self, each, 0)
        check_range(self, "temperature", 0.01)
