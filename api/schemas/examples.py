"""Example answers of the OpenAPI description."""

from __future__ import annotations

from typing import Any, Final

SNAPSHOT = "019a6f6e-5f5c-7d1e-9a5e-2f1c0f6f8a11"
MODEL = "spectral/019a6f6f-0a44-7c39-8f0b-64d5a1c5e6d2"

SOCIAL = {
    "type": "social",
    "text": "2 people you follow rated this",
    "action": "rated",
    "count": 2,
    "people": [{"id": "u7", "name": "Ana"}, {"id": "u9", "name": None}],
}
SIMILAR = {"type": "similar", "text": "like Trail shoe that you rated", "product_id": "p9"}


MONITORING = {
    "window_minutes": 60,
    "events": [{"type": "viewed", "count": 1840, "before": 1712, "day_before": 1793}],
    "active_users": 611,
    "funnel": [{"type": "viewed", "events": 1840, "users": 598, "of_step_before": None}],
    "rising": [{"product_id": "p7", "count": 41, "before": 9, "score": 4.525}],
    "alerts": [{"type": "bought", "kind": "drop", "count": 11, "expected": 64, "against": "day_before"}],
}


def _slate(placement: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "items": items,
        "next_page": None,
        "cold_start": False,
        "stale": False,
        "placement": placement,
        "experiment": None,
        "attribution": "019a6f71-33b0-7a52-b9c4-0c8f3c1d2e57",
        "snapshot": SNAPSHOT,
        "model": MODEL,
        "took_ms": 1.8,
    }


def _item(key: str, kind: str, fields: dict[str, Any], sources: list[str], reasons: list[Any]) -> dict[str, Any]:
    return {"id": key, "type": kind, "score": 0.83, "sources": sources, "fields": fields, "reasons": reasons}


SHOE = {"title": "Road shoe", "price_minor": 8990, "currency": "EUR"}

FEED: Final = _slate("feed", [_item("p1", "product", SHOE, ["friends", "walk"], [SOCIAL, SIMILAR])])
LIKE_THIS: Final = _slate("similar", [_item("p1", "product", SHOE, ["co_interaction"], [SIMILAR])])
PEOPLE: Final = _slate("people-to-follow", [_item("u12", "user", {"display_name": "Bo"}, ["mutual_friends"], [SOCIAL])])
TRENDING: Final = _slate("trending", [_item("p1", "product", SHOE, ["trending"], [SOCIAL])])

OWN_PLACEMENTS: Final = {
    "feed": {"filter": "price_minor <= $most", "diversity": {"per_brand": 2}},
    "shoes": {
        "title": "Shoes for a person",
        "filter": 'category in ("shoes"/*)',
        "promotions": [{"name": "spring", "products": ["p7"], "positions": [3]}],
    },
}
PLACEMENTS: Final = {
    "version": 3,
    "placements": {"similar": {"title": "Products like a product", "asks": "product"}},
    "own": OWN_PLACEMENTS,
}
PLACEMENT_VERSIONS: Final = {
    "versions": [
        {"version": 3, "created_at": "2026-11-22T10:00:00Z", "in_force": True, "placements": ["feed", "shoes"]},
        {"version": 0, "created_at": None, "in_force": False, "placements": []},
    ]
}

EXPERIMENTS: Final = {
    "experiments": [{"experiment": "cheaper", "placement": "feed", "arms": {"as-it-is": 0.5, "cheap": 0.5}}]
}


def _arm(name: str, people: int, ctr: float) -> dict[str, Any]:
    rates = {
        "ctr": {"value": ctr, "low": ctr - 0.01, "high": ctr + 0.01},
        "conversion": {"value": 0.041, "low": 0.031, "high": 0.051},
        "revenue_minor": {"value": 212.5, "low": 160.1, "high": 264.9},
    }
    return {"arm": name, "share": 0.5, "people": people, "slates": 4 * people, "purchases": 70} | rates


EXPERIMENT_REPORT: Final = {
    "placement": "feed",
    "experiment": "cheaper",
    "window_days": 7.0,
    "currency": "EUR",
    "arms": [_arm("as-it-is", 1512, 0.112), _arm("cheap", 1498, 0.134)],
    "differences": [{"arm": "cheap", "metric": "ctr", "value": 0.022, "low": 0.001, "high": 0.043, "p": 0.041}],
    "warnings": [],
}

FOUND: Final = _slate(
    "search",
    [
        _item(
            "p1",
            "product",
            SHOE,
            ["words", "concept"],
            [
                {"type": "words", "words": ["road", "shoe"], "text": "has the words road, shoe"},
                {
                    "type": "concept",
                    "concept": {"label": "Category", "id": "shoes", "name": "Shoes"},
                    "path": [{"from": "p1", "rel": "IN_CATEGORY", "to": "shoes"}],
                    "text": "in Shoes",
                },
            ],
        )
    ],
) | {"language": "en"}

