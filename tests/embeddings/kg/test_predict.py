import numpy as np
import pytest

from embeddings.artefact import save_model
from embeddings.classic.popularity import Popularity
from embeddings.errors import ModelDamaged, ModelMissing
from embeddings.kg.calibrate import fit_line, logit, probability
from embeddings.kg.models import RotatE
from embeddings.kg.predict import predict
from embeddings.kg.reading import graph_of_view
from embeddings.kg.stored import load_knowledge, save_knowledge
from graph.errors import InvalidValue, UnknownNode
from graph.snapshot.actions import Actions
from tests.graph.snapshot.small import small_view

PEOPLE, PRODUCTS, BRANDS = 60, 48, 4
SETTINGS = RotatE(dim=16, epochs=40, batch_size=128, learning_rate=0.03, negatives=64, validation=0.25)


@pytest.fixture(scope="module")
def view(tmp_path_factory):
    """Product i is of brand i % 4 and of a category of that brand; person i buys products of brand i % 4.

    Product 0 has no brand, product 1 no category, product 2 is ended and nothing is known of the last one.
    """
    rng = np.random.default_rng(0)
    people = [f"u{row}" for row in range(PEOPLE)]
    products = [f"p{row}" for row in range(PRODUCTS)]
    bought = [
        (f"u{person}", f"p{row}", 0)
        for person in range(PEOPLE)
        for row in (rng.choice(PRODUCTS // BRANDS - 1, 6, replace=False) * BRANDS + person % BRANDS).tolist()
    ]
    known = {
        f"p{row}": {"brand": f"b{row % BRANDS}", "categories": [f"c{row % BRANDS}"]} for row in range(PRODUCTS - 1)
    }
    del known["p0"]["brand"], known["p1"]["categories"], known["p2"]["brand"]
    names = {f"b{row}": {"name": f"Brand {row}"} for row in range(BRANDS)}
    return small_view(
        tmp_path_factory.mktemp("kg"),
        users=people,
        products=products,
        bought=bought,
        properties={"Product": known, "Brand": names, "Category": {f"c{row}": {} for row in range(BRANDS)}},
        gone={"Product": ["p2"]},
    )


@pytest.fixture(scope="module")
def stored(view, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    learnt = SETTINGS.fit_graph(graph_of_view(view, Actions.of()), rng=np.random.default_rng(0))
    save_knowledge(folder, SETTINGS, learnt, view.snapshot_id, 0)
    return load_knowledge(folder / "rotate")


def test_the_brand_that_is_missing_is_found_and_named(view, stored):
    (guess,) = predict(view, stored, relations=["brand"])
    assert (guess.product_id, guess.relation, guess.id, guess.name) == ("p0", "brand", "b0", "Brand 0")
    assert (guess.rank, guess.known) == (1, 0)
    assert guess.probability > 0.5


def test_what_is_known_is_no_guess(view, stored):
    for guess in predict(view, stored, each=5, limit=1000):
        row = int(guess.product_id[1:])
        assert guess.id[1:] != str(row % BRANDS) or guess.known == 0


def test_ended_products_and_those_that_nothing_is_known_of_are_passed_over(view, stored):
    asked = {guess.product_id for guess in predict(view, stored, each=5, limit=1000)}
    assert "p1" in asked
    assert not asked & {"p2", f"p{PRODUCTS - 1}"}


def test_guesses_come_surest_first_and_no_more_than_asked_for(view, stored):
    guesses = predict(view, stored, limit=7)
    chances = [guess.order for guess in guesses]
    assert len(guesses) == 7
    assert chances == sorted(chances, reverse=True)


def test_one_product_is_answered_even_where_it_has_a_brand(view, stored):
    guesses = predict(view, stored, relations=["brand"], product_id="p5", each=10)
    assert [guess.rank for guess in guesses] == [1, 2, 3]
    assert {guess.product_id for guess in guesses} == {"p5"}
    assert "b1" not in {guess.id for guess in guesses}


def test_a_relation_that_nothing_was_learnt_of_gives_nothing(view, stored):
    assert predict(view, stored, relations=["tag"]) == []


def test_unknown_products_and_relations_are_refused(view, stored):
    with pytest.raises(UnknownNode):
        predict(view, stored, product_id="nobody")
    with pytest.raises(InvalidValue, match="brand, category, tag"):
        predict(view, stored, relations=["colour"])


def test_vectors_survive_saving(view, tmp_path):
    learnt = RotatE(dim=4, epochs=1).fit_graph(graph_of_view(view, Actions.of()), rng=np.random.default_rng(0))
    save_knowledge(tmp_path, RotatE(dim=4, epochs=1), learnt, "s", 0)
    found = load_knowledge(tmp_path / "rotate")
    there = learnt.graph.degrees > 0
    np.testing.assert_array_equal(found.vectors.nodes[there], learnt.vectors.nodes[there])
    assert not found.vectors.nodes[~there].any()
    np.testing.assert_array_equal(found.vectors.relations, learnt.vectors.relations)
    assert [each.name for each in found.relations] == [each.name for each in learnt.graph.relations]
    assert found.calibration == pytest.approx(learnt.calibration)


def test_a_model_of_another_kind_is_refused(tmp_path):
    save_model(tmp_path, Popularity(), {}, "s", 0)
    with pytest.raises(ModelDamaged, match="no model of knowledge"):
        load_knowledge(tmp_path / "popularity")
    with pytest.raises(ModelMissing):
        load_knowledge(tmp_path / "rotate")


def test_probabilities_hold_where_confidence_is_too_sure_of_itself():
    rng = np.random.default_rng(0)
    truth = rng.uniform(0.02, 0.98, 20_000)
    right = rng.random(len(truth)) < truth
    boastful = 1 / (1 + np.exp(-(3 * logit(truth) + 1)))
    line = fit_line(logit(boastful), right)
    assert line == pytest.approx((1 / 3, -1 / 3), abs=0.03)
    np.testing.assert_allclose(probability(boastful, line), truth, atol=0.03)


def test_a_curve_never_falls_with_confidence():
    x = np.array([-3.0, -2.0, 2.0, 3.0])
    assert fit_line(x, np.array([True, True, False, False]))[0] == 0.0
