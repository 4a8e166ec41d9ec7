"""What the options of LightGCN's family do."""

import numpy as np
import pytest
import scipy.sparse as sp

from embeddings.data import from_pairs
from embeddings.errors import UnknownSetting
from embeddings.metrics import per_user
from embeddings.models import model
from embeddings.ranking import rank_all
from tests.embeddings.planted import two_tastes

SMALL = {"dim": 8, "epochs": 15, "batch_size": 128}


def fitted(name, data, **settings):
    return model(name, {**SMALL, **settings}).fit(data, rng=np.random.default_rng(0))


def recall(learnt, data, test):
    users = np.arange(data.user_count, dtype=np.int32)
    return per_user(rank_all(learnt, users, data.matrix(), 20), test, 20)["recall"].mean()


def friends_without_items():
    """Two circles of 40; who follows whom stays within a circle, and ten of each have chosen nothing yet.

    ::

        circle 0: 30 people ──► items 0-29     10 people follow five of them each
        circle 1: 30 people ──► items 30-59    10 people follow five of them each
    """
    rng = np.random.default_rng(4)
    users = np.repeat(np.concatenate((np.arange(30), np.arange(40, 70))), 6).astype(np.int32)
    items = (rng.integers(0, 30, len(users)) + 30 * (users >= 40)).astype(np.int32)
    followers = np.repeat(np.concatenate((np.arange(30, 40), np.arange(70, 80))), 5).astype(np.int32)
    followees = (rng.integers(0, 30, len(followers)) + 40 * (followers >= 40)).astype(np.int32)
    return from_pairs(users, items, 80, 60, follows=(followers, followees))


def test_follows_say_what_people_without_items_like():
    data = friends_without_items()
    cold = np.concatenate((np.arange(30, 40), np.arange(70, 80))).astype(np.int32)

    def hits(learnt):
        top = rank_all(learnt, cold, data.matrix(), 10)
        return float(((top >= 30) == (cold >= 40)[:, None]).mean())

    assert hits(fitted("social_lightgcn", data, social=0.5)) > 0.9
    assert hits(fitted("social_lightgcn", data, social=0.0)) < 0.7
    assert hits(fitted("xsimgcl", data, social=0.5)) > 0.9


@pytest.mark.parametrize(
    "settings", [{"negatives": "popularity"}, {"negatives": "hard"}, {"dropout": 0.3}, {"debias": 0.5}, {"reg": 0.01}]
)
@pytest.mark.parametrize("name", ["lightgcn", "xsimgcl"])
def test_learns_with_every_option(name, settings):
    data, test = two_tastes()
    popular = model("popularity").fit(data, rng=np.random.default_rng(0))
    assert recall(fitted(name, data, **settings), data, test) > recall(popular, data, test) + 0.2


def skewed():
    """200 people choose 6 of 50 items each, item k in proportion to 1 / (k + 1)."""
    rng = np.random.default_rng(6)
    chances = 1.0 / np.arange(1, 51)
    items = np.concatenate([rng.choice(50, 6, replace=False, p=chances / chances.sum()) for _ in range(200)])
    return from_pairs(np.repeat(np.arange(200), 6).astype(np.int32), items.astype(np.int32), 200, 50)


@pytest.mark.parametrize("settings", [{"debias": 1.0}, {"negatives": "popularity"}])
def test_rare_items_are_lifted(settings):
    data = skewed()
    popularity = np.bincount(data.items, minlength=50)
    users = np.arange(200, dtype=np.int32)

    def mean_popularity(learnt):
        return popularity[rank_all(learnt, users, sp.csr_array((200, 50)), 10)].mean()

    lifted = mean_popularity(fitted("lightgcn", data, warm_start=False, **settings))
    assert lifted < 0.95 * mean_popularity(fitted("lightgcn", data, warm_start=False))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("lightgcn", {"negatives": "soft"}),
        ("lightgcn", {"dropout": 1.0}),
        ("lightgcn", {"debias": -0.1}),
        ("social_lightgcn", {"social": -1.0}),
        ("xsimgcl", {"temperature": 0.0}),
    ],
)
def test_a_setting_that_cannot_be_is_refused(name, settings):
    with pytest.raises(UnknownSetting):
        model(name, settings)
