"""Small graphs written by hand, as the snapshot and view that the program would make of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from graph.schema import EDGE_TYPES, NODES, Keeping, Type
from graph.snapshot.actions import plain_stamps, stamps
from graph.snapshot.layout import ACTED, is_number
from graph.snapshot.snapshot import Snapshot
from graph.snapshot.text import TextColumn, text_column
from graph.snapshot.view import LiveView
from graph.snapshot.write import write_snapshot

FOLLOWS = ("User", "FOLLOWS", "User")
Key = tuple[str, str, str]


def small_view(tmp_path: Path, **graph: Any) -> LiveView:
    """As `small_snapshot`, as requests see it."""
    return LiveView(small_snapshot(tmp_path, **graph))


def small_snapshot(
    tmp_path: Path,
    *,
    users: Sequence[str | None] = (),
    products: Sequence[str | None] = (),
    rated: Sequence[tuple[str, str, float, int]] = (),
    actions: Mapping[str, Sequence[tuple[str, str, int]]] | None = None,
    follows: Sequence[tuple[str, ...]] = (),
    categories: Mapping[str, Sequence[str]] | None = None,
    edges: Mapping[Key, Sequence[tuple[Any, ...]]] | None = None,
    properties: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None,
    gone: Mapping[str, Sequence[str]] | None = None,
    **more_actions: Sequence[tuple[str, str, int]],
) -> Snapshot:
    """A snapshot in ``tmp_path / "snapshots"``.

    Args:
        users: ids in row order; None for an erased row. Ids that only edges name come behind them.
        products: likewise.
        rated: ``(user, product, stars, minute)``.
        actions: by relationship type, such as ``{"LIKED": [(user, product, minute)]}``.
        follows: ``(follower, followee)`` or ``(follower, followee, minute)``.
        categories: by product: also kept as the products' property.
        edges: any other edge set: ``{("User", "MUTED", "User"): [(source, target[, minute])]}``.
        properties: ``{"Product": {"p1": {"title": "Pan", "price_minor": 990}}}``; edges that they stand for too.
        gone: ended nodes by label.
        more_actions: by event name: ``bought=[(user, product, minute)]``, ``liked=…``, ``viewed=…``, ``reviewed=…``.
    """
    rows: dict[str, dict[str | None, int]] = {label: {} for label in NODES}
    ids: dict[str, list[str | None]] = {label: [] for label in NODES}

    def row(label: str, node_id: str | None) -> int:
        if node_id is None:
            ids[label].append(None)
            return len(ids[label]) - 1
        if node_id not in rows[label]:
            rows[label][node_id] = len(ids[label])
            ids[label].append(node_id)
        return rows[label][node_id]

    def pairs(key: Key, edges: Sequence[tuple[Any, ...]]) -> tuple[Any, Any, Any]:
        source = np.array([row(key[0], edge[0]) for edge in edges], np.int32)
        target = np.array([row(key[2], edge[1]) for edge in edges], np.int32)
        return source, target, np.array([edge[2] if len(edge) > 2 else 0 for edge in edges], np.int64)

    for label, node_id in [*(("User", each) for each in users), *(("Product", each) for each in products)]:
        row(label, node_id)
    acted = [_rated(pairs(ACTED, rated), rated)]
    of_kind = {**(actions or {}), **{event.upper(): each for event, each in more_actions.items()}}
    for kind, each in of_kind.items():
        source, target, minutes = pairs(ACTED, each)
        acted.append((source, target, stamps(kind, minutes)))
    found: dict[Key, Any] = {ACTED: tuple(np.concatenate(column) for column in zip(*acted, strict=True))}
    listed = {FOLLOWS: follows, **(edges or {})}
    known = {label: {node_id: dict(given) for node_id, given in of.items()} for label, of in (properties or {}).items()}
    for product, of in (categories or {}).items():
        known.setdefault("Product", {}).setdefault(product, {})["categories"] = list(of)
    for key, each in (*_derived(known), *listed.items()):
        source, target, minutes = pairs(key, each)
        found[key] = (source, target, plain_stamps(minutes))
    columns = {}
    for key, each in _knowledge(known).items():
        source, target, _ = pairs(key, [edge[:2] for edge in each])
        codes = [2 * row("Predicate", predicate) + inferred for _, _, predicate, inferred in each]
        found[key] = (source, target, np.array(codes, np.uint32))
    for label, of in known.items():
        places = {row(label, node_id): given for node_id, given in of.items()}
        for name in sorted({name for given in places.values() for name in given}):
            columns[label, name] = _column(label, name, len(ids[label]), places)
    return write_snapshot(
        tmp_path / "snapshots",
        ids={label: each for label, each in ids.items() if each or label in {"User", "Product"}},
        edges={key: each for key, each in found.items() if len(each[0]) or key == ACTED},
        columns=columns,
        gone={label: [rows[label][node_id] for node_id in each] for label, each in (gone or {}).items()},
        position="7",
        durable=False,
    )


def _rated(pairs: tuple[Any, Any, Any], rated: Sequence[tuple[str, str, float, int]]) -> tuple[Any, Any, Any]:
    minutes = np.array([each[3] for each in rated], np.int64)
    return pairs[0], pairs[1], stamps("RATED", minutes, np.array([each[2] for each in rated], np.float32))


def _derived(known: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> list[tuple[Key, list[tuple[str, str]]]]:
    """Edges that follow from properties, as the store makes them."""
    found = []
    for edge in EDGE_TYPES:
        if edge.keeping is Keeping.DERIVED and edge.type != "RELATED":
            values = {node_id: given.get(edge.from_property) for node_id, given in known.get(edge.source, {}).items()}
            found.append((edge.key, [(node_id, each) for node_id, value in values.items() for each in _listed(value)]))
    return found


def _knowledge(known: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[Key, list[tuple[str, str, str, bool]]]:
    """RELATED edges as (source, target, predicate, whether inferred), from the property ``related``."""
    found: dict[Key, list[tuple[str, str, str, bool]]] = defaultdict(list)
    for label, of in known.items():
        for node_id, given in of.items():
            for origin, told in (given.get("related") or {}).items():
                for predicate, names in told.items():
                    for other, _, other_id in (name.partition(":") for name in names):
                        edge = (node_id, other_id, predicate, origin.startswith("inferred:"))
                        found[label, "RELATED", other].append(edge)
    return found


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _column(label: str, name: str, count: int, places: Mapping[int, Mapping[str, Any]]) -> Any:
    given = {row: of[name] for row, of in sorted(places.items()) if of.get(name) is not None}
    if is_number(label, name):
        column = np.full(count, np.nan)
        column[list(given)] = list(given.values())
        return column
    declared = NODES[label].property(name)
    assert declared is not None, f"{label} has no property {name}"
    texts = [v if declared.type is Type.STRING else orjson.dumps(v).decode() for v in given.values()]
    column_of_texts: TextColumn = text_column(count, [(list(given), texts)])
    return column_of_texts
