"""Small data with a planted answer."""

import numpy as np
import scipy.sparse as sp

from embeddings.data import from_pairs
from embeddings.training import TrainingData


def two_tastes(seed: int = 0, people: int = 80, items: int = 60) -> tuple[TrainingData, sp.csr_array]:
    """Half of the people choose from one half of the items, the others from the other half.

    ::

        people 0-39  ──►  items 0-29      each chooses 8 of 30; 3 of them are kept back as the test
        people 40-79 ──►  items 30-59
    """
    rng = np.random.default_rng(seed)
    half = items // 2
    chosen = [rng.choice(half, 8, replace=False) + half * (user >= people // 2) for user in range(people)]
    users = np.repeat(np.arange(people, dtype=np.int32), 5)
    train = np.concatenate([each[:5] for each in chosen]).astype(np.int32)
    tested = np.concatenate([each[5:] for each in chosen])
    place = (np.repeat(np.arange(people), 3), tested)
    test = sp.csr_array((np.ones(len(tested), np.float32), place), shape=(people, items))
    friends = rng.integers(0, people // 2, (2, 200)).astype(np.int32)
    return from_pairs(users, train, people, items, follows=(friends[0], friends[1])), test
