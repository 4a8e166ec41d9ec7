import warnings

import numpy as np
import pytest

from embeddings.errors import NothingToLearn, UnknownSetting
from embeddings.kg.baseline import frequency_scorer
from embeddings.kg.evaluate import scorer_of
from embeddings.kg.graph import ACTED, EdgeSet, Relation, knowledge_graph
from embeddings.kg.models import KNOWLEDGE_MODELS, ComplEx, RotatE, TransE
from embeddings.kg.ranking import filtered_ranks
from embeddings.kg.split import hold_out
from tests.embeddings.kg.made import BRANDS, PRODUCTS, catalogue

SMALL = {"dim": 16, "epochs": 40, "batch_size": 128, "learning_rate": 0.03, "negatives": 64, "look_every": 5}
EACH = pytest.mark.parametrize("kind", KNOWLEDGE_MODELS, ids=lambda kind: kind.name)


def learnt(kind, graph, seed=0, **changes):
    return kind(**{**SMALL, **changes}).fit_graph(graph, rng=np.random.default_rng(seed))


@EACH
def test_scores_are_those_of_the_models_of_pyg(kind):
    import torch

    from embeddings.kg.training_torch import Network

    graph, _ = catalogue()
    network = Network.new(kind(dim=8), graph, np.random.default_rng(0))
    vectors = network.vectors()
    heads, tails = np.arange(0, 30, dtype=np.int32), np.arange(50, 80, dtype=np.int32)
    for row in range(len(graph.relations)):
        rows = (
            torch.from_numpy(heads.astype(np.int64)),
            torch.full((30,), row),
            torch.from_numpy(tails.astype(np.int64)),
        )
        expected = network.model(*rows).detach().numpy() - getattr(network.model, "margin", 0) * (kind is RotatE)
        by_tail = vectors.scores(vectors.queries(heads, row, "tail"), vectors.nodes[tails]).diagonal()
        by_head = vectors.scores(vectors.queries(tails, row, "head"), vectors.nodes[heads]).diagonal()
        np.testing.assert_allclose(by_tail, expected, atol=1e-4)
        np.testing.assert_allclose(by_head, expected, atol=1e-4)


@EACH
def test_logits_of_training_are_those_of_answering_but_for_one_number_a_query(kind):
    import torch

    from embeddings.kg.training_torch import Network, combined

    graph, _ = catalogue()
    network = Network.new(kind(dim=8), graph, np.random.default_rng(0))
    vectors = network.vectors()
    given, answers = np.arange(5, dtype=np.int32), np.arange(130, 150, dtype=np.int32)
    expected = vectors.logits(vectors.scores(vectors.queries(given, 1, "tail"), vectors.nodes[answers]))
    nodes = torch.from_numpy(vectors.nodes)
    queries = combined(kind.form, nodes[given], torch.from_numpy(vectors.relations[1]), "tail")
    actual, own = network.logits(queries, nodes[answers], nodes[answers[:5]])
    actual = actual.detach().numpy()
    np.testing.assert_allclose(actual - actual[:, :1], expected - expected[:, :1], atol=1e-3)
    np.testing.assert_allclose(own.detach().numpy(), actual[:, :5].diagonal(), atol=1e-4)


@EACH
def test_finds_held_out_triples_far_better_than_what_is_frequent(kind):
    graph, _ = catalogue()
    rest, asked = hold_out(graph, 0.1, 200, np.random.default_rng(1))
    model = learnt(kind, rest)
    frequent = filtered_ranks(frequency_scorer(rest), asked, graph, typed=True).metrics()
    ours = filtered_ranks(scorer_of(model.vectors), asked, graph, typed=True).metrics()
    assert ours["mrr"] > frequent["mrr"] + 0.2
    assert ours["hits@10"] > 0.8


@EACH
def test_finds_the_brands_that_were_left_out(kind):
    graph, forgotten = catalogue(forgotten=12)
    model = learnt(kind, graph)
    brands = np.arange(graph.span("Brand").start, graph.span("Brand").stop, dtype=np.int32)
    products = np.array([row for row, _ in forgotten], np.int32) + graph.first("Product")
    scores = scorer_of(model.vectors)(products, graph.relation("MADE_BY"), "tail", brands)
    right = scores.argmax(1) == [brand for _, brand in forgotten]
    assert right.mean() >= 0.75  # one in nine by chance
    assert len(forgotten) == 12


