"""Oracle: what events tell, as plain relationships by external ids, the way an analyst's graph should have them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from graph.schema import EDGES, Keeping
from tests.oracles.plain_graph import PlainGraph, acts, listed, moment, plain_graph

ACTIONS = ("BOUGHT", "LIKED", "RATED", "REVIEWED", "CARTED", "SHARED", "VIEWED")
"""What a person does with a product, opinions against it and returns apart."""

STARRED = ("RATED", "REVIEWED")
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Told:
    """One relationship: of a pair, with its first and last time, or of one event, where both are the same."""

    key: Key
    source: str
    target: str
    first: int | None
    last: int | None
    event: Mapping[str, Any] = field(default_factory=dict)

    @property
    def type(self) -> str:
        return self.key[1]

    @property
    def times(self) -> list[int]:
        """All that are known, each once."""
        return sorted({at for at in (self.first, self.last) if at is not None})


class Graph:
    """Everything that a set of events tells.

    Attributes:
        plain: nodes, properties and ended nodes.
        standing: relationships but derived ones.
        ended: pairs that were taken back.
        community: of people, by whatever found it.
        segment: ids of people by segment.
        shelf: products, those first that were heard of first.
    """

    def __init__(
        self,
        events: list[Mapping[str, Any]],
        community: Mapping[str, int] | None = None,
        segment: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self.plain: PlainGraph = plain_graph(events)
        self.community = dict(community or {})
        self.segment = {name: set(people) for name, people in (segment or {}).items()}
        self.standing: list[Told] = []
        self.ended: list[Told] = []
        for key, source, target, history in _by_pair(events):
            if EDGES[key].keeping is Keeping.EVENT:
                self.standing += [Told(key, source, target, e.get("at"), e.get("at"), e) for e, _ in history]
                continue
            times = [e["at"] for e, stands in history if stands and e.get("at") is not None]
            told = Told(key, source, target, min(times, default=None), max(times, default=None))
            (self.standing if history[-1][1] else self.ended).append(told)
        self.actions = [r for r in self.standing if r.key[0::2] == ("User", "Product") and r.type in ACTIONS]
        follows = [r for r in self.standing if r.type == "FOLLOWS"]
        self.followers = _grouped((r.target, r.source) for r in follows)
        self.following = _grouped((r.source, r.target) for r in follows)
        self.shelf = list(dict.fromkeys(p for event in events for p in _products(event)))
        self.since = {(r.source, r.target): r.last for r in follows}

    def ids(self, label: str) -> set[str]:
        return self.plain.ids.get(label, set())

    def known(self, label: str, node_id: str, name: str) -> Any:
        return self.plain.properties.get((label, node_id), {}).get(name)

    def is_ended(self, label: str, node_id: str) -> bool:
        return node_id in self.plain.ended.get(label, ())

    def knowledge(self, product: str, *names: str) -> set[tuple[str, str]]:
        """Label and id of categories, brands and tags of a product."""
        labels = {"categories": "Category", "brand": "Brand", "tags": "Tag"}
        chosen = names or tuple(labels)
        return {(labels[name], each) for name in chosen for each in listed(self.known("Product", product, name))}

    def categories(self, product: str) -> set[str]:
        return {each for _, each in self.knowledge(product, "categories")}

    def counted(self, actions: Collection[str], min_stars: float) -> list[Told]:
        """Actions that count, each for itself."""
        return [r for r in self.actions if r.type in actions and (r.type not in STARRED or _stars(r) >= min_stars)]

    @cached_property
    def newest_stars(self) -> set[int]:
        """Of stars that one person gave one product the newest, by identity."""
        newest: dict[tuple[str, str, str], Told] = {}
        for r in self.actions:
            if r.type in STARRED:
                pair = (r.type, r.source, r.target)
                if pair not in newest or moment(r.event) > moment(newest[pair].event):
                    newest[pair] = r
        return set(map(id, newest.values()))

    def chosen(self, actions: Collection[str], min_stars: float) -> list[Told]:
        """Those that stand: of stars that were given more than once only the newest."""
        counted = self.counted(actions, min_stars)
        return [r for r in counted if r.type not in STARRED or id(r) in self.newest_stars]


def _by_pair(
    events: Iterable[Mapping[str, Any]],
) -> Iterable[tuple[Key, str, str, list[tuple[Mapping[str, Any], bool]]]]:
    told: dict[tuple[Key, str, str], list[tuple[Mapping[str, Any], bool]]] = defaultdict(list)
    for key, source, target, event, stands in acts(events):
        told[key, source, target].append((event, stands))
    for (key, source, target), history in told.items():
        yield key, source, target, sorted(history, key=lambda each: moment(each[0]))


def _products(event: Mapping[str, Any]) -> list[str]:
    return [each for each in (event.get("product_id"), *(event.get("product_ids") or ())) if each is not None]


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for key, value in pairs:
        found[key].add(value)
    return found


def _stars(r: Told) -> float:
    return r.event.get("value") or 0.0
