"""From rows to the answer that leaves: ids, fields, scores."""

from __future__ import annotations

import math
import os
import time
import uuid
from collections.abc import Sequence
from typing import Any

from graph.snapshot.properties import properties
from graph.snapshot.view import LiveView
from recommend.rank.fusion import Ranked

PRODUCT_TEXTS = ("title", "brand", "currency", "image")
PRODUCT_LISTS = ("categories",)
USER_TEXTS = ("display_name", "handle")


def new_attribution() -> str:
    """A new UUIDv7: what impressions and outcomes of this answer refer to."""
    stamp = time.time_ns() // 1_000_000
    rest = int.from_bytes(os.urandom(10), "big")
    high = stamp << 80 | 0x7 << 76 | (rest >> 64 & 0xFFF) << 64
    return str(uuid.UUID(int=high | 0b10 << 62 | rest & (1 << 62) - 1))


def fields_of(view: LiveView, label: str, row: int, more: Sequence[str] = ()) -> dict[str, Any]:
    """What is known of a node and worth showing, and ``more`` of its properties by name; only what is there."""
    names = PRODUCT_TEXTS if label == "Product" else USER_TEXTS
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
    cold_start: bool = False,
    attribution: str | None = None,
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
        cold_start: whether nothing was known of who asked.
        attribution: what impressions and outcomes refer to; a new one where there is none yet.
    """
    return {
        "items": items,
        "next_page": next_page,
        "cold_start": cold_start,
        "stale": stale,
        "placement": placement,
        "experiment": None,
        "attribution": attribution or new_attribution(),
        "snapshot": snapshot,
        "model": model,
        "took_ms": round((time.perf_counter() - started) * 1000, 3),
    }