@EACH
def test_the_table_of_recommendations_ranks_as_the_scores_of_triples_do(kind):
    graph, _ = catalogue()
    model = learnt(kind, graph, epochs=5)
    tables = model.recommender(graph.counts[0], PRODUCTS)
    people = np.arange(10, dtype=np.int32)
    products = np.arange(graph.span("Product").start, graph.span("Product").stop, dtype=np.int32)
    direct = scorer_of(model.vectors)(people, graph.relation(ACTED), "tail", products)
    np.testing.assert_array_equal(np.argsort(-tables.score(people), 1)[:, :5], np.argsort(-direct, 1)[:, :5])


@EACH
def test_products_that_nothing_is_known_of_come_last(kind):
    graph = knowledge_graph(
        {"User": 3, "Product": 5}, [EdgeSet(Relation(ACTED, "User", "Product"), np.arange(3), np.arange(3))]
    )
    scores = learnt(kind, graph, epochs=2).recommender(4, 5).score(np.arange(3))
    if kind is not ComplEx:  # an inner product has no last place
        assert (scores[:, 3:].max(1) < scores[:, :3].min(1)).all()
    assert np.isfinite(scores).all()


@EACH
def test_repeats_itself_from_a_seed(kind):
    graph, _ = catalogue()
    once, again = learnt(kind, graph, epochs=3), learnt(kind, graph, epochs=3)
    np.testing.assert_array_equal(once.vectors.nodes, again.vectors.nodes)
    assert (learnt(kind, graph, 1, epochs=3).vectors.nodes != once.vectors.nodes).any()


def test_stops_when_the_validation_triples_get_no_better():
    told = []
    graph, _ = catalogue()
    model = RotatE(**{**SMALL, "epochs": 500, "patience": 1, "look_every": 2, "validation": 0.1})
    found = model.fit_graph(graph, rng=np.random.default_rng(0), progress=lambda done, note: told.append((done, note)))
    assert len(told) < 400
    assert told[-1] == (1.0, f"no better since epoch {found.epochs}")
    assert found.validation["mrr"] > 0.3


def test_held_out_pairs_are_not_learnt_from_under_another_relation_or_the_other_way_round():
    rng = np.random.default_rng(0)
    heads, tails = rng.integers(0, 30, 300), rng.integers(0, 30, 300)
    follows = Relation("FOLLOWS", "User", "User")
    graph = knowledge_graph(
        {"User": 30}, [EdgeSet(follows, heads, tails), EdgeSet(Relation("KNOWS", "User", "User"), tails, heads)]
    )
    rest, held = hold_out(graph, 0.2, 1000, rng)
    pairs = {frozenset(pair) for pair in zip(held.heads.tolist(), held.tails.tolist(), strict=True)}
    left = {frozenset(pair) for pair in zip(rest.heads.tolist(), rest.tails.tolist(), strict=True)}
    assert pairs
    assert not pairs & left
    assert set(held.kinds.tolist()) == {0, 1}


def test_negatives_are_of_the_label_that_stands_there(monkeypatch):
    from embeddings.kg import training_torch

    graph, _ = catalogue()
    seen, draw = [], training_torch.drawn_candidates

    def watched(candidates, count, rng):
        seen.append((candidates.min(), candidates.max()))
        return draw(candidates, count, rng)

    monkeypatch.setattr(training_torch, "drawn_candidates", watched)
    learnt(TransE, graph, epochs=1)
    spans = {(span.start, span.stop - 1) for span in map(graph.span, graph.labels)}
    assert set(seen) == spans


def test_nothing_is_learnt_from_nothing():
    with pytest.raises(NothingToLearn):
        TransE().fit_graph(knowledge_graph({}, []), rng=np.random.default_rng(0))


def test_settings_out_of_range_are_refused():
    with pytest.raises(UnknownSetting, match="validation"):
        RotatE(validation=0.9)


def test_sampling_takes_all_of_a_small_label_and_some_of_a_large_one():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embeddings.kg.training_torch import drawn_candidates
    rng = np.random.default_rng(0)
    few = np.arange(BRANDS, dtype=np.int32)
    assert drawn_candidates(few, 64, rng) is few
    some = drawn_candidates(np.arange(1000, dtype=np.int32), 64, rng)
    assert len(np.unique(some)) == 64


def test_a_right_answer_is_not_its_own_negative():
    from embeddings.kg.training_torch import _same

    lines, columns = _same(np.array([4, 9, 2, 7], np.int32), np.array([7, 1, 4], np.int32))
    assert list(zip(lines.tolist(), columns.tolist(), strict=True)) == [(0, 2), (3, 0)]
