"""DeepWalk, Node2Vec and MetaPath2Vec: settings and fitting."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import UnknownSetting
from embeddings.inner import InnerProduct
from embeddings.settings import check_learnable, check_range
from embeddings.training import Progress, Rows, TrainingData, silent
from embeddings.walks.graph import WalkGraph, joined_graph, typed_graph
from embeddings.walks.skipgram import NodeVectors, SkipGram

KNOWN_SETS = ("UI", "IU", "UU", "IA", "AI")


@dataclass(frozen=True)
class WalkModel(ABC):
    """Settings of a model that learns from walks.

    Attributes:
        dim: length of a vector.
        walk_length: nodes of a walk.
        walks: that start at each node in an epoch.
        window: a context reaches 1 to ``window`` steps either way.
        negatives: contrasts of a pair.
        epochs: passes, each over new walks.
        learning_rate: at the start; it falls in a line.
        popularity: power of an item's popularity that its score is lifted by; what skip-gram leaves out is 0.75, the
            power by which it draws contrasts.
        half_life_days: after which an interaction weighs half on walks; 0 for never.
        threads: that learn side by side without locks; one repeats itself from a seed, more do not.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    source: ClassVar[str]
    needs_torch: ClassVar[bool] = False

    dim: int = 64
    walk_length: int = 40
    walks: int = 10
    window: int = 5
    negatives: int = 5
    epochs: int = 1
    learning_rate: float = 0.05
    popularity: float = 0.75
    half_life_days: float = 0.0
    threads: int = 1

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        for each in ("dim", "walks", "window", "negatives", "epochs", "threads"):
            check_range(self, each, 1)
        check_range(self, "walk_length", 2)
        check_range(self, "learning_rate", 1e-9, 10)
        for each in ("popularity", "half_life_days"):
            check_range(self, each, 0)

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> InnerProduct:
        """Train, in O(``epochs · nodes · walks · walk_length · window · dim``) time.

        Raises:
            NothingToLearn: there is no interaction.
        """
        check_learnable(data)
        return scoring(data, self.vectors(data, rng, progress), self.popularity)

    @abstractmethod
    def vectors(self, data: TrainingData, rng: np.random.Generator, progress: Progress = silent) -> NodeVectors:
        """Vectors of people, then items, then attributes."""

    def _learnt(
        self,
        graph: WalkGraph,
        starts: Rows,
        paths: tuple[tuple[str, ...], ...],
        rng: np.random.Generator,
        progress: Progress,
        biases: tuple[float, float] = (1.0, 1.0),
    ) -> NodeVectors:
        settings = SkipGram(self.dim, self.window, self.negatives, self.learning_rate, self.threads)
        order = np.concatenate([rng.permutation(starts) for _ in range(self.walks * self.epochs)])

        def walked(part: Rows) -> Rows:
            shares = np.array_split(part, len(paths))
            made = [
                graph.walks(share, self.walk_length, rng, path=path, p=biases[0], q=biases[1])
                for share, path in zip(shares, paths, strict=True)
            ]
            return np.concatenate(made)

        return settings.fit(order, walked, graph.degrees().astype(np.float64), rng, progress)


@dataclass(frozen=True)
class DeepWalk(WalkModel):
    """Nodes that uniform walks meet together lie together.

    Attributes:
        social: weight of a follow where an interaction weighs 1; 0 leaves follows out.
        attributes: likewise of an item's attribute.
    """

    name: ClassVar[str] = "deepwalk"
    summary: ClassVar[str] = "Skip-gram over random walks through interactions, follows and attributes."
    source: ClassVar[str] = "Perozzi et al., DeepWalk, KDD 2014; negative sampling: Mikolov et al., NIPS 2013"

    social: float = 0.3
    attributes: float = 0.0

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        super().__post_init__()
        for each in ("social", "attributes"):
            check_range(self, each, 0)

    def vectors(self, data: TrainingData, rng: np.random.Generator, progress: Progress = silent) -> NodeVectors:
        """Vectors of people, then items, then attributes."""
        graph = joined_graph(data, social=self.social, known=self.attributes, half_life_days=self.half_life_days)
        starts = np.flatnonzero(graph.degrees()).astype(np.int32)
        return self._learnt(graph, starts, (("",),), rng, progress, self.biases())

    def biases(self) -> tuple[float, float]:
        """``p`` and ``q`` of the walks."""
        return 1.0, 1.0


