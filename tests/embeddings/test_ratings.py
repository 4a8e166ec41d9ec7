import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.classic.rated import Bias, ItemKnnRatings, UserKnnRatings
from embeddings.classic.similar import SIMILARITIES
from embeddings.errors import NothingToLearn, UnknownModel
from embeddings.factors.sgd import RatedMf
from embeddings.rating_models import RATING_MODELS, rating_model
from embeddings.ratings import Ratings, newest_of_pairs
from tests.embeddings.classic.test_similar import all_pairs

ROWS, COLUMNS = 7, 6
stars = st.lists(st.lists(st.integers(0, 5), min_size=COLUMNS, max_size=COLUMNS), min_size=ROWS, max_size=ROWS)


def ratings_of(dense):
    dense = np.asarray(dense, np.float32)
    users, items = np.nonzero(dense)
    return Ratings(*dense.shape, users.astype(np.int32), items.astype(np.int32), dense[users, items])


def every_pair(shape):
    users, items = np.indices(shape)
    return users.ravel().astype(np.int32), items.ravel().astype(np.int32)


def neighbours_one_by_one(dense, kind, most, fallback):
    """Oracle: for each pair the most similar rows that rated the column, their distances from their own means."""
    alike = all_pairs(dense, kind, 5.0, rated=True)
    means = [row[row > 0].mean() if (row > 0).any() else np.nan for row in dense]
    found = np.array(fallback, float)
    for row in range(len(dense)):
        for column in range(dense.shape[1]):
            near = [other for other in np.argsort(-alike[row], kind="stable") if alike[row, other] > 1e-4]
            near = [other for other in near if dense[other, column] > 0][:most]
            if near and not np.isnan(means[row]):
                weights = [alike[row, other] for other in near]
                apart = [dense[other, column] - means[other] for other in near]
                found[row, column] = means[row] + np.dot(weights, apart) / sum(weights)
    return found


@settings(deadline=None)
@given(stars, st.sampled_from(SIMILARITIES), st.booleans())
def test_neighbours_predict_as_their_definition_says(matrix, kind, by_item):
    dense = np.array(matrix, float)
    if not dense.any():
        return
    ratings, rng = ratings_of(dense), np.random.default_rng(0)
    build = ItemKnnRatings if by_item else UserKnnRatings
    learnt = build(similarity=kind, neighbours=ROWS, kept=ROWS, least=1).fit(ratings, rng=rng)
    if (learnt.near.data < 1e-3).any():
        return  # rounding decides whether such a neighbour is one
    users, items = every_pair(dense.shape)
    fallback = Bias().fit(ratings, rng=rng).predict(users, items).reshape(dense.shape)
    expected = (
        neighbours_one_by_one(dense.T, kind, ROWS, fallback.T).T
        if by_item
        else neighbours_one_by_one(dense, kind, ROWS, fallback)
    )
    np.testing.assert_allclose(learnt.predict(users, items).reshape(dense.shape), expected, atol=2e-2)


def test_only_the_most_similar_neighbours_count():
    dense = np.array([[5, 1, 4, 0], [5, 1, 4, 1], [5, 1, 2, 5], [5, 1, 2, 5]], float)
    learnt = UserKnnRatings(similarity="euclidean", neighbours=1, shrink=0).fit(
        ratings_of(dense), rng=np.random.default_rng(0)
    )
    found = learnt.predict(np.array([0], np.int32), np.array([3], np.int32))[0]
    assert found == pytest.approx(dense[0, :3].mean() + 1 - dense[1].mean())


def test_biases_shrink_towards_the_mean():
    dense = np.array([[5, 3, 0], [5, 0, 1]], float)
    learnt = Bias(item_reg=1, user_reg=2).fit(ratings_of(dense), rng=np.random.default_rng(0))
    items = np.array([(1.5 + 1.5) / 3, -0.5 / 2, -2.5 / 2])
    users = np.array([(1.5 - items[0] - 0.5 - items[1]) / 4, (1.5 - items[0] - 2.5 - items[2]) / 4])
    np.testing.assert_allclose(learnt.items, items, atol=1e-6)
    np.testing.assert_allclose(learnt.users, users, atol=1e-6)


def planted(seed=0):
    """Two kinds of people and of items; stars say whether they fit, some people are strict."""
    rng = np.random.default_rng(seed)
    person, item = rng.integers(0, 2, 120), rng.integers(0, 2, 80)
    strict = rng.normal(0, 0.5, 120)
    stars = 3 + strict[:, None] + np.where(person[:, None] == item[None], 1.2, -1.2) + rng.normal(0, 0.3, (120, 80))
    seen = rng.random((120, 80))
    return ratings_of(np.where(seen < 0.3, stars, 0)), ratings_of(np.where(seen > 0.9, stars, 0))


@pytest.mark.parametrize("name", ["user_knn", "item_knn", "mf"])
def test_finds_planted_tastes_that_biases_cannot(name):
    train, test = planted()
    error = {}
    for each in ("bias", name):
        learnt = rating_model(each).fit(train, rng=np.random.default_rng(0))
        error[each] = np.sqrt(np.mean((learnt.predict(test.users, test.items) - test.values) ** 2))
    assert error["bias"] > 1.0
    assert error[name] < 0.6


@pytest.mark.parametrize("name", [each.name for each in RATING_MODELS])
def test_repeats_itself_from_a_seed_and_guesses_for_everybody(name):
    ratings = ratings_of(np.array([[5, 0, 3, 0], [0, 0, 0, 0], [4, 0, 1, 0]]))
    users, items = every_pair((3, 4))
    found = [rating_model(name).fit(ratings, rng=np.random.default_rng(3)).predict(users, items) for _ in range(2)]
    np.testing.assert_array_equal(*found)
    assert np.isfinite(found[0]).all()
    assert found[0].dtype == np.float32


@pytest.mark.parametrize("name", [each.name for each in RATING_MODELS])
def test_nothing_is_learnt_from_no_rating(name):
    with pytest.raises(NothingToLearn):
        rating_model(name).fit(ratings_of(np.zeros((2, 2))), rng=np.random.default_rng(0))


def test_the_gradient_descent_is_that_of_the_squared_error():
    ratings = ratings_of(np.array([[5.0, 2.0], [0, 3.0]]))
    learnt = RatedMf(dim=2, epochs=4000, reg=0.0, learning_rate=0.02).fit(ratings, rng=np.random.default_rng(0))
    np.testing.assert_allclose(learnt.predict(ratings.users, ratings.items), ratings.values, atol=1e-3)


def test_the_newest_rating_of_a_pair_counts():
    rows = np.array([0, 0, 1], np.int32), np.array([1, 1, 0], np.int32)
    values, minutes = np.array([2, 5, 3], np.float32), np.array([9, 4, 1])
    assert newest_of_pairs(*rows, values, minutes, 2, 2).values.tolist() == [2, 3]
    assert newest_of_pairs(*rows, values, None, 2, 2).values.tolist() == [5, 3]


def test_an_unknown_model_of_ratings_names_the_known_ones():
    with pytest.raises(UnknownModel, match="item_knn"):
        rating_model("popularity")
