"""The spectral filter against the same filter as dense matrices."""

from __future__ import annotations

import numpy as np
import pytest

from embeddings.data import from_pairs
from embeddings.spectral.filter import Spectral


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(4)
    chosen = np.argwhere(rng.random((40, 25)) < 0.2)
    return from_pairs(chosen[:, 0].astype(np.int32), chosen[:, 1].astype(np.int32), 40, 25)


def dense_filter(data, model: Spectral) -> np.ndarray:
    """Oracle: all singular vectors, the response of each, and the items' factors, as the docstring has them."""
    chosen = data.matrix().toarray().astype(np.float64)
    of_users, of_items = chosen.sum(axis=1, keepdims=True), chosen.sum(axis=0)
    matrix = chosen / np.maximum(of_users, 1) ** model.user_exponent / np.maximum(of_items, 1) ** model.item_exponent
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    relative = values / values[0]
    band = np.where(np.arange(len(values)) < model.dim, relative**model.sharpness, 0)
    own = (np.maximum(of_users, 1) / np.median(of_users[of_users > 0])) ** -model.individual
    whole = (left * values * band) @ right + own * model.linear * ((left * values * relative**2) @ right)
    return whole * of_items**model.popularity_exponent


@pytest.mark.parametrize(("linear", "individual"), [(0.0, 0.0), (0.5, 0.0), (4.0, 0.7)])
@pytest.mark.parametrize("dim", [3, 25])
def test_agrees_with_the_dense_filter(data, linear: float, individual: float, dim: int) -> None:
    model = Spectral(dim=dim, linear=linear, individual=individual, social=0.0, rounds=40)
    fitted = model.fit(data, rng=np.random.default_rng(0))
    everybody = np.arange(data.user_count, dtype=np.int32)
    np.testing.assert_allclose(fitted.score(everybody), dense_filter(data, model), rtol=2e-3, atol=2e-4)


def test_the_linear_part_scores_more_people_than_one_block(data) -> None:
    fitted = Spectral(dim=5, linear=1.0, social=0.0).fit(data, rng=np.random.default_rng(0))
    everybody = np.arange(data.user_count, dtype=np.int32)
    many = np.tile(everybody, 20)
    np.testing.assert_allclose(fitted.score(many), np.tile(fitted.score(everybody), (20, 1)), rtol=1e-5, atol=1e-6)
