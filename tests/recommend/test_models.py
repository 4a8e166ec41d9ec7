"""Sources that ask trained models."""

from dataclasses import replace

import numpy as np
import pytest

from embeddings.artefact import save_model
from embeddings.data import from_view
from embeddings.index import STORED, IvfIndex, build_index
from embeddings.models import model
from embeddings.table import EmbeddingTable
from graph.snapshot.actions import Actions
from recommend.pipeline import Recommender
from recommend.query import NO_ROWS, NO_SCORES, NOTHING_HIDDEN
from recommend.served import ServedModel, served
from tests.graph.snapshot.small import small_view

NOW = 20_000 * 24 * 60


@pytest.fixture
def view(tmp_path):
    """Two circles of six people, each of whom bought five of the circle's six products."""
    bought = [
        (f"u{circle}{who}", f"p{circle}{thing}", NOW)
        for circle in "ab"
        for who in range(6)
        for thing in range(6)
        if thing != who
    ]
    return small_view(tmp_path, bought=[*bought, ("new", "pa0", NOW)])


@pytest.fixture
def spectral(view, tmp_path):
    """The spectral filter, trained before the one called new came."""
    data = from_view(view, Actions.of())
    old = data.users != view.row_of("User", "new")
    data = replace(data, users=data.users[old], items=data.items[old], minutes=None, weights=None)
    fitted = model("spectral", {"dim": 2}).fit(data, rng=np.random.default_rng(0))
    return save_model(tmp_path / "models", model("spectral", {"dim": 2}), fitted.tables(), view.snapshot_id, 0)


def test_the_model_offers_the_one_product_of_the_circle_that_is_missing(view, spectral):
    recommender = Recommender(view, {"spectral": spectral})
    answer = recommender.feed("ua3")
    assert answer["items"][0]["id"] == "pa3"
    assert "spectral" in answer["items"][0]["sources"]
    assert answer["model"] == f"spectral@{spectral.version}"


def test_somebody_the_model_has_not_seen_is_placed_by_what_they_chose(view, spectral):
    found = Recommender(view, {"spectral": spectral}).feed("new")["items"]
    offered = [item["id"] for item in found if "spectral" in item["sources"]]
    assert offered
    assert {each[:2] for each in offered[:5]} == {"pa"}


def test_similar_products_come_from_the_model_too(view, spectral):
    found = Recommender(view, {"spectral": spectral}).similar("pb1")["items"]
    offered = [item["id"] for item in found if "spectral" in item["sources"]]
    assert {each[:2] for each in offered[:5]} == {"pb"}


def test_a_model_without_vectors_is_not_served(spectral):
    assert served(replace(spectral, tables={})) is None


def random_model(count=400, dim=8, *, exact_up_to):
    rng = np.random.default_rng(0)
    products = rng.standard_normal((count, dim)).astype(np.float32)
    index = build_index(EmbeddingTable("Product", products), exact_up_to=exact_up_to) if exact_up_to else None
    return ServedModel("m", "1", products[:3], products, products, index)


@pytest.mark.parametrize("exact_up_to", [0, 1000], ids=["all compared", "by index"])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.97])
def test_the_nearest_are_those_of_all_that_are_admitted(share, exact_up_to):
    served_model = random_model(exact_up_to=exact_up_to)
    rng = np.random.default_rng(1)
    hidden = rng.random(400) < share
    known = rng.choice(400, 30, replace=False).astype(np.int32)
    vector = rng.standard_normal(8).astype(np.float32)
    rows, scores = served_model.nearest(vector, hidden, known, 10)
    expected = served_model.products @ vector
    expected[hidden] = -1
    expected[known] = -1
    wanted = [row for row in np.argsort(-expected)[:10].tolist() if expected[row] > 0]
    assert rows.tolist() == wanted
    np.testing.assert_allclose(scores, expected[wanted], rtol=1e-5)


def test_nobody_without_anything_chosen_has_a_vector():
    served_model = random_model(exact_up_to=0)
    assert served_model.vector_of(-1, NO_ROWS, NO_SCORES) is None
    late = np.array([4000], np.int32)
    assert served_model.vector_of(99, late, np.ones(1, np.float32)) is None
    rows, _ = served_model.nearest(np.ones(8, np.float32), NOTHING_HIDDEN, NO_ROWS, 0)
    assert not len(rows)


def test_an_index_that_was_stored_with_a_model_is_used_and_not_built_again(spectral, monkeypatch):
    products = spectral.tables["Product"]
    stored = IvfIndex(products, cells=1, probes=1).stored()
    monkeypatch.setattr("recommend.served.build_index", None)
    found = served(replace(spectral, arrays={STORED: stored}))
    assert found is not None
    assert isinstance(found.index, IvfIndex)
    assert len(found.index) == len(products)
