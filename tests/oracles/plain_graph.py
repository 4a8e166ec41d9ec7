"""Oracle: the graph as one obvious function of a set of checked events, by external ids, too slow to ship."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.model import EdgeArrays
from graph.schema import EDGES, EVENTS, NODES, EdgeType, Keeping
from graph.store.port import GraphStore

OBJECTS = {"Product": "product_id", "User": "other_id", "Post": "post_id", "Community": "community_id"}
Edge = tuple[Any, ...]


@dataclass
class PlainGraph:
    ids: dict[str, set[str]] = field(default_factory=dict)
    empty_rows: dict[str, int] = field(default_factory=dict)
    ended: dict[str, set[str]] = field(default_factory=dict)
    properties: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    edges: dict[tuple[str, str, str], Counter[Edge]] = field(default_factory=dict)


def moment(event: Mapping[str, Any]) -> tuple[int, str]:
    at = event.get("at")
    return (-1 if at is None else at, event["event_id"])


def acts(
    events: Iterable[Mapping[str, Any]],
) -> Iterable[tuple[tuple[str, str, str], str, str, Mapping[str, Any], bool]]:
    """Each event as (edge set, source id, target id, event, whether it stands)."""
    for event in events:
        kind = EVENTS[event["type"]]
        if kind.name == "shared":
            label = "Product" if event.get("product_id") is not None else "Post"
            yield ("User", "SHARED", label), event["user_id"], event[OBJECTS[label]], event, True
            for other in set(event.get("with") or ()) - {event["user_id"]}:
                yield ("User", "INTERACTED", "User"), event["user_id"], other, event, True
        elif kind.edges:
            key = kind.edges[0]
            yield key, event["user_id"], event[OBJECTS[key[2]]], event, kind.stands
        if kind.name == "posted":
            for product in set(event.get("product_ids") or ()):
                yield ("Post", "MENTIONS", "Product"), event["post_id"], product, event, True


def described(events: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]]:
    """Each event that says what a node is, as (label, id, properties, event)."""
    for event in events:
        label = EVENTS[event["type"]].node
        if label:
            yield label, event[f"{event['type']}_id"], event["properties"], event
        elif event["type"] == "posted":
            said = {name: event[name] for name in ("text", "images", "at") if event.get(name) is not None}
            yield "Post", event["post_id"], said, event


def listed(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(dict.fromkeys(value))


def named(edge: EdgeType, value: Any) -> set[tuple[str, Any]]:
    """What a property names for an edge set: ids, and of knowledge the predicate, the origin and whether inferred."""
    if edge.type != "RELATED":
        return {(each, None) for each in listed(value)}
    return {
        (name.removeprefix(f"{edge.target}:"), (predicate, origin, origin.startswith("inferred:")))
        for origin, told in (value or {}).items()
        for predicate, names in told.items()
        for name in names
        if name.startswith(f"{edge.target}:")
    }


def mentioned(events: list[Mapping[str, Any]]) -> dict[str, set[str]]:
    """Every id that an event names, by label."""
    found: dict[str, set[str]] = defaultdict(set)
    for key, source, target, event, _ in acts(events):
        found[key[0]].add(source)
        found[key[2]].add(target)
        found["User"].update(event.get("with") or ())
    for label, node_id, properties, _ in described(events):
        found[label].add(node_id)
        for edge in EDGES.values():
            if edge.keeping is Keeping.DERIVED and edge.source == label:
                found[edge.target].update(each[0] for each in named(edge, properties.get(edge.from_property)))
        found["Predicate"].update(p for told in (properties.get("related") or {}).values() for p in told)
    for event in events:
        if event["type"] == "deleted":
            found[event["label"]].add(event["id"])
        if event["type"] == "erased":
            found["User"].add(event["user_id"])
    return found


def plain_graph(events: list[Mapping[str, Any]]) -> PlainGraph:
    gone = {"User": {e["user_id"] for e in events if e["type"] == "erased"}}
    gone["Post"] = {e["post_id"] for e in events if e["type"] == "posted" and e["user_id"] in gone["User"]}
    graph = PlainGraph()
    for label, ids in mentioned(events).items():
        if ids - gone.get(label, set()):
            graph.ids[label] = ids - gone.get(label, set())
        if ids & gone.get(label, set()):
            graph.empty_rows[label] = len(ids & gone[label])
    graph.ended = ended_nodes(events, gone)
    graph.properties = standing_properties(events, gone)
    graph.edges = standing_edges(events, gone)
    graph.edges.update(derived_edges(graph))
    graph.edges = {key: edges for key, edges in graph.edges.items() if edges}
    return graph


def ended_nodes(events: list[Mapping[str, Any]], gone: Mapping[str, set[str]]) -> dict[str, set[str]]:
    touched: dict[tuple[str, str], tuple[int, str]] = defaultdict(lambda: (-2, ""))
    ends: dict[tuple[str, str], tuple[int, str]] = defaultdict(lambda: (-2, ""))
    for label, node_id, _, event in described(events):
        touched[label, node_id] = max(touched[label, node_id], moment(event))
    for event in events:
        if event["type"] == "deleted" and event["id"] not in gone.get(event["label"], ()):
            ends[event["label"], event["id"]] = max(ends[event["label"], event["id"]], moment(event))
    found: dict[str, set[str]] = defaultdict(set)
    for (label, node_id), end in ends.items():
        if end > touched[label, node_id]:
            found[label].add(node_id)
    return dict(found)


def standing_properties(
    events: list[Mapping[str, Any]], gone: Mapping[str, set[str]]
) -> dict[tuple[str, str], dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    for label, node_id, properties, _ in sorted(described(events), key=lambda each: moment(each[3])):
        if node_id in gone.get(label, ()):
            continue
        kept = found[label, node_id]
        for name, value in properties.items():
            if name == "attributes" and value is not None:
                kept[name] = {**(kept.get(name) or {}), **value}
            else:
                kept[name] = value
    for kept in found.values():
        if kept.get("attributes"):
            kept["attributes"] = {k: v for k, v in kept["attributes"].items() if v is not None}
        for name in [n for n, v in kept.items() if v is None or (n == "attributes" and not v)]:
            del kept[name]
    return {key: kept for key, kept in found.items() if kept}


def standing_edges(
    events: list[Mapping[str, Any]], gone: Mapping[str, set[str]]
) -> dict[tuple[str, str, str], Counter[Edge]]:
    told: dict[tuple[str, str, str], dict[tuple[str, str], list[tuple[Mapping[str, Any], bool]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for key, source, target, event, stands in acts(events):
        if source not in gone.get(key[0], ()) and target not in gone.get(key[2], ()):
            told[key][source, target].append((event, stands))
    edges: dict[tuple[str, str, str], Counter[Edge]] = defaultdict(Counter)
    for key, by_pair in told.items():
        for (source, target), history in by_pair.items():
            history.sort(key=lambda each: moment(each[0]))
            if EDGES[key].keeping is Keeping.PAIR:
                if history[-1][1]:
                    times = [moment(event)[0] for event, stands in history if stands]
                    edges[key][source, target, max(times), None, len(times)] += 1
            else:
                shown = history[-1:] if key[1] in ("RATED", "REVIEWED") else history
                for event, _ in shown:
                    value = event.get("value") if key[1] in ("RATED", "REVIEWED") else None
                    edges[key][source, target, moment(event)[0], value, None] += 1
    add_ties(edges)
    return dict(edges)


def add_ties(edges: dict[tuple[str, str, str], Counter[Edge]]) -> None:
    """Comments on and likes of somebody's posts tie people together."""
    key = ("User", "INTERACTED", "User")
    ties: dict[tuple[str, str], tuple[int, int]] = {}
    direct = [(s, t, at, n) for s, t, at, _, n in edges[key].elements()]
    comments = [(s, post, at, 1) for s, post, at, _, _ in edges["User", "COMMENTED", "Post"].elements()]
    likes = [(s, post, at, n) for s, post, at, _, n in edges["User", "LIKED", "Post"].elements()]
    authors = [(author, post) for author, post, *_ in edges["User", "POSTED", "Post"].elements()]
    on_posts = [(s, author, at, n) for s, p, at, n in comments + likes for author, post in authors if p == post]
    for source, target, at, count in direct + on_posts:
        if source != target:
            last, total = ties.get((source, target), (-1, 0))
            ties[source, target] = (max(last, at), total + count)
    edges[key] = Counter({(s, t, at, None, n): 1 for (s, t), (at, n) in ties.items()})


