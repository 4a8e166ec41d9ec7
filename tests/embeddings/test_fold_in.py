import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from embeddings.data import from_pairs
from embeddings.factors.fold_in import FoldIn, refit
from embeddings.inner import InnerProduct
from embeddings.models import model
from embeddings.training import TrainingData
from graph.errors import InvalidValue
from tests.embeddings.planted import two_tastes

RNG = np.random.default_rng(0)


@settings(deadline=None)
@given(st.sets(st.integers(0, 8), min_size=1), st.integers(0, 5))
def test_a_folded_in_vector_minimises_the_weighted_squared_error(rows, seed):
    others = np.random.default_rng(seed).standard_normal((9, 3)).astype(np.float32)
    chosen = np.zeros(9)
    chosen[list(rows)] = 1.0
    weights = np.where(chosen > 0, 4.0, 1.0)

    def loss(vector):
        return weights @ (chosen - others @ vector) ** 2 + 0.7 * vector @ vector

    found = FoldIn.onto(others, alpha=4.0, reg=0.7).vector(np.array(sorted(rows), np.int32))
    expected = minimize(loss, np.zeros(3), tol=1e-12).x
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_alternating_least_squares_has_come_to_rest_where_folding_in_leaves_its_vectors():
    data, _ = two_tastes()
    learnt = model("als", {"dim": 4, "epochs": 200}).fit(data, rng=np.random.default_rng(0))
    again = FoldIn.onto(learnt.items, alpha=10.0, reg=5.0).vectors(data.matrix())
    np.testing.assert_allclose(again, learnt.users, atol=2e-3)


@pytest.mark.parametrize("name", ["als", "mf", "spectral"])
def test_a_person_who_came_later_gets_the_items_of_their_half(name):
    data, _ = two_tastes()
    learnt = model(name, {"dim": 4}).fit(data, rng=np.random.default_rng(0))
    items = learnt.tables()["Product"]
    vector = FoldIn.onto(items, alpha=10.0, reg=0.1).vector(np.array([1, 5, 9, 13], np.int32))
    best = np.argsort(-(items @ vector))[:20]
    assert (best < 30).mean() > 0.9


def later(data: TrainingData):
    """The data and one new person and one new item: the person chooses from the second half, the item likewise."""
    users = np.concatenate((data.users, np.full(4, 80), np.arange(60, 70))).astype(np.int32)
    items = np.concatenate((data.items, [31, 35, 39, 43], np.full(10, 60))).astype(np.int32)
    return from_pairs(users, items, 81, 61)


def test_a_refit_learns_new_people_and_items_and_leaves_the_others_as_they_were():
    data, _ = two_tastes()
    learnt = model("als", {"dim": 4}).fit(data, rng=np.random.default_rng(0))
    more = later(data)
    users, items = np.array([80], np.int32), np.array([60], np.int32)
    after = refit(learnt, more, users, items)
    np.testing.assert_array_equal(after.users[:80], learnt.users)
    np.testing.assert_array_equal(after.items[:60], learnt.items)
    scores = after.score(np.array([80, 0], np.int32))
    assert (np.argsort(-scores[0])[:20] >= 30).mean() > 0.9
    assert scores[0, 60] > scores[1, 60] + 0.2


def loss(learnt, dense, alpha=10.0, reg=5.0):
    weights = np.where(dense > 0, alpha, 1.0)
    return (weights * (dense - learnt.users @ learnt.items.T) ** 2).sum() + reg * (
        (learnt.users**2).sum() + (learnt.items**2).sum()
    )


def test_a_refit_of_everything_is_as_good_as_more_training():
    data, _ = two_tastes()
    dense = data.matrix().toarray()
    start = model("als", {"dim": 4, "epochs": 1}).fit(data, rng=np.random.default_rng(0))
    every = (np.arange(80, dtype=np.int32), np.arange(60, dtype=np.int32))
    once, often = (refit(start, data, *every, rounds=rounds) for rounds in (1, 60))
    long = model("als", {"dim": 4, "epochs": 60}).fit(data, rng=np.random.default_rng(0))
    assert loss(start, dense) > loss(once, dense) > loss(often, dense)
    assert loss(often, dense) == pytest.approx(loss(long, dense), rel=0.01)


def test_what_cannot_be_is_refused():
    others = RNG.standard_normal((5, 2)).astype(np.float32)
    with pytest.raises(InvalidValue, match="alpha"):
        FoldIn.onto(others, alpha=0)
    with pytest.raises(InvalidValue, match="between 0 and 4"):
        FoldIn.onto(others).vector(np.array([5], np.int32))
    assert not FoldIn.onto(others).vector(np.array([], np.int32)).any()
    data, _ = two_tastes()
    with pytest.raises(InvalidValue, match="more rows"):
        refit(InnerProduct(np.zeros((99, 2), np.float32), others), data, np.array([0]), np.array([0]))
