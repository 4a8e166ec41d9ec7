"""Training data out of a view of the graph, or out of plain pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from embeddings.training import Rows, TrainingData
from graph.errors import InvalidValue
from graph.snapshot.actions import Actions, minutes_of
from graph.snapshot.csr import Csr
from graph.snapshot.view import LiveView

ATTRIBUTE_EDGES = (
    ("Product", "IN_CATEGORY", "Category"),
    ("Product", "MADE_BY", "Brand"),
    ("Product", "TAGGED", "Tag"),
)
"""What is known about products; one relation each."""
KNOWN_TARGETS = ("Product", "Entity", "Category", "Brand", "Tag")
"""Labels of what RELATED joins products to; each predicate is one relation more."""

NO_ROWS: Rows = np.empty(0, np.int32)

Pairs = tuple[Rows, Rows]
Triples = tuple[Rows, Rows, Rows]


def from_view(view: LiveView, actions: Actions, until_minutes: int | None = None) -> TrainingData:
    """What a model learns from a view.

    Args:
        view: the graph.
        actions: which actions count, and how much; several between one user and one product add up.
        until_minutes: leave out what is later, in minutes since 1970. What has no time stays.

    Returns:
        Rows as in the view. Deleted and erased people and products take no part in any edge.
    """
    users, items, stamps = _edges(view.actions.out)
    assert stamps is not None, "actions always have stamps"
    minutes = minutes_of(stamps)
    counts = actions.counts(stamps) & _there(view, "User", users) & _there(view, "Product", items)
    if until_minutes is not None:
        counts &= minutes <= until_minutes
    weights = actions.weights[stamps[counts] & np.uint32(len(actions.weights) - 1)]
    follows = _kept_pairs(view, ("User", "FOLLOWS", "User"))
    known = _attributes(view)
    data = from_pairs(
        users[counts],
        items[counts],
        view.count("User"),
        view.count("Product"),
        minutes=minutes[counts],
        weights=weights,
        follows=follows,
        attributes=known.triples,
    )
    return replace(data, entity_items=known.entity_items)


def from_pairs(
    users: Rows,
    items: Rows,
    user_count: int,
    item_count: int,
    *,
    minutes: NDArray[np.int64] | None = None,
    weights: NDArray[np.float32] | None = None,
    follows: Pairs | None = None,
    attributes: Triples | None = None,
) -> TrainingData:
    """What a model learns from pairs that may repeat.

    Args:
        users: ``(m,)`` user rows.
        items: ``(m,)`` item rows.
        user_count: users, those without interactions included.
        item_count: items, likewise.
        minutes: ``(m,)`` times; the newest of a pair stays.
        weights: ``(m,)`` strengths; those of a pair add up.
        follows: ``(f,)`` followers and ``(f,)`` followees.
        attributes: ``(a,)`` item rows, ``(a,)`` relations, ``(a,)`` attribute rows.

    Returns:
        One entry a pair, sorted by user and item.

    Raises:
        InvalidValue: a row is out of range, or lengths differ.
    """
    for name, rows, count in (("users", users, user_count), ("items", items, item_count)):
        if len(rows) != len(users) or (len(rows) and not 0 <= rows.min() <= rows.max() < count):
            raise InvalidValue(name, f"expected {len(users)} rows between 0 and {count - 1}")
    keys, place = np.unique(users.astype(np.int64) * item_count + items, return_inverse=True)
    newest = None
    if minutes is not None:
        newest = np.zeros(len(keys), np.int64)
        np.maximum.at(newest, place, minutes)
    total = None if weights is None else np.bincount(place, weights, len(keys)).astype(np.float32)
    followers, followees = follows or (NO_ROWS, NO_ROWS)
    attribute_items, relations, entities = attributes or (NO_ROWS, NO_ROWS, NO_ROWS)
    return TrainingData(
        user_count=user_count,
        item_count=item_count,
        users=(keys // max(item_count, 1)).astype(np.int32),
        items=(keys % max(item_count, 1)).astype(np.int32),
        minutes=newest,
        weights=total,
        followers=followers,
        followees=followees,
        attribute_items=attribute_items,
        attribute_entities=entities,
        attribute_relations=relations,
        attribute_count=int(entities.max(initial=-1)) + 1,
        relation_count=int(relations.max(initial=-1)) + 1,
    )


def items_named(themselves: Rows, ids: Sequence[str], entities: Rows, relations: Rows) -> Rows | None:
    """Which entities are items, of those that have the id of one.

    An id alone may deceive: category 7 is not item 7. Where all entities of a relation are plain numbers, they count
    as a numbering of their own.

    Args:
        themselves: ``(n,)`` the item row of each entity's id, -1 where no item has it.
        ids: ``n`` ids of entities, each entity under one relation.
        entities: ``(a,)`` rows of entities.
        relations: ``(a,)`` the relation of each.

    Returns:
        ``(n,)`` item rows or -1; None where no entity is an item.
    """
    worded = np.array([not each.isdecimal() for each in ids], np.bool_)
    telling = np.zeros(int(relations.max(initial=-1)) + 1, np.bool_)
    telling[relations[worded[entities]]] = True
    found = np.full(len(themselves), -1, np.int32)
    admitted = np.unique(entities[telling[relations]])
    found[admitted] = themselves[admitted]
    return found if (found >= 0).any() else None


def _edges(csr: Csr) -> tuple[Rows, Rows, NDArray[np.uint32] | None]:
    sources = np.repeat(np.arange(csr.node_count, dtype=np.int32), csr.degrees())
    return sources, np.asarray(csr.indices), csr.stamps


def _there(view: LiveView, label: str, rows: Rows) -> NDArray[np.bool_]:
    gone = view.gone(label)
    return ~gone[rows] if len(gone) else np.ones(len(rows), np.bool_)


def _kept_pairs(view: LiveView, key: tuple[str, str, str]) -> Pairs:
    source, target, _ = _edges(view.edges(*key).out)
    kept = _there(view, key[0], source) & _there(view, key[2], target)
    return source[kept], target[kept]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of items.

    Attributes:
        triples: items, relations and entities.
        entity_items: item rows of the entities that are items, or None.
    """

    triples: Triples
    entity_items: Rows | None


