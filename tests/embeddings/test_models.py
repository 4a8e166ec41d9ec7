import subprocess
import sys

import numpy as np
import pytest

from embeddings.artefact import load_model, save_model
from embeddings.classic.popularity import Popularity
from embeddings.data import from_pairs
from embeddings.errors import NothingToLearn, UnknownModel, UnknownSetting
from embeddings.metrics import per_user
from embeddings.models import MODELS, model
from embeddings.ranking import rank_all
from tests.embeddings.planted import two_tastes

NAMES = [each.name for each in MODELS]
LEARNING = [
    "item_knn",
    "user_knn",
    "als",
    "mf",
    "spectral",
    "lightgcn",
    "social_lightgcn",
    "xsimgcl",
    "sage",
    "deepwalk",
    "node2vec",
    "metapath2vec",
    "transe",
    "rotate",
    "complex",
]
KNOWING = {"dim": 8, "epochs": 40, "batch_size": 128, "learning_rate": 0.03, "validation": 0.0}
SMALL = {
    "spectral": {"dim": 4},
    "als": {"dim": 4},
    "weighted": {"parts": "spectral(dim=4) + item_knn"},
    "switching": {"many": "spectral(dim=4)"},
    "cascade": {"first": "spectral(dim=4)"},
    "mf": {"dim": 8, "epochs": 60},
    **{name: {"dim": 8, "epochs": 15, "batch_size": 128} for name in ("lightgcn", "social_lightgcn", "xsimgcl")},
    "sage": {"dim": 8, "epochs": 12, "batch_size": 64},
    **{name: {"dim": 16, "walk_length": 20} for name in ("deepwalk", "node2vec", "metapath2vec")},
    "transe": KNOWING,
    "rotate": KNOWING,
}


def fitted(name, data, seed=0):
    return model(name, SMALL.get(name)).fit(data, rng=np.random.default_rng(seed))


def recall(learnt, data, test):
    users = np.arange(data.user_count, dtype=np.int32)
    return per_user(rank_all(learnt, users, data.matrix(), 20), test, 20)["recall"].mean()


@pytest.mark.parametrize("name", LEARNING)
def test_finds_planted_tastes_that_popularity_cannot(name):
    data, test = two_tastes()
    learnt, popular = recall(fitted(name, data), data, test), recall(fitted("popularity", data), data, test)
    assert learnt > popular + 0.2
    assert learnt > 0.7  # 20 of the 25 items left in the person's own half would be 0.8


@pytest.mark.parametrize("name", NAMES)
def test_repeats_itself_from_a_seed(name):
    data, _ = two_tastes()
    users = np.arange(5, dtype=np.int32)
    np.testing.assert_array_equal(fitted(name, data).score(users), fitted(name, data).score(users))


@pytest.mark.parametrize("name", NAMES)
def test_scores_every_item_of_every_user_even_without_interactions(name):
    data = from_pairs(np.array([0, 0, 2], np.int32), np.array([0, 1, 1], np.int32), 4, 6)
    learnt = fitted(name, data)
    scores = learnt.score(np.array([3, 0], np.int32))
    assert scores.shape == (2, 6)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_learnt_from_nothing(name):
    empty = np.empty(0, np.int32)
    with pytest.raises(NothingToLearn):
        fitted(name, from_pairs(empty, empty, 3, 3))


@pytest.mark.parametrize("name", NAMES)
def test_tables_rank_as_scores_do_and_survive_saving(name, tmp_path):
    data, _ = two_tastes()
    learnt = fitted(name, data)
    save_model(tmp_path, model(name, SMALL.get(name)), learnt.tables(), "s1", 0)
    tables = load_model(tmp_path / name).tables
    if tables:
        users = np.arange(data.user_count, dtype=np.int32)
        np.testing.assert_allclose(tables["User"] @ tables["Product"].T, learnt.score(users), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_tells_when_it_is_done(name):
    told = []
    data, _ = two_tastes()
    model(name, SMALL.get(name)).fit(data, rng=np.random.default_rng(0), progress=lambda done, _: told.append(done))
    assert told[-1] == 1.0
    assert told == sorted(told)


def test_popularity_counts_people_within_the_window():
    users, items = np.array([0, 1, 2, 0], np.int32), np.array([0, 0, 0, 1], np.int32)
    minutes = np.array([0, 0, 0, 10 * 1440], np.int64)
    data = from_pairs(users, items, 3, 2, minutes=minutes)
    everything = Popularity().fit(data, rng=np.random.default_rng(0)).score(np.array([0]))
    recent = Popularity(window_days=5).fit(data, rng=np.random.default_rng(0)).score(np.array([0]))
    assert everything.tolist() == [[3, 1]]
    assert recent.tolist() == [[0, 1]]


def test_item_neighbours_agree_with_dense_cosines():
    data, _ = two_tastes()
    dense = data.matrix().toarray().astype(float)
    together = dense.T @ dense
    norms = np.sqrt(np.diag(together))
    cosine = together / (norms[:, None] * norms[None, :] + 3 + 1e-9)
    np.fill_diagonal(cosine, 0)
    learnt = model("item_knn", {"neighbours": 60, "shrink": 3}).fit(data, rng=np.random.default_rng(0))
    np.testing.assert_allclose(learnt.score(np.arange(80)), dense @ cosine, rtol=1e-5, atol=1e-6)


def test_an_unknown_model_names_the_known_ones():
    with pytest.raises(UnknownModel, match="spectral"):
        model("spektral")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"dimm": 3}, "known: dim"), ({"dim": "many"}, "type int"), ({"dim": 0}, "between"), ({"dim": True}, "type int")],
)
def test_a_setting_that_cannot_be_is_refused(settings, reason):
    with pytest.raises(UnknownSetting, match=reason):
        model("spectral", settings)


def test_importing_the_models_does_not_import_torch():
    code = "import sys, embeddings.models; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
