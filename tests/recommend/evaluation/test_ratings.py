from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from embeddings.errors import NothingToLearn, UnknownModel
from embeddings.ratings import Ratings
from graph.datasets import Table
from graph.errors import InvalidValue
from recommend.evaluation.ratings import evaluate_ratings, ratings_of_table


def random_ratings(times=False, seed=0):
    rng = np.random.default_rng(seed)
    pairs = rng.choice(30 * 20, 300, replace=False)
    minutes = rng.integers(0, 100, 300) * 1440 if times else None
    stars = rng.integers(1, 6, 300).astype(np.float32)
    return Ratings(30, 20, (pairs // 20).astype(np.int32), (pairs % 20).astype(np.int32), stars, minutes)


@dataclass
class Constant:
    name: ClassVar[str] = "constant"
    value: float

    def fit(self, ratings, *, rng, progress=None):
        self.learnt = ratings
        return self

    def predict(self, users, items):
        return np.full(len(users), self.value, np.float32)


@pytest.mark.parametrize("times", [False, True])
def test_errors_are_those_of_the_hidden_ratings(times):
    ratings, model = random_ratings(times), Constant(2.5)
    found = evaluate_ratings(ratings, [model])
    assert [each.model for each in found.results] == ["bias", "constant"]
    assert found.learnt + found.measured == 300
    seen = set(zip(model.learnt.users.tolist(), model.learnt.items.tolist(), strict=True))
    hidden = [
        (user, item) not in seen for user, item in zip(ratings.users.tolist(), ratings.items.tolist(), strict=True)
    ]
    apart = ratings.values[hidden] - 2.5
    figures = found.results[1]
    assert figures.rmse.mean == pytest.approx(np.sqrt((apart**2).mean()))
    assert figures.mae.mean == pytest.approx(np.abs(apart).mean())
    assert figures.mae.low < figures.mae.mean < figures.mae.high
    if times:
        assert ratings.minutes[hidden].min() > model.learnt.minutes.max()


def test_predictions_are_held_inside_the_scale():
    ratings = random_ratings()
    assert evaluate_ratings(ratings, [Constant(99)]).results[1].mae.high <= 4.0


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(InvalidValue):
        evaluate_ratings(random_ratings(), test_part=1.0)
    with pytest.raises(UnknownModel):
        evaluate_ratings(random_ratings(), ["ease"])
    with pytest.raises(NothingToLearn):
        evaluate_ratings(random_ratings().part(np.zeros(300, bool)))


def test_a_table_becomes_the_newest_rating_of_each_pair():
    table = Table(["a", "b", "a"], ["x", "x", "x"], [1.0, 4.0, 5.0], [10, 10, 20])
    found = ratings_of_table(table, table.values)
    assert (found.users.tolist(), found.items.tolist(), found.values.tolist()) == ([0, 1], [0, 0], [5.0, 4.0])
