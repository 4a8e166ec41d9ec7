"""How many of a slate's items the graph that was learnt from can explain, each edge looked up again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pathlib import Path

    from embeddings.training import TrainingData

SAMPLE = 2_000
"""Users whose lists are explained."""

PREDICATE = "Predicate"


def explained(
    data: TrainingData, relations: tuple[str, ...], users: NDArray[Any], top: NDArray[Any], folder: Path
) -> float:
    """Share of recommended items with a path of at most four edges, all of which are in the training data.

    Args:
        data: what the model learnt from.
        relations: names of its relations: brand and category are edges of their own, all others knowledge.
        users: ``(n,)`` user rows.
        top: ``(n, k)`` item rows, -1 where there are no more.
        folder: gets the snapshot.
    """
    from graph.snapshot.view import LiveView
    from recommend.pipeline import Recommender

    snapshot, edges = _snapshot(data, relations, folder)
    recommender = Recommender(LiveView(snapshot), {})
    chosen = np.random.default_rng(0).permutation(len(users))[:SAMPLE]
    good = total = 0
    for place in chosen.tolist():
        for item in top[place][top[place] >= 0].tolist():
            paths = recommender.explain(str(users[place]), str(item), 1)["paths"]
            total += 1
            good += bool(paths) and all(_edge(fact) in edges for fact in paths[0]["facts"])
    return good / total


def _edge(fact: dict[str, Any]) -> tuple[str, str, str, str, str]:
    source, target = fact["from"], fact["to"]
    return source["id"], fact["rel"], target["label"], target["id"], fact.get("predicate", "")


def _snapshot(data: TrainingData, relations: tuple[str, ...], folder: Path) -> tuple[Any, set[tuple[str, ...]]]:
    from graph.snapshot.actions import stamps
    from graph.snapshot.layout import ACTED
    from graph.snapshot.write import write_snapshot

    items, entities, said = data.attribute_items, data.attribute_entities, data.attribute_relations
    also = np.full(data.attribute_count, -1, np.int32) if data.entity_items is None else data.entity_items
    own = {"brand": ("MADE_BY", "Brand"), "category": ("IN_CATEGORY", "Category")}
    parts: dict[tuple[str, str, str], list[Any]] = {}
    for number, name in enumerate(relations):
        of = said == number
        product = of & (also[entities] >= 0)
        type_, label = own.get(name, ("RELATED", "Entity"))
        for where, target_label, target in ((of & ~product, label, entities), (product, "Product", also[entities])):
            code = np.full(int(where.sum()), 2 * number, np.uint32)
            key = ("Product", type_ if target_label == label else "RELATED", target_label)
            parts.setdefault(key, []).append((items[where], target[where], code))
    edges: dict[tuple[str, str, str], Any] = {
        key: tuple(np.concatenate(column) for column in zip(*each, strict=True)) for key, each in parts.items()
    }
    known = {
        (str(s), key[1], key[2], str(t), relations[code >> 1] if key[1] == "RELATED" else "")
        for key, each in edges.items()
        for s, t, code in zip(*(column.tolist() for column in each), strict=True)
    }
    known |= {
        (str(u), "BOUGHT", "Product", str(i), "") for u, i in zip(data.users.tolist(), data.items.tolist(), strict=True)
    }
    edges[ACTED] = (data.users, data.items, stamps("BOUGHT", np.zeros(len(data.users), np.int64)))
    everything = [str(number) for number in range(data.attribute_count)]
    ids = {
        "User": [str(row) for row in range(data.user_count)],
        "Product": [str(row) for row in range(data.item_count)],
        **dict.fromkeys(("Brand", "Category", "Entity"), everything),
        PREDICATE: list(relations),
    }
    return write_snapshot(folder, ids=ids, edges=edges, durable=False), known
