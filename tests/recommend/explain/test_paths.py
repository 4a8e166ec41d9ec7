"""Paths: the best of all there are, every edge of them true, and nobody in them who must not be."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from math import log2
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import UnknownNode
from graph.snapshot.actions import CODE_MASK, CODES
from graph.snapshot.view import LiveView
from recommend.errors import InvalidLimit
from recommend.explain import paths
from recommend.pipeline import Recommender
from tests.graph.snapshot.small import small_view
from tests.recommend.proof import Facts
from tests.recommend.test_reasons import ACTIONS, PEOPLE, PRODUCTS, graphs

THINGS = st.sampled_from(["Entity:oak", "Entity:iron", "Tag:new", "Product:p0", "Product:p1"])
RELATED = st.dictionaries(
    st.sampled_from(["shop", "inferred:kin"]),
    st.dictionaries(st.sampled_from(["made of", "near"]), st.lists(THINGS, max_size=2, unique=True), max_size=2),
    max_size=2,
)


@st.composite
def known_graphs(draw: st.DrawFn) -> dict[str, Any]:
    """As for reasons, with brands, tags, categories above categories, and knowledge."""
    graph = draw(graphs())
    optional = {
        "brand": st.sampled_from(["acme", "bolt"]),
        "tags": st.lists(st.sampled_from(["new", "red"]), max_size=2, unique=True),
        "related": RELATED,
    }
    graph["properties"] |= {
        "Product": {each: draw(st.fixed_dictionaries({}, optional=optional)) for each in PRODUCTS},
        "Category": {"x": {"parent": draw(st.lists(st.sampled_from("yz"), max_size=2, unique=True))}},
        "Entity": {"oak": draw(st.fixed_dictionaries({}, optional={"related": RELATED}))},
    }
    return graph


Named = tuple[str, str]


class Graph:
    """Oracle: every edge by external ids, walked in plain loops."""

    def __init__(self, view: LiveView) -> None:
        self.view = view
        self.facts = Facts(view, ACTIONS)
        self.links: dict[Named, list[tuple[Named, tuple[Any, ...]]]] = defaultdict(list)
        self.edges: set[tuple[Any, ...]] = set()
        self.into: dict[Named, int] = defaultdict(int)
        self.acts: dict[str, dict[str, list[tuple[float, str]]]] = defaultdict(lambda: defaultdict(list))
        for key in view.snapshot.adjacencies:
            if key[0] == "User":
                self._people(key)
            elif key in paths.LINKS:
                self._things(key)

    def _people(self, key: tuple[str, str, str]) -> None:
        csr = self.view.edges(*key).out
        for row in range(csr.node_count):
            who = self.view.id_of("User", row)
            for other, stamp in zip(csr.neighbours(row).tolist(), csr.stamps_of(row).tolist(), strict=True):
                target = (key[2], self.view.id_of(key[2], other))
                kind = CODES[stamp & CODE_MASK][0] if key[1] == "ACTED" else key[1]
                self.edges.add((("User", who), kind, target, ""))
                if key[1] == "ACTED":
                    self.into["User", who] += 1
                    self.into[target] += 1
                    weight = float(ACTIONS.weights[stamp & CODE_MASK])
                    if weight > 0:
                        self.acts[who][target[1]].append((weight, kind))

    def _things(self, key: tuple[str, str, str]) -> None:
        csr = self.view.edges(*key).out
        for row in range(csr.node_count):
            source = (key[0], self.view.id_of(key[0], row))
            for other, stamp in zip(csr.neighbours(row).tolist(), csr.stamps_of(row).tolist(), strict=True):
                target = (key[2], self.view.id_of(key[2], other))
                said = self.view.predicates[stamp >> 1] if key[1] == "RELATED" else ""
                edge = (source, key[1], target, said)
                self.edges.add(edge)
                if key[2] != "Product":
                    self.into[target] += 1
                if source != target:
                    self.links[source].append((target, edge))
                    self.links[target].append((source, edge))

    def followers_only(self, who: str) -> bool:
        return self.view.text("User", "visibility", self.view.row_of("User", who)) == "followers"

    def rare(self, node: Named) -> float:
        return 1 / log2(2 + self.into[node])

    def act(self, who: str, product: str) -> tuple[Any, ...]:
        best = max(self.acts[who][product], key=lambda each: each[0])[0]
        return ("User", who), {kind for weight, kind in self.acts[who][product] if weight == best}, ("Product", product)

    def to_product(self, start: Named, product: str, most: int) -> list[tuple[list[Named], list[Any]]]:
        """All ways through things of at most so many edges."""
        found = []
        ways = [([start], [])]
        for _ in range(most):
            longer = []
            for nodes, edges in ways:
                for other, edge in self.links[nodes[-1]]:
                    if other == ("Product", product):
                        found.append(([*nodes, other], [*edges, edge]))
                    elif other[0] != "Product" and other not in nodes:
                        longer.append(([*nodes, other], [*edges, edge]))
            ways = longer
        return found


def all_paths(graph: Graph, recommender: Recommender, who: str, product: str) -> dict[Any, float]:
    """Oracle: the best score of each kind of path."""
    query = recommender.query_for("Product", who)
    if query.user_row < 0:
        return {}
    found: dict[Any, float] = defaultdict(float)
    gone_people = graph.facts.hidden_from(who)
    friends = [each for each in graph.facts.related(("User", "FOLLOWS", "User"), who) if each not in gone_people]
    named = [each for each in dict.fromkeys(friends) if each not in graph.facts.unnamed()]
    anchors = list(zip(query.anchors.tolist(), query.anchor_scores.tolist(), strict=True))
    best = max((score for _, score in anchors), default=1.0)
    starts = [([], ("Product", graph.view.id_of("Product", row)), who, score / best) for row, score in anchors]
    for friend in named:
        starts += [([friend], ("Product", each), friend, graph.rare(("User", friend))) for each in graph.acts[friend]]
    for before, anchor, actor, worth in starts:
        if anchor[1] == product:
            continue
        for nodes, edges in graph.to_product(anchor, product, 3 - len(before)):
            rels = [*(("FOLLOWS", "") for _ in before), (frozenset(graph.act(actor, anchor[1])[1]), "")]
            rels += [(edge[1], edge[3]) for edge in edges]
            score = worth * 0.5 ** (len(rels) - 2)
            for node in nodes[:-1]:
                score *= graph.rare(node)
            kind = (tuple(rels), nodes[-2])
            found[kind] = max(found[kind], score)
    for friend in named:
        if product in graph.acts[friend]:
            kind = ((("FOLLOWS", ""), (frozenset(graph.act(friend, product)[1]), "")), ("User", friend))
            found[kind] = max(found[kind], graph.rare(("User", friend)))
        for other in graph.facts.related(("User", "FOLLOWS", "User"), friend):
            unseen = graph.followers_only(other) and other not in friends
            hidden = other in gone_people or other in graph.facts.unnamed() or other == who or unseen
            if not hidden and product in graph.acts[other]:
                act = (frozenset(graph.act(other, product)[1]), "")
                kind = ((("FOLLOWS", ""), ("FOLLOWS", ""), act), ("User", other))
                score = graph.rare(("User", friend)) * graph.rare(("User", other)) * 0.5
                found[kind] = max(found[kind], score)
    return found


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(graph=known_graphs())
def test_the_best_different_paths_are_found_and_each_edge_of_them_is_there(graph):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "FRIENDS_ANCHORS", 1000)
        view = small_view(Path(folder), **graph)
        recommender, plain = Recommender(view, {}, ACTIONS), Graph(view)
        present = [each for each in PRODUCTS if each not in graph["gone"]["Product"]]
        for who in [each for each in PEOPLE[:4] if each not in graph["gone"]["User"]]:
            followed = plain.facts.related(("User", "FOLLOWS", "User"), who)
            unseen = {each for each in PEOPLE if plain.followers_only(each) and each not in followed}
            must_not_appear = (plain.facts.hidden_from(who) | plain.facts.unnamed() | unseen) - {who}
            for product in present[:5]:
                expected = sorted(all_paths(plain, recommender, who, product).values(), reverse=True)
                told = recommender.explain(who, product, 10)["paths"]
                assert [each["score"] for each in told] == pytest.approx(expected[:10], abs=2e-6)
                for path in told:
                    prove(plain, path, who, product, must_not_appear)


def prove(graph: Graph, path: dict[str, Any], who: str, product: str, must_not_appear: set[str]) -> None:
    """Fails when a path says what the graph does not hold."""
    nodes = [(each["label"], each["id"]) for each in path["nodes"]]
    assert nodes[0] == ("User", who)
    assert nodes[-1] == ("Product", product)
    assert len(set(nodes)) == len(nodes)
    assert 2 <= len(path["facts"]) <= 4
    for before, after, fact in zip(nodes[:-1], nodes[1:], path["facts"], strict=True):
        source, target = ((fact[end]["label"], fact[end]["id"]) for end in ("from", "to"))
        assert {source, target} == {before, after}
        assert (source, fact["rel"], target, fact.get("predicate", "")) in graph.edges
    people = {node_id for label, node_id in nodes if label == "User"}
    assert not people & must_not_appear
    assert path["text"]
    assert "." not in path["text"].rstrip("…")
    assert path["check"]["parameters"]["types"] == [fact["rel"] for fact in path["facts"]]


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(graph=known_graphs())
def test_a_path_among_the_reasons_of_a_feed_is_true(graph):
    with tempfile.TemporaryDirectory() as folder:
        view = small_view(Path(folder), **graph)
        recommender, plain = Recommender(view, {}, ACTIONS), Graph(view)
        said = {(source[1], said or rel, target[1]) for source, rel, target, said in plain.edges}
        for who in PEOPLE[:3]:
            for item in recommender.feed(who, 50, paths=True)["items"]:
                for reason in [each for each in item["reasons"] if each["type"] == "path"]:
                    assert {(each["from"], each["rel"], each["to"]) for each in reason["path"]} <= said
                    assert item["id"] in (reason["path"][-1]["to"], reason["path"][-1]["from"])


def town(tmp_path: Path, **more: Any) -> Recommender:
    """::

    ann ─follows→ bea ─bought→ pan ─by→ Acme ←by─ pot      ann ─bought→ cup ─in→ mugs ─below→ kitchen ←in─ pot
    """
    graph: dict[str, Any] = {
        "users": ["ann", "bea"],
        "products": ["cup", "pan", "pot"],
        "bought": [("bea", "pan", 10), ("ann", "cup", 9)],
        "follows": [("ann", "bea")],
        "properties": {
            "Product": {
                "cup": {"title": "Blue cup", "categories": ["mugs"]},
                "pan": {"title": "Big pan", "brand": "b1"},
                "pot": {"title": "Pot", "brand": "b1", "categories": ["kitchen"]},
            },
            "Brand": {"b1": {"name": "Acme"}},
            "Category": {"mugs": {"name": "Mugs", "parent": ["kitchen"]}, "kitchen": {"name": "Kitchen"}},
            "User": {"bea": {"display_name": "Bea"}, **more},
        },
    }
    return Recommender(small_view(tmp_path, **graph), {}, ACTIONS)


def texts(recommender: Recommender, language: str = "en") -> set[str]:
    return {each["text"] for each in recommender.explain("ann", "pot", 10, language)["paths"]}  # type: ignore[arg-type]


def test_sentences_say_what_was_done_and_by_whom(tmp_path):
    assert texts(town(tmp_path)) == {
        "also by Acme, like Big pan that Bea, whom you follow, bought",
        "linked to Blue cup that you bought by way of Mugs and Kitchen",
    }


def test_sentences_in_chinese(tmp_path):
    assert texts(town(tmp_path), "zh") == {
        "与你关注的Bea买过的Big pan同属品牌Acme",
        "经由Mugs、Kitchen与你买过的Blue cup有关",
    }


@pytest.mark.parametrize(
    "who",
    [{"bea": {"visibility": "private"}}, {"bea": {"consent": {"name_in_reasons": False}}}],
    ids=["private", "consent"],
)
def test_nobody_who_does_not_want_it_stands_in_a_path(tmp_path, who):
    assert texts(town(tmp_path, **who)) == {"linked to Blue cup that you bought by way of Mugs and Kitchen"}


@pytest.mark.parametrize(("visibility", "named"), [("public", True), ("followers", False), ("private", False)], ids=str)
def test_a_friends_friend_is_named_only_where_they_let_everybody_see_them(tmp_path, visibility, named):
    recommender = Recommender(
        small_view(
            tmp_path,
            users=["ann", "bea", "cid"],
            products=["pot"],
            bought=[("cid", "pot", 9)],
            follows=[("ann", "bea"), ("bea", "cid")],
            properties={"User": {"cid": {"visibility": visibility}}},
        ),
        {},
        ACTIONS,
    )
    assert bool(texts(recommender)) is named


@pytest.mark.parametrize(
    ("pot", "oak", "en", "zh"),
    [
        ({"made of": ["Entity:oak"]}, {}, "also linked to oak, like Cup that you bought (made of)",
         "与你买过的Cup都和oak有关（made of）"),
        ({"not safe on": ["Entity:oak"]}, {}, "linked to Cup that you bought by way of oak",
         "经由oak与你买过的Cup有关"),
        ({}, {"made of": ["Product:pot"]}, "linked to Cup that you bought by way of oak",
         "经由oak与你买过的Cup有关"),
    ],
    ids=["the same", "something else", "the other way round"],
)  # fmt: skip
def test_what_knowledge_says_of_one_product_is_not_said_of_another(tmp_path, pot, oak, en, zh):
    recommender = Recommender(
        small_view(
            tmp_path,
            users=["ann"],
            products=["cup", "pot"],
            bought=[("ann", "cup", 9)],
            follows=[],
            properties={
                "Product": {
                    "cup": {"title": "Cup", "related": {"shop": {"made of": ["Entity:oak"]}}},
                    "pot": {"related": {"shop": pot}},
                },
                "Entity": {"oak": {"related": {"shop": oak}}},
            },
        ),
        {},
        ACTIONS,
    )
    assert texts(recommender) == {en}
    assert texts(recommender, "zh") == {zh}


def test_nothing_is_told_to_somebody_who_wants_nothing_used(tmp_path):
    assert texts(town(tmp_path, ann={"consent": {"personalise": False}})) == set()


def test_unknown_ids_and_numbers_out_of_range_are_refused(tmp_path):
    recommender = town(tmp_path)
    with pytest.raises(UnknownNode, match="no User"):
        recommender.explain("nobody", "pot")
    with pytest.raises(UnknownNode, match="no Product"):
        recommender.explain("ann", "nothing")
    with pytest.raises(InvalidLimit):
        recommender.explain("ann", "pot", 11)
