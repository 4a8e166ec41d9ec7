"""Paths as answers: facts with ids and names, one sentence, and the Cypher query that checks them."""

from __future__ import annotations

from typing import Any

from graph.snapshot.view import LiveView
from recommend.explain.path_words import Language, Words, sentence
from recommend.explain.paths import KnowledgePath, Node, PathFinder

CHECK = "path_holds"
"""The named query that says whether all edges of a path are there."""

SPEAKING = ("Tag", "Entity")
"""Labels whose ids are words themselves."""
NAME_OF = {"Product": ("title",), "User": ("display_name", "handle")}


def reason(finder: PathFinder, row: int, language: Language = "en") -> dict[str, Any] | None:
    """The best path to a product as a reason of a slate; None without any."""
    best = finder.best(row, 1)
    if not best:
        return None
    view, path = finder.view, best[0]
    steps = [
        {"from": _id(view, step.source), "rel": _relation(view, step.rel, step.predicate), "to": _id(view, step.target)}
        for step in path.steps
    ]
    return {"type": "path", "path": steps, "text": told(view, path, language)}


def answer(view: LiveView, path: KnowledgePath, language: Language = "en") -> dict[str, Any]:
    """A path with everything that can be checked."""
    return {
        "score": round(path.score, 6),
        "nodes": [_node(view, node) for node in path.nodes],
        "facts": [
            {
                "from": _place(view, step.source),
                "rel": step.rel,
                "to": _place(view, step.target),
                **({"predicate": view.id_of("Predicate", step.predicate)} if step.predicate >= 0 else {}),
            }
            for step in path.steps
        ],
        "text": told(view, path, language),
        "check": {"query": CHECK, "parameters": _parameters(view, path)},
    }


def told(view: LiveView, path: KnowledgePath, language: Language = "en") -> str:
    """A path in one sentence."""
    predicates = tuple(_said(view, step.predicate) for step in path.steps)
    names = tuple(name_of(view, node) for node in path.nodes)
    labels = tuple(label for label, _ in path.nodes)
    relations = tuple(step.rel for step in path.steps)
    forward = tuple(step.source == node for step, node in zip(path.steps, path.nodes[:-1], strict=True))
    return sentence(Words(relations, predicates, names, labels, forward), language)


def name_of(view: LiveView, node: Node) -> str:
    """What a node is called; where it has no name its id, mostly behind its label."""
    label, row = node
    named = (view.text(label, name, row) for name in NAME_OF.get(label, ("name",)))
    node_id = view.id_of(label, row)
    return next(filter(None, named), node_id if label in SPEAKING else f"{label.lower()} {node_id}")


def _said(view: LiveView, predicate: int) -> str:
    if predicate < 0:
        return ""
    name = view.text("Predicate", "name", predicate)
    return name or view.id_of("Predicate", predicate).rstrip("/#").replace("#", "/").rpartition("/")[2]


def _relation(view: LiveView, rel: str, predicate: int) -> str:
    return rel if predicate < 0 else view.id_of("Predicate", predicate)


def _id(view: LiveView, node: Node) -> str:
    return view.id_of(*node)


def _place(view: LiveView, node: Node) -> dict[str, Any]:
    return {"label": node[0], "id": view.id_of(*node)}


def _node(view: LiveView, node: Node) -> dict[str, Any]:
    return {**_place(view, node), "name": name_of(view, node)}


def _parameters(view: LiveView, path: KnowledgePath) -> dict[str, Any]:
    return {
        "from_labels": [step.source[0] for step in path.steps],
        "from_ids": [_id(view, step.source) for step in path.steps],
        "types": [step.rel for step in path.steps],
        "to_labels": [step.target[0] for step in path.steps],
        "to_ids": [_id(view, step.target) for step in path.steps],
        "predicates": [view.id_of("Predicate", step.predicate) if step.predicate >= 0 else "" for step in path.steps],
    }
