"""From rows to the answer that leaves: ids, fields, scores."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

from graph.snapshot.properties import properties
from graph.snapshot.view import LiveView
from recommend.rank.fusion import Ranked

TEXTS = {
    "Product": ("title", "brand", "currency", "image"),
    "User": ("display_name", "handle"),
    "Community": ("name",),
}
PRODUCT_LISTS = ("categories",)


def fields_of(view: LiveView, label: str, row: int, more: Sequence[str] = ()) -> dict[str, Any]:
    """What is known of a node and worth showing, and ``more`` of its properties by name; only what is there."""
    names = TEXTS[label]
    fields: dict[str, Any] = {name: view.text(label, name, row) for name in names}
    if label == "Product":
        fields["price_minor"] = _number(view, label, "price_minor", row)
        fields |= {name: view.json(label, name, row) for name in PRODUCT_LISTS}
    if more:
        known = properties(view, label, row)
        attributes = known.get("attributes") or {}
        fields |= {name: known.get(name, attributes.get(name)) for name in more}
    return {name: value for name, value in fields.items() if value is not None}


def _number(view: LiveView, label: str, name: str, row: int) -> int | None:
    column = view.number(label, name)
    if column is None or row >= len(column) or math.isnan(column[row]):
        return None
    return int(column[row])


def items_of(
    view: LiveView, label: str, ranked: Ranked, reasons: list[list[dict[str, Any]]], more: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The items of a page, best first, with ``more`` of their properties than the usual ones."""
    return [
        {
            "id": view.id_of(label, row),
            "type": label.lower(),
            "score": round(score, 6),
            "sources": sources,
            "fields": fields_of(view, label, row, more),
            "reasons": why,
        }
        for row, score, sources, why in zip(
            ranked.rows.tolist(), ranked.scores.tolist(), ranked.names(), reasons, strict=True
        )
    ]


def answer(
    items: list[dict[str, Any]],
    *,
    placement: str,
    next_page: str | None,
    stale: bool,
    snapshot: str,
    model: str | None,
    started: float,
    attribution: str,
    cold_start: bool = False,
    experiment: str | None = None,
) -> dict[str, Any]:
    """A page with what it rests on.

    Args:
        items: as `items_of`.
        placement: what was asked.
        next_page: token of the page behind it; None for the last.
        stale: whether newer events are, or may be, missing.
        snapshot: id of what it was answered from.
        model: names and versions of the models that it rests on.
        started: when the question came, on `time.perf_counter`.
        attribution: what impressions and outcomes refer to.
        cold_start: whether nothing was known of who asked.
        experiment: the arm that answered, if there is one.
    """
    return {
        "items": items,
        "next_page": next_page,
        "cold_start": cold_start,
        "stale": stale,
        "placement": placement,
        "experiment": experiment,
        "attribution": attribution,
        "snapshot": snapshot,
        "model": model,
        "took_ms": round((time.perf_counter() - started) * 1000, 3),
    }
