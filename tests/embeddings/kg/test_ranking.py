import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.kg.graph import EdgeSet, KnowledgeGraph, Relation, knowledge_graph
from embeddings.kg.ranking import filtered_ranks

triples = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1), st.integers(0, 5)), min_size=1, max_size=25)


def graph_of(found) -> KnowledgeGraph:
    """Six things and two relations between them; the second relation leads to six other things."""
    edges = []
    for kind, (name, target) in enumerate((("likes", "Thing"), ("has", "Part"))):
        pairs = np.array([(h, t) for h, k, t in found if k == kind], np.int64).reshape(-1, 2)
        edges.append(EdgeSet(Relation(name, "Thing", target), pairs[:, 0], pairs[:, 1]))
    return knowledge_graph({"Thing": 6, "Part": 6}, edges)


def slow_ranks(score, graph, asked, typed):
    """Oracle: for each triple and side, one answer after the other."""
    facts = set(zip(graph.heads.tolist(), graph.kinds.tolist(), graph.tails.tolist(), strict=True))
    occurring = {node for head, _, tail in facts for node in (head, tail)}
    ranks = []
    for head, kind, tail in zip(asked.heads.tolist(), asked.kinds.tolist(), asked.tails.tolist(), strict=True):
        for side in ("head", "tail"):
            better = equal = 0
            own = score(head, kind, side, tail)
            label = graph.relations[kind].source if side == "head" else graph.relations[kind].target
            span = graph.span(label)
            for other in occurring:
                triple = (other, kind, tail) if side == "head" else (head, kind, other)
                right = triple == (head, kind, tail)
                if (typed and not span.start <= other < span.stop) or (triple in facts and not right):
                    continue
                value = score(*triple[:2], side, triple[2])
                better += value > own
                equal += value == own
            ranks.append((kind, side, (1 + better + (better + equal)) / 2))
    return sorted(ranks)


@given(triples, st.integers(0, 1000), st.booleans(), st.data())
def test_ranks_are_those_of_comparing_answers_one_by_one(found, seed, typed, data):
    graph = graph_of(found)
    scores = np.random.default_rng(seed).integers(0, 4, (12, 2, 12)).astype(np.float32)  # many are equal
    chosen = np.array(data.draw(st.lists(st.booleans(), min_size=len(graph), max_size=len(graph))))
    asked = graph.part(chosen)

    def scorer(given, kind, side, among):
        return scores[given][:, kind, among] if side == "tail" else scores[among][:, kind, given].T

    actual = filtered_ranks(scorer, asked, graph, typed=typed)
    expected = slow_ranks(lambda h, k, _, t: scores[h, k, t], graph, asked, typed)
    sides = ["tail" if side else "head" for side in actual.sides]
    assert sorted(zip(actual.kinds.tolist(), sides, actual.ranks.tolist(), strict=True)) == expected


def test_a_model_that_scores_everything_alike_gets_the_middle_place():
    graph = graph_of([(head, 0, (head + 1) % 6) for head in range(6)])
    ranks = filtered_ranks(lambda given, _k, _s, among: np.zeros((len(given), len(among))), graph, graph, typed=True)
    assert set(ranks.ranks.tolist()) == {3.5}
    assert ranks.metrics()["adjusted_mean_rank"] == pytest.approx(1.0)


def test_metrics_are_those_of_the_definition():
    graph = graph_of([(0, 0, 1)])
    ranks = filtered_ranks(
        lambda given, _k, _s, among: np.arange(len(among))[None, :] * np.ones((len(given), 1)), graph, graph, typed=True
    )
    assert sorted(ranks.ranks.tolist()) == [1.0, 2.0]  # of the two things that occur, 1 is above 0
    found = ranks.metrics()
    assert (found["mrr"], found["hits@1"], found["hits@3"], found["mean_rank"]) == (0.75, 0.5, 1.0, 1.5)


def test_nothing_asked_gives_no_metrics():
    graph = graph_of([(0, 0, 1)])
    assert filtered_ranks(lambda *_: np.zeros((0, 0)), graph.part(np.array([False])), graph, typed=True).metrics() == {}
