"""What is asked of the pipeline, and what candidate sources answer with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from graph.snapshot.view import LiveView
from numpy.typing import NDArray

from graph.snapshot.actions import Actions

Rows = NDArray[np.int32]

NOBODY = -1
"""A row that stands for no node: an unknown user, a page without a product, a candidate without a cause."""


@dataclass(frozen=True, slots=True)
class RecommendationQuery:
    """One question, by rows.

    Attributes:
        target: label of what is wanted: ``Product`` or ``User``.
        user_row: who asks, or `NOBODY`.
        product_row: the product whose page it is, or `NOBODY`.
        actions: which actions count, how much, and how fast they fade.
        now_minutes: minutes since 1970 that ages are counted from.
        seed: of the walks; a hash of user and request, so that the same question has the same answer.
    """

    target: str
    user_row: int
    product_row: int
    actions: Actions
    now_minutes: int
    seed: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """What one source offers, best first.

    Attributes:
        rows: ``(k,)`` int32 rows of the query's target label, no row twice.
        scores: ``(k,)`` float32 in the source's own scale, falling.
        because: ``(k,)`` int32: the product row that leads there, or `NOBODY`.
        source: name of the source.
    """

    rows: Rows
    scores: NDArray[np.float32]
    because: Rows
    source: str


class CandidateSource(Protocol):
    """One way to find candidates; a frozen dataclass whose fields are its settings."""

    name: ClassVar[str]
    targets: ClassVar[tuple[tuple[str, str], ...]]
    """What it can answer, as (asked from, wanted): ``("User", "Product")`` for feeds, ``("Product", "Product")``
    for similar products, ``("User", "User")`` for people."""

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:
        """At most ``limit`` candidates; empty where the source has nothing to go on."""
