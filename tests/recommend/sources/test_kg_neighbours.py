"""Products near one another in a knowledge model's space."""

import numpy as np
import pytest

from embeddings.artefact import TrainedModel
from graph.snapshot.actions import Actions, codes_of
from recommend.prepared import Prepared
from recommend.questions import products_for, products_like
from recommend.served import served
from recommend.sources.knowledge import KgNeighbours
from tests.graph.snapshot.small import small_view

NOW = 20_000 * 1440
VECTORS = np.array([[1, 0], [0.8, 0.6], [0, 3], [-1, 0]], np.float32)


def trained(name, vectors):
    tables = {"User": np.ones((1, vectors.shape[1]), np.float32), "Product": vectors}
    return TrainedModel(name, "v1", "s", "2026-01-01T00:00:00Z", 0, {}, {}, tables)


@pytest.fixture
def view(tmp_path):
    return small_view(tmp_path, users=["me"], products=["own", "near", "far", "opposite"], bought=[("me", "own", NOW)])


def question(view, **models):
    prepared = Prepared(view, Actions.of(), {name: served(trained(name, vectors)) for name, vectors in models.items()})
    return products_for(prepared, 0, codes_of(("bought",)), 0)


def test_nearest_products_come_first_with_the_own_product_as_cause(view):
    found = KgNeighbours().candidates(view, question(view, complex=VECTORS), 10)
    assert view.ids_of("Product", found.rows) == ["near"]
    assert view.ids_of("Product", found.because) == ["own"]


def test_lengths_do_not_count_and_the_last_number_of_distances_is_left_out(view):
    distances = np.hstack([7 * VECTORS, -49 * np.square(VECTORS).sum(1, keepdims=True)])
    given = question(view, rotate=distances)
    found = KgNeighbours().candidates(view, given, 10)
    assert view.ids_of("Product", found.rows) == ["near"]
    assert found.scores[0] == pytest.approx(0.8 * given.anchor_scores[0])


def test_the_best_known_of_several_models_is_asked(view):
    turned = np.hstack([VECTORS[::-1], np.zeros((4, 1), np.float32)])
    found = KgNeighbours().candidates(view, question(view, complex=VECTORS, rotate=turned), 10)
    assert view.ids_of("Product", found.rows) == []


def test_products_beside_a_product_are_its_neighbours(view):
    prepared = question(view, complex=VECTORS).prepared
    found = KgNeighbours().candidates(view, products_like(prepared, 2, 0), 10)
    assert view.ids_of("Product", found.rows) == ["near"]


def test_nothing_is_offered_without_a_model_or_a_vector(view):
    assert not len(KgNeighbours().candidates(view, question(view), 10).rows)
    assert not len(KgNeighbours().candidates(view, question(view, complex=VECTORS[:0]), 10).rows)