def derived_edges(graph: PlainGraph) -> dict[tuple[str, str, str], Counter[Edge]]:
    edges: dict[tuple[str, str, str], Counter[Edge]] = {}
    for edge in EDGES.values():
        if edge.keeping is Keeping.DERIVED:
            edges[edge.key] = Counter(
                (node_id, target, -1, told and told[::2], None)
                for (label, node_id), properties in graph.properties.items()
                if label == edge.source
                for target, told in named(edge, properties.get(edge.from_property))
            )
    return edges


def read_out(store: GraphStore) -> PlainGraph:
    """The same, read out of a store."""
    graph = PlainGraph()
    rows = {label: [i for batch in store.node_ids(label, 3) for i in batch] for label in NODES}
    for label, ids in rows.items():
        assert store.node_count(label) == len(ids)
        if present := {i for i in ids if i is not None}:
            graph.ids[label] = present
        if None in ids:
            graph.empty_rows[label] = ids.count(None)
        if gone := {ids[row] for row in store.deleted_rows(label)}:
            graph.ended[label] = gone
        for declared in NODES[label].properties:
            for at_rows, values in store.property_values(label, declared.name):
                for row, value in zip(at_rows, values, strict=True):
                    graph.properties.setdefault((label, ids[row]), {})[declared.name] = value
    for key in EDGES:
        found = Counter(
            (rows[key[0]][source], rows[key[2]][target], *told)
            for batch in store.edges(key, 3)
            for source, target, *told in told_of(batch, rows["Predicate"])
        )
        if found:
            graph.edges[key] = found
    return graph


def told_of(batch: EdgeArrays, predicates: list[str | None]) -> Iterable[Edge]:
    """Edges as (source row, target row, time, stars or what is known, count)."""
    columns = [batch.source, batch.target, batch.at, batch.value, batch.count]
    lists = [[None] * len(batch) if column is None else column.tolist() for column in columns]
    if batch.value is not None:
        lists[3] = [None if value != value else value for value in lists[3]]
    if batch.predicate is not None and batch.inferred is not None:
        told = zip(batch.predicate.tolist(), batch.inferred.tolist(), strict=True)
        lists[3] = [(predicates[row], inferred) for row, inferred in told]
    return zip(*lists, strict=True)
