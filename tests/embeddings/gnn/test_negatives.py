"""Items that people have not chosen."""

import numpy as np

from embeddings.data import from_pairs
from embeddings.gnn.negatives import SMOOTHING, Negatives


def test_nobody_is_given_what_they_chose():
    rng = np.random.default_rng(0)
    users, items = rng.integers(0, 30, 300).astype(np.int32), rng.integers(0, 40, 300).astype(np.int32)
    data = from_pairs(users, items, 30, 40)
    asked = rng.integers(0, 30, 500).astype(np.int32)
    for by_popularity in (False, True):
        drawn = Negatives(data, by_popularity).draw(asked, 3, rng)
        assert drawn.shape == (500, 3)
        assert not data.matrix().toarray()[asked[:, None], drawn].any()


def test_who_chose_everything_still_gets_an_item():
    data = from_pairs(np.zeros(4, np.int32), np.arange(4, dtype=np.int32), 1, 4)
    drawn = Negatives(data).draw(np.zeros(50, np.int32), 2, np.random.default_rng(0))
    assert ((drawn >= 0) & (drawn < 4)).all()


def frequencies(by_popularity: bool) -> tuple[np.ndarray, np.ndarray]:
    """Counts of 200,000 draws for a person without interactions, and the popularity of the items."""
    rng = np.random.default_rng(1)
    popularity = np.array([1, 2, 5, 9, 30, 60, 100, 3, 3, 80])
    items = np.repeat(np.arange(10, dtype=np.int32), popularity)
    users = np.concatenate([np.arange(each, dtype=np.int32) for each in popularity])
    negatives = Negatives(from_pairs(users, items, 101, 10), by_popularity)
    drawn = negatives.draw(np.full(50_000, 100, np.int32), 4, rng)
    return np.bincount(drawn.ravel(), minlength=10), popularity


def chi_square(found: np.ndarray, expected: np.ndarray) -> float:
    return float((np.square(found - expected) / expected).sum())


def test_uniform_draws_are_uniform():
    found, _ = frequencies(by_popularity=False)
    assert chi_square(found, np.full(10, 20_000.0)) < 27.9  # 9 degrees of freedom, p = 0.001


def test_popular_items_are_drawn_by_a_power_of_their_popularity():
    found, popularity = frequencies(by_popularity=True)
    weights = popularity**SMOOTHING
    assert chi_square(found, 200_000 * weights / weights.sum()) < 27.9
