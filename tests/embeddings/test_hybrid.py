from dataclasses import replace

import numpy as np
import pytest

from embeddings.errors import UnknownModel, UnknownSetting
from embeddings.models import model
from embeddings.ranking import rank_all
from tests.embeddings.planted import two_tastes

EVERYBODY = np.arange(80, dtype=np.int32)


def fitted(name, settings=None):
    data, _ = two_tastes()
    return model(name, settings).fit(data, rng=np.random.default_rng(0)), data


def test_weighted_scores_are_parts_of_the_best_added_up():
    learnt, data = fitted("weighted", {"parts": "item_knn(shrink=0) + popularity", "weights": "1 0.25"})
    known = data.matrix().toarray() > 0
    expected = np.zeros(known.shape)
    for name, settings, weight in (("item_knn", {"shrink": 0}, 1.0), ("popularity", {}, 0.25)):
        scores = np.where(known, 0, fitted(name, settings)[0].score(EVERYBODY))
        expected += weight * scores / scores.max(axis=1, keepdims=True)
    np.testing.assert_allclose(np.where(known, 0, learnt.score(EVERYBODY)), expected, atol=1e-5)


def test_switching_asks_each_model_about_its_people():
    data, _ = two_tastes()
    chosen = ~((data.users == 3) & (np.cumsum(data.users == 3) > 2))
    fewer = replace(data, users=data.users[chosen], items=data.items[chosen])
    learnt = model("switching", {"few": "popularity", "many": "item_knn", "least": 3}).fit(
        fewer, rng=np.random.default_rng(0)
    )
    asked = np.array([2, 3, 4], np.int32)
    popular = model("popularity").fit(fewer, rng=np.random.default_rng(0)).score(asked)
    alike = model("item_knn").fit(fewer, rng=np.random.default_rng(0)).score(asked)
    np.testing.assert_array_equal(learnt.score(asked), np.stack((alike[0], popular[1], alike[2])))


def test_a_cascade_orders_the_first_models_best_as_the_second_does():
    learnt, data = fitted("cascade", {"first": "popularity", "then": "item_knn", "depth": 15})
    popular = rank_all(fitted("popularity")[0], EVERYBODY, data.matrix(), 15)
    found = rank_all(learnt, EVERYBODY, data.matrix(), 40)
    alike = fitted("item_knn")[0].score(EVERYBODY)
    for user in EVERYBODY:
        assert set(found[user, :15]) == set(popular[user])
        told = alike[user, found[user, :15]]
        assert (np.diff(told) <= 1e-4).all()
    counts = fitted("popularity")[0].score(EVERYBODY)[0]
    assert (np.diff(counts[found[0, 15:]]) <= 0).all()


@pytest.mark.parametrize(
    ("name", "settings", "error"),
    [
        ("weighted", {"parts": "spectral + nothing"}, UnknownModel),
        ("weighted", {"parts": "spectral(dims=3) + item_knn"}, UnknownSetting),
        ("weighted", {"parts": "spectral, item_knn"}, UnknownSetting),
        ("weighted", {"weights": "1"}, UnknownSetting),
        ("weighted", {"weights": "1 much"}, UnknownSetting),
        ("switching", {"few": "popularity + item_knn"}, UnknownSetting),
        ("cascade", {"then": "item_knn(5)"}, UnknownSetting),
        ("cascade", {"depth": 0}, UnknownSetting),
    ],
)
def test_parts_that_cannot_be_are_refused(name, settings, error):
    with pytest.raises(error):
        model(name, settings)
