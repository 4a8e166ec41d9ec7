"""A reranker that keeps one category or brand from filling a page."""

from __future__ import annotations

from dataclasses import dataclass

from recommend import kernels
from recommend.prepared import Prepared
from recommend.rank.fusion import Ranked


@dataclass(frozen=True, slots=True)
class Diversity:
    """At most so many of one category and of one brand within a block of places."""

    block: int = 20
    """Places that count together."""
    per_category: int = 12
    """Products of one category within a block."""
    per_brand: int = 5
    """Products of one brand within a block."""

    def rerank(self, ranked: Ranked, prepared: Prepared, end: int | None = None) -> Ranked:
        """The same products, moved no further than the limits ask for; nothing is lost.

        Args:
            ranked: what is spaced out.
            prepared: knows categories and brands.
            end: places that are looked at; what lies behind them is not in its place yet. None for all.
        """
        order = kernels.space_out(
            ranked.rows,
            prepared.categories.edges(timed=False),
            prepared.brands.edges(timed=False),
            self.block,
            self.per_category,
            self.per_brand,
            len(ranked.rows) if end is None else end,
        )
        return ranked.taken(order)
