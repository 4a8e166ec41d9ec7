"""Similar products by their pictures."""

import numpy as np
import pytest

from embeddings.artefact import save_model
from embeddings.images.fitting import Images, Pictures
from recommend.pipeline import Recommender
from tests.graph.snapshot.small import small_view

NOW = 20_000 * 1440


@pytest.fixture
def view(tmp_path):
    """Nobody has any of the products but the last; the second is ended, the third cannot be had."""
    return small_view(
        tmp_path,
        users=["ana"],
        products=["page", "ended", "away", "twin", "like", "other"],
        bought=[("ana", "other", NOW)],
        properties={"Product": {"page": {"title": "Pan"}, "away": {"available": False}}},
        gone={"Product": ["ended"]},
    )


@pytest.fixture
def images(view, tmp_path):
    hashes = np.array([0, 0, 0, 1, 0b11111111, 2**64 - 1], np.uint64)
    pictures = Pictures(np.arange(6, dtype=np.int32), hashes, np.ones(6, np.bool_))
    return save_model(tmp_path / "m", Images(), {}, view.snapshot_id, 0, arrays=pictures.arrays("Product"))


def offered(answer):
    return [item["id"] for item in answer["items"] if "look_alike" in item["sources"]]


def test_products_that_look_alike_are_similar_though_nobody_has_them(view, images):
    answer = Recommender(view, {"images": images}).similar("page")
    assert offered(answer) == ["twin", "like"]
    assert answer["model"] == f"images@{images.version}"
    reasons = {item["id"]: item["reasons"] for item in answer["items"]}
    assert reasons["twin"][0] == {"type": "look", "product_id": "page", "text": "looks like Pan"}


def test_without_pictures_nothing_is_offered_by_looks(view):
    assert offered(Recommender(view, {}).similar("page")) == []


def test_a_feed_does_not_go_by_looks(view, images):
    assert offered(Recommender(view, {"images": images}).feed("ana")) == []


def test_pictures_of_another_folder_with_more_products_are_not_used(view, tmp_path):
    rows = np.array([0, 99], np.int32)
    pictures = Pictures(rows, np.zeros(2, np.uint64), np.ones(2, np.bool_))
    other = save_model(tmp_path / "m", Images(), {}, "other", 0, arrays=pictures.arrays("Product"))
    assert offered(Recommender(view, {"images": other}).similar("page")) == []
