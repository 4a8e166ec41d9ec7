"""Compiled step of `together`: what people took along with a product."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel
from graph.snapshot.actions import CODE_BITS, CODE_MASK
from graph.snapshot.kernels_row import Edges, newest
from recommend.sources.kernels import SCAN_FACTOR, Floats, Rows, Table, add


@kernel
def along(
    into: Edges,
    out: Edges,
    anchors: Rows,
    anchor_scores: Floats,
    left_out: Rows,
    silent: NDArray[np.bool_],
    counted: Floats,
    minutes: int,
    people: int,
    fan_out: int,
    table: Table,
    used: Rows,
    mark: int,
) -> int:
    """Tally what people chose at about the same time as each anchor: the newest times that it was chosen.

    Args:
        into: product → person.
        out: person → product.
        anchors: ``(a,)`` distinct products.
        anchor_scores: ``(a,)`` what each is worth.
        left_out: sorted people who lead nowhere.
        silent: ``(n,)`` mask of more of them; those beyond its end do not belong to it.
        counted: ``(64,)`` by code: above 0 where an action makes a basket.
        minutes: two actions of one person at most so far apart belong together. Actions without a time belong to none.
        people: most times that an anchor was chosen which are looked at.
        fan_out: most actions of one person that are looked at for one anchor.
        table: a tally of `recommend.sources.kernels.ENTRY`.
        used: receives the slots taken.
        mark: of this query.

    Returns:
        How many distinct products were reached; an entry's ``score`` is the number of times that it was taken along
        with an anchor, each times what the anchor is worth. O(a * people * fan_out).
    """
    reached, basket = 0, 0
    for at in range(len(anchors)):
        anchor = anchors[at]
        buyers, when = newest(into, anchor, SCAN_FACTOR * people)
        asked = 0
        for edge in range(len(buyers)):
            buyer, minute = buyers[edge], np.int64(when[edge] >> CODE_BITS)
            if counted[when[edge] & CODE_MASK] <= 0 or minute == 0:
                continue
            if buyer < len(silent) and silent[buyer]:
                continue
            place = np.searchsorted(left_out, buyer)
            if place < len(left_out) and left_out[place] == buyer:
                continue
            chosen, then = newest(out, buyer, fan_out)
            for other in range(len(chosen)):
                apart = np.int64(then[other] >> CODE_BITS) - minute
                if apart < -minutes:
                    break
                if apart <= minutes and counted[then[other] & CODE_MASK] > 0 and chosen[other] != anchor:
                    reached = add(table, used, reached, mark, chosen[other], basket, anchor_scores[at], anchor)
            basket += 1
            asked += 1
            if asked == people:
                break
    return reached