EXPLANATION: Final = {
    "user_id": "u1",
    "product_id": "p1",
    "paths": [
        {
            "score": 0.21,
            "nodes": [
                {"label": "User", "id": "u1", "name": "Kim"},
                {"label": "Product", "id": "p9", "name": "Trail shoe"},
                {"label": "Brand", "id": "b3", "name": "Acme"},
                {"label": "Product", "id": "p1", "name": "Road shoe"},
            ],
            "facts": [
                {"from": {"label": "User", "id": "u1"}, "rel": "RATED", "to": {"label": "Product", "id": "p9"}},
                {"from": {"label": "Product", "id": "p9"}, "rel": "MADE_BY", "to": {"label": "Brand", "id": "b3"}},
                {"from": {"label": "Product", "id": "p1"}, "rel": "MADE_BY", "to": {"label": "Brand", "id": "b3"}},
            ],
            "text": "also by Acme, like Trail shoe that you rated",
            "check": {
                "query": "path_holds",
                "parameters": {
                    "from_labels": ["User", "Product", "Product"],
                    "from_ids": ["u1", "p9", "p1"],
                    "types": ["RATED", "MADE_BY", "MADE_BY"],
                    "to_labels": ["Product", "Brand", "Brand"],
                    "to_ids": ["p9", "b3", "b3"],
                    "predicates": ["", "", ""],
                },
            },
        }
    ],
    "stale": False,
    "snapshot": SNAPSHOT,
    "took_ms": 2.4,
}
USER: Final = {
    "id": "u1",
    "type": "user",
    "properties": {"display_name": "Kim"},
    "following": 12,
    "followers": 7,
    "actions": {"rated": 31},
    "recent": [{"action": "rated", "product_id": "p9", "value": 5.0, "at": "2026-11-22T10:00:00Z"}],
    "snapshot": SNAPSHOT,
}
PRODUCT: Final = {
    "id": "p1",
    "type": "product",
    "properties": SHOE,
    "deleted": False,
    "actions": {"rated": 54},
    "people": 54,
    "mean_rating": 4.31,
    "snapshot": SNAPSHOT,
}
DUPLICATES: Final = {
    "items": [{"id": "p9", "type": "product", "distance": 2}],
    "distance": 6,
    "snapshot": SNAPSHOT,
    "model": "images@019a6f6f-0a44-7c39-8f0b-64d5a1c5e6d2",
}
LIVE: Final = {"status": "ok"}
ROWS: Final = {
    "columns": ["product_id", "title", "friends", "last_at"],
    "rows": [["p17", "Enamel mug", 3, 1302912000000]],
    "truncated": None,
    "took_ms": 8.4,
}
READY: Final = {
    "status": "ok",
    "snapshot": SNAPSHOT,
    "model": MODEL,
    "nodes": {"User": 7375, "Product": 105114},
    "stale": False,
    "stale_because": None,
}
ERASURE: Final = {
    "user_id": "u1",
    "erased_at": "2026-11-22T10:00:00Z",
    "again": False,
    "removed": {"events": 44, "edges": {"RATED": 31, "FOLLOWS": 12}, "properties": 3, "posts": 0, "rows": 0},
    "store": "erased",
    "store_waits_because": None,
    "purged": {"snapshots": [], "models": []},
    "left": {"snapshots": [SNAPSHOT], "models": [MODEL], "people": 1, "until": "2026-12-22T10:00:00Z"},
}
EXPORT: Final = {
    "user_id": "u1",
    "exported_at": "2026-11-22T10:00:00Z",
    "properties": {"display_name": "Kim"},
    "events": [
        {
            "event_id": "e1",
            "type": "rated",
            "at": "2026-11-22T09:00:00Z",
            "user_id": "u1",
            "product_id": "p9",
            "value": 5.0,
        }
    ],
    "edges": [
        {
            "type": "RATED",
            "direction": "outgoing",
            "label": "Product",
            "id": "p9",
            "stands": True,
            "event_id": "e1",
            "at": "2026-11-22T09:00:00Z",
            "value": 5.0,
        }
    ],
    "posts": [],
    "rejected_rows": [],
    "snapshots": [{"snapshot": SNAPSHOT, "current": True, "row": 0, "properties": {}, "edges": {}}],
    "models": [],
}


EVENT: Final = {
    "event_id": "e1",
    "type": "bought",
    "user_id": "u1",
    "product_id": "p1",
    "at": "2026-11-22T10:00:00Z",
    "quantity": 2,
    "price_minor": 1990,
    "currency": "EUR",
}
TAKEN: Final = {
    "position": "5f3a9c01-1201",
    "accepted": 1,
    "duplicates": 0,
    "rejected": 0,
    "results": [{"event_id": "e1", "status": "accepted", "reason": None}],
}
HISTORY: Final = {"user_id": "u1", "events": [EVENT], "next_page": None}

RULE: Final = {
    "if": [{"label": "product", "id": "p1", "name": "Herbs"}],
    "then": {"label": "product", "id": "p2", "name": "Root vegetables"},
    "count": 69,
    "support": 0.0070,
    "confidence": 0.4313,
    "lift": 3.9565,
    "leverage": 0.0052,
    "conviction": 1.5666,
}
RULES_OF: Final = {
    "by": "order",
    "of": "product",
    "baskets": 9835,
    "support": 0.0061,
    "warnings": [],
    "created_at": "2026-11-22T10:00:00Z",
    "snapshot": SNAPSHOT,
    "model": "rules@019a6f6f-0a44-7c39-8f0b-64d5a1c5e6d2",
}
RULES: Final = {"rules": [RULE], **RULES_OF}
RULE_PICTURE: Final = {
    "items": [
        {"label": "product", "id": "p1", "name": "Herbs", "x": 0.0, "y": 0.2},
        {"label": "product", "id": "p2", "name": "Root vegetables", "x": 1.0, "y": 1.0},
    ],
    "rules": [{**RULE, "x": 0.5, "y": 0.6}],
    "links": [{"source": 0, "target": 2}, {"source": 2, "target": 1}],
    "svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 680">…</svg>',
    **RULES_OF,
}


def example(answer: dict[str, Any], status: int = 200) -> dict[int | str, dict[str, Any]]:
    """An example of a route's answer, for its OpenAPI description."""
    return {status: {"content": {"application/json": {"example": answer}}}}