@dataclass(frozen=True)
class Node2Vec(DeepWalk):
    """DeepWalk whose walks lean towards returning, staying near or leaving.

    Attributes:
        p: the larger, the less a walk returns at once.
        q: the larger, the nearer it stays to where it came from.
    """

    name: ClassVar[str] = "node2vec"
    summary: ClassVar[str] = "Skip-gram over walks of second order through interactions, follows and attributes."
    source: ClassVar[str] = "Grover & Leskovec, node2vec, KDD 2016"

    p: float = 1.0
    q: float = 0.5

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        super().__post_init__()
        for each in ("p", "q"):
            check_range(self, each, 1e-3, 1e3)

    def biases(self) -> tuple[float, float]:
        """``p`` and ``q`` of the walks."""
        return self.p, self.q


@dataclass(frozen=True)
class MetaPath2Vec(WalkModel):
    """Nodes that walks along given kinds of edges meet together lie together.

    Attributes:
        paths: metapaths of people (``U``), items (``I``) and attributes (``A``), each ending as it starts, with spaces
            between; one that has no edges in the data is left out. Walks are shared out among them.
    """

    name: ClassVar[str] = "metapath2vec"
    summary: ClassVar[str] = "Skip-gram over walks along metapaths of people, items and attributes."
    source: ClassVar[str] = "Dong et al., metapath2vec, KDD 2017; contrasts of all kinds of nodes together"

    paths: str = "UIU UUIU UIAIU"

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range, or a path cannot be walked over and over.
        """
        super().__post_init__()
        for path in self.paths.split() or [""]:
            if len(path) < 3 or path[0] != path[-1] or path[0] != "U" or not set(steps_of(path)) <= set(KNOWN_SETS):
                reason = f"{path!r} does not lead from U to U over {', '.join(KNOWN_SETS)}"
                raise UnknownSetting(self.name, "paths", reason)

    def vectors(self, data: TrainingData, rng: np.random.Generator, progress: Progress = silent) -> NodeVectors:
        """Vectors of people, then items, then attributes; walks start at people who chose something."""
        graph = typed_graph(data, half_life_days=self.half_life_days)
        paths = tuple(steps_of(path) for path in self.paths.split() if set(steps_of(path)) <= set(graph.bases))
        starts = np.unique(data.users if not paths else np.concatenate((data.users, data.followers)))
        return self._learnt(graph, starts.astype(np.int32), paths or (steps_of("UIU"),), rng, progress)


def steps_of(path: str) -> tuple[str, ...]:
    """The edge sets of a metapath: ``UIU`` takes ``UI``, then ``IU``."""
    return tuple(path[at : at + 2] for at in range(len(path) - 1))


def scoring(data: TrainingData, learnt: NodeVectors, popularity: float) -> InnerProduct:
    """People and items as vectors whose inner products grow with how often walks of a person meet an item.

    Skip-gram's products are logarithms of that over the contrasts' chance, ``popularity ** 0.75``: one column more
    puts a power of the popularity back. People without edges have zeros; items that nobody chose come last.
    """
    counts = np.bincount(data.items, minlength=data.item_count).astype(np.float32)
    people, items = slice(0, data.user_count), slice(data.user_count, data.user_count + data.item_count)
    lift: NDArray[np.float32] = np.float32(popularity) * (np.log1p(counts) - np.log1p(counts.max()))
    seen = np.zeros(data.user_count, np.bool_)
    for rows in (data.users, data.followers, data.followees):
        seen[rows] = True
    users = np.column_stack((learnt.embedding[people], np.ones(data.user_count, np.float32))) * seen[:, None]
    products = np.column_stack((learnt.context[items], lift))
    return InnerProduct(users.astype(np.float32), products.astype(np.float32))
