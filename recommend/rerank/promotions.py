"""Promotions: places of a page that go to some products whether or not they rank among the best."""

from __future__ import annotations

import numpy as np

from recommend.placements import Promotion
from recommend.rank.fusion import Ranked, joined

MOST_PROMOTED = 100
"""Products of one promotion in a slate."""
PREFIX = "promotion:"


def promoted(ranked: Ranked, promotion: Promotion, candidates: Ranked, wanted: int) -> Ranked:
    """A slate in which some places hold promoted products, each with a source that names the promotion.

    Args:
        ranked: the slate; what is promoted of it moves.
        promotion: which places.
        candidates: what may be promoted, best first.
        wanted: places of the slate.

    Returns:
        A slate of at most ``wanted`` places. Scores stay the products' own, so they no longer fall. Where there are
        fewer products to promote than places, the others keep those.
    """
    places = _places(promotion, wanted)[: len(candidates.rows)]
    chosen = candidates.part(0, len(places))
    if not len(places):
        return ranked
    source = PREFIX + promotion.name
    bits = np.full(len(places), 1, np.int32)
    mark = Ranked(chosen.rows, chosen.scores, chosen.because, bits, (source,))
    rest = ranked.taken(np.flatnonzero(~np.isin(ranked.rows, chosen.rows)).astype(np.int32))
    both = joined([rest, mark])
    count = min(len(both.rows), wanted)
    order = np.full(len(both.rows), -1, np.int64)
    for number, place in enumerate(places):
        order[min(place, len(order) - len(places) + number)] = len(rest.rows) + number
    order[order < 0] = np.arange(len(rest.rows))
    return both.taken(order[:count].astype(np.int32))


def _places(promotion: Promotion, wanted: int) -> list[int]:
    """Places of the slate that go to the promotion, the first being 0, in order."""
    pinned = {place - 1 for place in promotion.positions}
    if promotion.share:
        pinned |= {int(np.ceil((number + 1) / promotion.share)) - 1 for number in range(int(wanted * promotion.share))}
    return sorted(place for place in pinned if place < wanted)[:MOST_PROMOTED]


def promotion_reasons(sources: list[str]) -> list[dict[str, str]]:
    """What a person is told of a promoted product: that it is one."""
    return [
        {"type": "promotion", "text": f"promoted: {name.removeprefix(PREFIX)}"}
        for name in sources
        if name.startswith(PREFIX)
    ]
