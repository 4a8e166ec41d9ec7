"""What the view knows of one person or one product, in the forms of `api.schemas.nodes`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import UnknownNode
from graph.snapshot.actions import CODE_MASK, CODES, PAST_TENSE, STARRED, minutes_of
from graph.snapshot.properties import properties, time_text
from graph.snapshot.view import LiveView

RECENT = 20
FOLLOWS = ("User", "FOLLOWS", "User")


def user(view: LiveView, user_id: str) -> dict[str, Any]:
    """A person.

    Raises:
        UnknownNode: nobody has that id, or they have been erased.
    """
    row = _standing("User", view, user_id)
    follows = view.edges(*FOLLOWS)
    done = view.actions.out
    stamps = done.stamps_of(row)
    return {
        "id": user_id,
        "type": "user",
        "properties": properties(view, "User", row),
        "following": follows.out.degree(row),
        "followers": follows.into.degree(row),
        "actions": action_counts(stamps),
        "recent": list(_recent(view, done.neighbours(row)[:RECENT], stamps[:RECENT])),
        "snapshot": view.snapshot_id,
    }


def product(view: LiveView, product_id: str) -> dict[str, Any]:
    """A product; one that has been ended says so.

    Raises:
        UnknownNode: nothing has that id.
    """
    row = view.row_of("Product", product_id)
    if row < 0:
        raise UnknownNode("Product", product_id)
    into = view.actions.into
    stamps = into.stamps_of(row)
    return {
        "id": product_id,
        "type": "product",
        "properties": properties(view, "Product", row),
        "deleted": view.is_gone("Product", row),
        "actions": action_counts(stamps),
        "people": len(np.unique(into.neighbours(row))),
        "mean_rating": mean_stars(stamps),
        "snapshot": view.snapshot_id,
    }


def _standing(label: str, view: LiveView, key: str) -> int:
    row = view.row_of(label, key)
    if row < 0 or view.is_gone(label, row):
        raise UnknownNode(label, key)
    return row


def action_counts(stamps: NDArray[np.uint32]) -> dict[str, int]:
    """How many of each kind of action, most first, in the words of reasons."""
    codes = np.bincount(stamps & np.uint32(CODE_MASK), minlength=len(CODES))
    counts: Counter[str] = Counter()
    for (kind, _stars), count in zip(CODES, codes.tolist(), strict=False):
        if count:
            counts[PAST_TENSE.get(kind, kind.lower())] += count
    return dict(counts.most_common())


def mean_stars(stamps: NDArray[np.uint32]) -> float | None:
    """Mean stars of the ratings and reviews that have them, to two digits."""
    stars = [CODES[code][1] for code in (stamps & np.uint32(CODE_MASK)).tolist()]
    given = [value for value in stars if value is not None]
    return round(sum(given) / len(given), 2) if given else None


def _recent(view: LiveView, rows: NDArray[np.int32], stamps: NDArray[np.uint32]) -> Iterator[dict[str, Any]]:
    for row, stamp, minute in zip(rows.tolist(), stamps.tolist(), minutes_of(stamps).tolist(), strict=True):
        kind, stars = CODES[stamp & CODE_MASK]
        yield {
            "action": PAST_TENSE.get(kind, kind.lower()),
            "product_id": view.id_of("Product", row),
            "value": stars if kind in STARRED else None,
            "at": time_text(minute * 60_000) if minute else None,
        }
