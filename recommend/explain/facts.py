"""The facts that reasons state, looked up for the items of one page at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.snapshot.actions import CODE_COUNT, CODES, PAST_TENSE, Actions
from graph.snapshot.csr import Csr
from graph.snapshot.view import LiveView
from recommend.explain import kernels
from recommend.query import RecommendationQuery, Rows
from recommend.sources.scratch import SCRATCH

MOST_EDGES = 2_000_000
"""Edges looked at for one page of social reasons; past it a reason says "at least"."""
NEWEST = 200
"""Newest people of a product among whom shared ones are looked for."""
MOST_PEOPLE = 20_000
"""Newest actions on a product that are counted for "120 people rated this"; past it the reason says "at least"."""

EVENTS = tuple(PAST_TENSE.values())
KIND_OF_CODE: Rows = np.array(
    [EVENTS.index(PAST_TENSE[kind]) if kind in PAST_TENSE else 30 for kind, _ in CODES]
    + [30] * (CODE_COUNT - len(CODES)),
    np.int32,
)
"""``(64,)`` position in `EVENTS` by code of a stamp."""


@dataclass(frozen=True, slots=True)
class Meetings:
    """Who did what with which item: parallel columns, and whether all of it was seen."""

    people: Rows
    places: Rows
    kinds: Rows
    complete: bool

    def by_place(self) -> dict[int, dict[int, list[int]]]:
        """Distinct people by place of the item and kind of action, in the order of ``people`` asked."""
        found: dict[int, dict[int, list[int]]] = {}
        order = np.lexsort((self.people, self.kinds, self.places))
        last = (-1, -1, -1)
        for at in order.tolist():
            each = (int(self.places[at]), int(self.kinds[at]), int(self.people[at]))
            if each != last:
                found.setdefault(each[0], {}).setdefault(each[1], []).append(each[2])
                last = each
        return found


def meetings(people: Rows, rows: Rows, out: Csr, into: Csr, actions: Actions | None) -> Meetings:
    """Edges between ``people`` and ``rows``, from whichever side has fewer.

    Args:
        people: ``(p,)`` distinct.
        rows: ``(r,)`` distinct.
        out: person → row.
        into: row → person.
        actions: which edges count; None for all.
    """
    if not len(people) or not len(rows):
        nothing = np.zeros(0, np.int32)
        return Meetings(nothing, nothing, nothing, True)
    backwards = _edges_of(into, rows) < _edges_of(out, people)
    csr, seeds, wanted = (into, rows, people) if backwards else (out, people, rows)
    tally = SCRATCH.people
    mark = tally.begin(len(wanted))
    mask = np.uint64(0) if actions is None else actions.mask
    from_at, to_at, found, complete = kernels.meetings(
        csr.edges(timed=actions is not None),
        np.array(seeds),
        np.array(wanted),
        mask,
        MOST_EDGES,
        tally.table,
        tally.used,
        mark,
    )
    kinds = KIND_OF_CODE[found & np.uint32(CODE_COUNT - 1)]
    return Meetings(to_at, from_at, kinds, complete) if backwards else Meetings(from_at, to_at, kinds, complete)


def _edges_of(csr: Csr, rows: Rows) -> int:
    return int(csr.degrees(rows).sum())


def shared_people(view: LiveView, query: RecommendationQuery, anchors: Rows, rows: Rows) -> NDArray[np.int32]:
    """``(r, a)`` distinct people who chose both, found among the newest of each; at most 31 anchors."""
    into = view.actions.into
    tally = SCRATCH.people
    mark = tally.begin(len(anchors) * NEWEST)
    return kernels.shared_people(
        into.edges(),
        np.array(anchors),
        np.array(rows),
        query.prepared.silent_people,
        query.user_row,
        query.actions.mask,
        NEWEST,
        tally.table,
        tally.used,
        mark,
    )


def most_common_actions(
    view: LiveView, query: RecommendationQuery, rows: Rows, since: int
) -> list[tuple[str, int, bool] | None]:
    """What most people did with each product since a minute: the event, how many people, whether there may be more.

    None where nobody did anything that counts.
    """
    if not len(rows):
        return []
    into = view.actions.into
    tally = SCRATCH.people
    mark = tally.begin(min(int(into.degrees(rows).max()), MOST_PEOPLE), len(rows))
    found = kernels.most_common(
        into.edges(),
        np.array(rows),
        since,
        KIND_OF_CODE,
        query.actions.mask,
        MOST_PEOPLE,
        tally.table,
        tally.used,
        mark,
    )
    columns = (each.tolist() for each in found)
    return [
        (EVENTS[kind], count, not complete) if count else None for kind, count, complete in zip(*columns, strict=True)
    ]


def own_action(view: LiveView, query: RecommendationQuery, product_row: int) -> str | None:
    """What the user did with one product that counts most; None when nothing."""
    if query.user_row < 0:
        return None
    out = view.actions.out
    stamps = out.stamps_of(query.user_row)[out.neighbours(query.user_row) == product_row]
    codes = (stamps & np.uint32(CODE_COUNT - 1)).astype(np.int64)
    weights = query.actions.weights[codes]
    if not len(codes) or weights.max() <= 0:
        return None
    return EVENTS[int(KIND_OF_CODE[codes[int(weights.argmax())]])]
