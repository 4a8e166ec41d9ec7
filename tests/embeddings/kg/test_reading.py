import numpy as np
import pytest

from embeddings.data import from_pairs
from embeddings.kg.graph import EdgeSet, Relation, knowledge_graph
from embeddings.kg.reading import graph_of_data, graph_of_view
from graph.errors import InvalidValue
from graph.snapshot.actions import Actions
from tests.graph.snapshot.small import small_view


def triples(view, graph):
    """Triples by id."""
    ids = [f"{label}:{view.id_of(label, row)}" for label in graph.labels for row in range(view.count(label))]
    return {
        (ids[head], graph.relations[kind].name, ids[tail])
        for head, kind, tail in zip(graph.heads.tolist(), graph.kinds.tolist(), graph.tails.tolist(), strict=True)
    }


def test_everything_that_the_graph_knows_becomes_triples(tmp_path):
    related = {"related": {"import": {"made_of": ["Product:Entity:silk"]}}}
    del related
    view = small_view(
        tmp_path,
        users=["ana", "ben", "gone"],
        products=["p", "q"],
        bought=[("ana", "p", 5), ("ana", "p", 9), ("gone", "q", 5)],
        rated=[("ben", "p", 5.0, 5), ("ben", "q", 1.0, 5)],
        follows=[("ana", "ben", 0)],
        edges={("User", "BLOCKED", "User"): [("ben", "ana", 0)]},
        properties={
            "Product": {
                "p": {
                    "brand": "b",
                    "categories": ["c"],
                    "tags": ["t"],
                    "related": {"import": {"goes_with": ["Product:q"]}},
                }
            },
            "Category": {"c": {"parent": "top"}},
        },
        gone={"User": ["gone"]},
    )
    assert triples(view, graph_of_view(view, Actions.of())) == {
        ("User:ana", "ACTED", "Product:p"),
        ("User:ben", "ACTED", "Product:p"),
        ("User:ben", "RATED", "Product:q"),
        ("User:ana", "FOLLOWS", "User:ben"),
        ("Product:p", "MADE_BY", "Brand:b"),
        ("Product:p", "IN_CATEGORY", "Category:c"),
        ("Product:p", "TAGGED", "Tag:t"),
        ("Category:c", "SUBCATEGORY_OF", "Category:top"),
        ("Product:p", "goes_with (Product to Product)", "Product:q"),
    }


def test_what_a_rule_inferred_is_left_out(tmp_path):
    known = {"inferred:rule": {"goes_with": ["Product:q"]}}
    view = small_view(
        tmp_path,
        users=["ana"],
        products=["p", "q"],
        bought=[("ana", "p", 5)],
        properties={"Product": {"p": {"related": known}}},
    )
    assert [each.name for each in graph_of_view(view, Actions.of()).relations] == ["ACTED"]


def test_training_data_become_triples_whose_tails_are_drawn_from_their_own_relation():
    rows = np.array([0, 1], np.int32)
    attributes = (np.array([0, 1, 1], np.int32), np.array([0, 0, 1], np.int32), np.array([0, 1, 2], np.int32))
    graph = graph_of_data(from_pairs(rows, rows, 2, 2, attributes=attributes), ["brand", "colour"])
    assert [each.name for each in graph.relations] == ["ACTED", "brand", "colour"]
    first = graph.first("Attribute")
    assert (graph.candidates(1, "tail") - first).tolist() == [0, 1]
    assert (graph.candidates(2, "tail") - first).tolist() == [2]


def test_rows_out_of_range_are_refused():
    edges = [EdgeSet(Relation("likes", "User", "User"), np.array([0]), np.array([3]))]
    with pytest.raises(InvalidValue, match="between 0 and 2"):
        knowledge_graph({"User": 3}, edges)


def test_an_unknown_relation_or_label_is_refused():
    graph = knowledge_graph({"User": 3}, [EdgeSet(Relation("likes", "User", "User"), np.array([0]), np.array([1]))])
    with pytest.raises(InvalidValue, match="there are likes"):
        graph.relation("hates")
    with pytest.raises(InvalidValue, match="it has User"):
        graph.span("Brand")
