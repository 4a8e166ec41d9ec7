import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.classic.friends import Friends
from embeddings.classic.paths import Paths
from embeddings.errors import NothingToLearn
from tests.embeddings.classic.small import empty_data, small_data

RNG = np.random.default_rng(0)
USERS, ITEMS = 5, 6
cells = st.lists(st.tuples(st.integers(0, USERS - 1), st.integers(0, ITEMS - 1)), min_size=1, max_size=20)
links = st.sets(st.tuples(st.integers(0, USERS - 1), st.integers(0, USERS - 1)), max_size=8)


def paths_one_by_one(matrix, follows, model):
    """Oracle: every path user → item → person → item in three loops."""
    people, items = matrix.sum(axis=1), matrix.sum(axis=0)
    out = [sum(1 for a, _ in follows if a == user) for user in range(USERS)]
    into = [sum(1 for _, b in follows if b == user) for user in range(USERS)]
    scores = np.zeros(matrix.shape)
    for user in range(USERS):
        for other in range(USERS):
            near = sum(
                people[user] ** -0.5 * items[item] ** -model.item_exponent * people[other] ** -model.user_exponent
                for item in range(ITEMS)
                if matrix[user, item] and matrix[other, item]
            )
            if (user, other) in follows:
                near += model.follow * (out[user] * into[other]) ** -0.5
            for item in np.flatnonzero(matrix[other]):
                scores[user, item] += near * items[item] ** -model.tilt
    return scores


@settings(deadline=None)  # the first example compiles the kernels
@given(cells, links, st.sampled_from([-0.2, 0.0, 0.5]), st.sampled_from([0.0, 0.3]))
def test_agrees_with_walking_every_path(pairs, follows, tilt, follow):
    matrix = np.zeros((USERS, ITEMS))
    for user, item in pairs:
        matrix[user, item] = 1
    model = Paths(tilt=tilt, follow=follow)
    fitted = model.fit(small_data(matrix, sorted(follows)), rng=RNG)
    expected = paths_one_by_one(matrix, follows, model)
    np.testing.assert_allclose(fitted.score(np.arange(USERS, dtype=np.int32)), expected, rtol=1e-4, atol=1e-6)


def test_friends_reach_a_person_without_interactions():
    data = small_data([[1, 0, 1], [0, 0, 0]], follows=[(1, 0)])
    for model in (Paths(follow=0.2), Friends()):
        assert np.flatnonzero(model.fit(data, rng=RNG).score(np.array([1], np.int32))[0]).tolist() == [0, 2]


def test_a_friend_of_a_friend_counts_less_than_a_friend():
    data = small_data([[0, 0], [1, 0], [0, 1]], follows=[(0, 1), (1, 2)])
    near, far = Friends(second=0.3).fit(data, rng=RNG).score(np.array([0], np.int32))[0]
    assert near > far > 0


@pytest.mark.parametrize("model", [Paths(), Friends()])
def test_needs_an_interaction(model):
    with pytest.raises(NothingToLearn):
        model.fit(empty_data(), rng=RNG)
