"""Knowledge graphs out of a view of the graph, or out of training data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from embeddings.kg.graph import ACTED, EdgeSet, KnowledgeGraph, Relation, knowledge_graph
from embeddings.training import Rows, TrainingData
from graph.schema import EDGE_TYPES
from graph.snapshot.actions import CODE_MASK, CODES, Actions
from graph.snapshot.csr import Adjacency
from graph.snapshot.view import LiveView

ATTRIBUTE = "Attribute"
"""Label of what training data know of items: brands, categories and others in one numbering."""

LEFT_OUT = frozenset({"BLOCKED", "MUTED", "INTERACTED", "IN_SEGMENT", "TARGETS", "PROMOTES"})
"""What people keep to themselves, and what we found or planned ourselves: no knowledge to learn from."""


def graph_of_data(data: TrainingData, relation_names: Sequence[str] = ()) -> KnowledgeGraph:
    """Interactions, follows and attributes as triples.

    Args:
        data: rows of users and items.
        relation_names: names of the attributes' relations; numbers by default.
    """
    counts = {"User": data.user_count, "Product": data.item_count, ATTRIBUTE: data.attribute_count}
    edges = [
        EdgeSet(Relation(ACTED, "User", "Product"), data.users, data.items),
        EdgeSet(Relation("FOLLOWS", "User", "User"), data.followers, data.followees),
    ]
    for kind in range(data.relation_count):
        of = data.attribute_relations == kind
        name = relation_names[kind] if kind < len(relation_names) else f"attribute {kind}"
        relation = Relation(name, "Product", ATTRIBUTE)
        edges.append(EdgeSet(relation, data.attribute_items[of], data.attribute_entities[of], own_tails=True))
    return knowledge_graph(counts, edges)


def graph_of_view(view: LiveView, actions: Actions) -> KnowledgeGraph:
    """All that the graph knows, as triples.

    Args:
        view: the graph.
        actions: which actions count as interest: together they are the relation ``ACTED``.

    Returns:
        One relation for each type of edge, for each action that does not count, and for each predicate of RELATED
        between two labels; what a rule inferred is left out, as it would give the answer away. Deleted and erased nodes
        take no part. Neither does what people keep to themselves, nor what we found or planned: `LEFT_OUT`.
    """
    edges = list(_acted(view, actions))
    for each in EDGE_TYPES:
        source, type_, target = each.key
        if type_ == "RELATED":
            edges.extend(_related(view, each.key))
        elif type_ not in LEFT_OUT and not (source == "User" and target == "Product"):
            heads, tails, _ = _kept(view, each.key, view.edges(*each.key))
            edges.append(EdgeSet(Relation(_name(each.key), source, target), heads, tails))
    labels = dict.fromkeys(label for edge in EDGE_TYPES for label in (edge.key[0], edge.key[2]))
    return knowledge_graph({label: view.count(label) for label in labels}, edges)


def _acted(view: LiveView, actions: Actions) -> Iterator[EdgeSet]:
    users, items, stamps = _kept(view, ("User", ACTED, "Product"), view.actions)
    counts = actions.counts(stamps)
    yield EdgeSet(Relation(ACTED, "User", "Product"), users[counts], items[counts])
    kinds = [kind for kind, _ in CODES]
    codes = stamps & np.uint32(CODE_MASK)
    for kind in dict.fromkeys(kinds):
        same = np.array([each == kind for each in kinds] + [False] * (CODE_MASK + 1 - len(kinds)))
        chosen = same[codes] & ~counts
        yield EdgeSet(Relation(kind, "User", "Product"), users[chosen], items[chosen])


def _related(view: LiveView, key: tuple[str, str, str]) -> Iterator[EdgeSet]:
    heads, tails, stamps = _kept(view, key, view.edges(*key))
    stated = (stamps & np.uint32(1)) == 0
    heads, tails, predicates = heads[stated], tails[stated], stamps[stated] >> np.uint32(1)
    for row in np.unique(predicates).tolist():
        chosen = predicates == row
        predicate = view.id_of("Predicate", row)
        relation = Relation(f"{predicate} ({key[0]} to {key[2]})", key[0], key[2])
        yield EdgeSet(relation, heads[chosen], tails[chosen])


def _name(key: tuple[str, str, str]) -> str:
    """The type alone where it joins one pair of labels only."""
    source, type_, target = key
    alone = sum(edge.key[1] == type_ for edge in EDGE_TYPES) == 1
    return type_ if alone else f"{type_} ({source} to {target})"


def _kept(view: LiveView, key: tuple[str, str, str], edges: Adjacency) -> tuple[Rows, Rows, np.ndarray]:
    """Heads, tails and stamps of the edges whose both ends are there; stamps are 0 where the set has none."""
    csr = edges.out
    heads = np.repeat(np.arange(csr.node_count, dtype=np.int32), csr.degrees())
    tails = np.asarray(csr.indices)
    stamps = np.zeros(len(tails), np.uint32) if csr.stamps is None else np.asarray(csr.stamps)
    kept = np.ones(len(tails), np.bool_)
    for label, rows in ((key[0], heads), (key[2], tails)):
        gone = view.gone(label)
        if len(gone):
            kept &= ~gone[rows]
    return heads[kept], tails[kept], stamps[kept]
