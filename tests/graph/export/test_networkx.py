"""The graph in networkx: nothing added, nothing lost, and back from the files as it was."""

import json
from collections import Counter

import networkx as nx
import pytest

from graph.errors import InvalidValue
from graph.export.extract import Around, Picking
from graph.export.networkx import flat, node_name, to_networkx, write_networkx
from graph.snapshot.properties import properties
from tests.graph.export.test_extract import edges_of_view
from tests.graph.export.towns import random_town


def edges_of_graph(view, graph):
    """The edges of a networkx graph in the form of `edges_of_view`, from its attributes alone."""
    from datetime import datetime

    found = Counter()
    for a, b, known in graph.edges(data=True):
        time = int(datetime.fromisoformat(known["at"]).timestamp()) // 60 if "at" in known else 0
        if "predicate" in known:
            time = view.predicates.index(known["predicate"]) * 2 + known["inferred"]
        here, there = graph.nodes[a], graph.nodes[b]
        found[here["label"], here["node_id"], known["type"], there["label"], there["node_id"], time] += 1
    return found


def same(one, other):
    """Whether two multigraphs have the same nodes, edges and attributes."""

    def told(graph):
        nodes = {node: json.dumps(known, sort_keys=True) for node, known in graph.nodes(data=True)}
        return nodes, Counter((a, b, json.dumps(known, sort_keys=True)) for a, b, known in graph.edges(data=True))

    return told(one) == told(other)


@pytest.mark.parametrize("seed", range(5))
def test_the_graph_has_the_snapshots_edges_and_no_others(tmp_path, seed):
    view = random_town(tmp_path, seed)
    graph = to_networkx(view, Picking(ended=True))
    assert edges_of_graph(view, graph) == edges_of_view(view)


def test_properties_are_kept_in_their_types(tmp_path):
    view = random_town(tmp_path, 0)
    graph = to_networkx(view, Picking(ended=True))
    for row in range(view.count("Product")):
        known = dict(graph.nodes[node_name("Product", f"p{row}")])
        assert known.pop("label") == "Product"
        assert known.pop("node_id") == f"p{row}"
        assert known.pop("ended", False) == (row == 7)
        assert known == properties(view, "Product", row)
    assert graph.nodes["Product:p3"]["available"] == {"DE": True}
    assert graph.nodes["Product:p0"]["created_at"] == "2023-11-14T22:13:20Z"


def test_a_property_that_is_called_as_ours_gets_its_labels_name(tmp_path):
    known = to_networkx(random_town(tmp_path, 0)).nodes["Segment:s"]
    assert known == {"label": "Segment", "node_id": "s", "segment_label": "early"}


def test_without_properties_only_label_and_node_id(tmp_path):
    graph = to_networkx(random_town(tmp_path, 0), with_properties=False)
    assert {name for _, known in graph.nodes(data=True) for name in known} == {"label", "node_id"}


@pytest.mark.parametrize("seed", range(4))
def test_the_part_around_a_node_is_networkx_own_ego_graph(tmp_path, seed):
    view = random_town(tmp_path, seed)
    expected = nx.ego_graph(to_networkx(view), "User:u3", radius=2, undirected=True)
    assert same(to_networkx(view, Picking(around=Around("User", "u3", 2))), expected)


def test_stars_are_those_that_were_given(tmp_path):
    view = random_town(tmp_path, 3)
    given = [known["value"] for _, _, known in to_networkx(view).edges(data=True) if known["type"] == "RATED"]
    assert given
    assert all(1 <= value <= 5 and value * 2 == int(value * 2) for value in given)


def test_json_gives_the_same_graph_back(tmp_path):
    graph = to_networkx(random_town(tmp_path, 1))
    write_networkx(graph, tmp_path / "town.json")
    back = nx.node_link_graph(json.loads((tmp_path / "town.json").read_text(encoding="utf-8")), edges="edges")
    assert same(graph, back)
    assert back.graph == graph.graph


@pytest.mark.parametrize("name", ["town.graphml", "town.graphml.gz"])
def test_graphml_gives_the_same_flat_graph_back(tmp_path, name):
    graph = to_networkx(random_town(tmp_path, 1))
    write_networkx(graph, tmp_path / name)
    back = nx.read_graphml(tmp_path / name)
    assert same(flat(graph), back)
    assert back.nodes["Product:p1"]["title"] == "Thing 1 茶\N{REPLACEMENT CHARACTER}"
    assert json.loads(back.nodes["Product:p1"]["categories"]) == ["c1"]


def test_a_form_that_is_none_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(InvalidValue, match=r"\.graphml"):
        write_networkx(nx.MultiDiGraph(), tmp_path / "town.pickle")
    assert list(tmp_path.iterdir()) == []


def test_more_edges_than_one_allows_are_refused(tmp_path):
    with pytest.raises(InvalidValue, match="more than 5"):
        to_networkx(random_town(tmp_path, 1), most_edges=5)
