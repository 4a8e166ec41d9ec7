"""What most people chose: the baseline that every other model must beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from embeddings.settings import check_learnable, check_range
from embeddings.training import Progress, Rows, TrainingData, silent

MINUTES_OF_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class PopularItems:
    """One score for each item, the same for everybody.

    Attributes:
        counts: ``(items,)`` float32.
    """

    counts: NDArray[np.float32]

    def score(self, users: Rows) -> NDArray[np.float32]:
        """The counts, once for each user: ``(len(users), items)``, read-only."""
        return np.broadcast_to(self.counts, (len(users), len(self.counts)))

    def tables(self) -> Mapping[str, NDArray[np.float32]]:
        """None: nobody's taste is in it."""
        return {}


@dataclass(frozen=True)
class Popularity:
    """Count the people who chose an item.

    Attributes:
        window_days: count only the last days before the newest interaction; 0 counts all. Without times, all count.
    """

    name: ClassVar[str] = "popularity"
    summary: ClassVar[str] = "How many people chose the item, optionally in the last days."
    source: ClassVar[str] = "baseline"
    needs_torch: ClassVar[bool] = False

    window_days: float = 0.0

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: the window is negative.
        """
        check_range(self, "window_days", 0)

    def fit(
        self,
        data: TrainingData,
        *,
        rng: np.random.Generator,  # noqa: ARG002
        progress: Progress = silent,
    ) -> PopularItems:
        """Count, in O(interactions).

        Raises:
            NothingToLearn: there is no interaction.
        """
        check_learnable(data)
        items = data.items
        if self.window_days and data.minutes is not None:
            items = items[data.minutes > data.minutes.max() - self.window_days * MINUTES_OF_DAY]
        counts = np.bincount(items, minlength=data.item_count).astype(np.float32)
        progress(1.0, "counted")
        return PopularItems(counts)