def _attributes(view: LiveView) -> _Known:
    """Categories, brands, tags and what RELATED tells, in one numbering; one relation each kind and predicate."""
    parts: list[Triples] = []
    first, products = 0, None
    for relation, key in enumerate(ATTRIBUTE_EDGES):
        items, entities = _kept_pairs(view, key)
        parts.append((items, np.full(len(items), relation, np.int32), (entities + first).astype(np.int32)))
        first += view.count(key[2])
    for label in KNOWN_TARGETS:
        items, entities, predicates = _told(view, label)
        if len(items):
            parts.append((items, predicates + np.int32(len(ATTRIBUTE_EDGES)), (entities + first).astype(np.int32)))
            products = first if label == "Product" else products
            first += view.count(label)
    items, relations, entities = (_joined(part[place] for part in parts) for place in range(3))
    if products is None:
        return _Known((items, relations, entities), None)
    count = int(entities.max(initial=-1)) + 1
    themselves = np.full(count, -1, np.int32)
    end = min(count, products + view.count("Product"))
    themselves[products:end] = np.arange(end - products, dtype=np.int32)
    return _Known((items, relations, entities), themselves)


def _told(view: LiveView, label: str) -> Triples:
    """Products, what RELATED joins them to, and the predicates' rows."""
    csr = view.edges("Product", "RELATED", label).out
    source, target, stamps = _edges(csr)
    assert stamps is not None, "knowledge always has its predicate"
    kept = _there(view, "Product", source) & _there(view, label, target)
    return source[kept], target[kept], (stamps[kept] >> 1).astype(np.int32)


def _joined(parts: Iterable[Rows]) -> Rows:
    return np.concatenate(list(parts)).astype(np.int32)
