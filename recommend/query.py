"""What is asked of the pipeline, and what candidate sources answer with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from graph.snapshot.actions import Actions
from graph.snapshot.view import LiveView

if TYPE_CHECKING:
    from recommend.prepared import Prepared

Rows = NDArray[np.int32]
Floats = NDArray[np.float32]

NOBODY = -1
"""A row that stands for no node: an unknown user, a page without a product, a candidate without a cause."""

NO_ROWS: Rows = np.zeros(0, np.int32)
NO_SCORES: Floats = np.zeros(0, np.float32)
NOTHING_HIDDEN: NDArray[np.bool_] = np.zeros(0, np.bool_)


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
        prepared: what was made ready for this view: masks, popularity, the models' tables.
        anchors: ``(a,)`` products to start from: what the user did last, or the product of the page.
        anchor_scores: ``(a,)`` what each is worth.
        friends: ``(f,)`` people whose actions the user may see, newest followed first.
        turned_down: ``(t,)`` products that the user does not want, newest first.
        turned_down_scores: ``(t,)`` in ``(0, 1]``, less the longer ago.
        known: ``(n,)`` target rows never offered, such as what the user did something with already.
        hidden: ``(count,)`` mask over the target's rows that may not be offered; shorter ones hide nothing beyond.
        vector: what is looked for in the space of ``vector_model``, instead of what that model knows of the user; None
            for a question without one.
        vector_model: name of that model.
        barred: sorted people through whom nothing may be found: blocked or muted by the user, or blocking them.
    """

    target: str
    user_row: int
    product_row: int
    actions: Actions
    now_minutes: int
    seed: int
    prepared: Prepared
    anchors: Rows = field(default_factory=lambda: NO_ROWS)
    anchor_scores: Floats = field(default_factory=lambda: NO_SCORES)
    friends: Rows = field(default_factory=lambda: NO_ROWS)
    turned_down: Rows = field(default_factory=lambda: NO_ROWS)
    turned_down_scores: Floats = field(default_factory=lambda: NO_SCORES)
    known: Rows = field(default_factory=lambda: NO_ROWS)
    hidden: NDArray[np.bool_] = field(default_factory=lambda: NOTHING_HIDDEN)
    barred: Rows = field(default_factory=lambda: NO_ROWS)
    vector: Floats | None = None
    vector_model: str = ""


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
    scores: Floats
    because: Rows
    source: str

    @classmethod
    def none(cls, source: str) -> Candidates:
        """The answer of a source that has nothing to go on."""
        return cls(NO_ROWS, NO_SCORES, NO_ROWS, source)

    @classmethod
    def without_cause(cls, rows: Rows, scores: Floats, source: str) -> Candidates:
        """Candidates that no product of the user's leads to."""
        return cls(rows, scores, np.full(len(rows), NOBODY, np.int32), source)


class CandidateSource(Protocol):
    """One way to find candidates; a frozen dataclass whose fields are its settings."""

    name: ClassVar[str]
    targets: ClassVar[tuple[tuple[str, str], ...]]
    """What it can answer, as (asked from, wanted): ``("User", "Product")`` for feeds, ``("Product", "Product")``
    for similar products, ``("User", "User")`` for people."""

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:
        """At most ``limit`` candidates; empty where the source has nothing to go on."""
