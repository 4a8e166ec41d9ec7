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

    def rerank(self, ranked: Ranked, prepared: Prepared) -> Ranked:
        """The same products, moved no further than the limits ask for; nothing is lost."""
        order = kernels.space_out(
            ranked.rows,
            prepared.categories.edges(timed=False),
            prepared.brands.edges(timed=False),
            self.block,
            self.per_category,
            self.per_brand,
        )
        return ranked.taken(order)
