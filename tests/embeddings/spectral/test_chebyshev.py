"""The filter as a polynomial against the same filter by all eigenvectors."""

from __future__ import annotations

import numpy as np
import pytest

from embeddings.data import from_pairs
from embeddings.errors import UnknownSetting
from embeddings.spectral.chebyshev import BLOCK_USERS, Chebyshev


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(4)
    chosen = np.argwhere(rng.random((40, 25)) < 0.2)
    return from_pairs(chosen[:, 0].astype(np.int32), chosen[:, 1].astype(np.int32), 40, 25)


def by_eigenvectors(data, model: Chebyshev) -> np.ndarray:
    """Oracle: each eigenvector's share passes by what the series says of its frequency, and the band on top."""
    chosen = data.matrix().toarray().astype(np.float64)
    of_users, of_items = chosen.sum(axis=1, keepdims=True), chosen.sum(axis=0)
    normalised = (
        chosen / np.maximum(of_users, 1) ** model.user_exponent / np.maximum(of_items, 1) ** model.item_exponent
    )
    normalised /= np.linalg.norm(normalised, 2)
    values, vectors = np.linalg.eigh(normalised.T @ normalised)
    nodes = np.cos(np.pi * (np.arange(model.order + 1) + 0.5) / (model.order + 1))
    plateau = np.where(
        nodes < 0, 0.5 + 0.5 * np.abs(nodes) ** model.flatness, 0.5 - 0.5 * np.abs(nodes) ** model.flatness
    )
    through_nodes = np.polynomial.Polynomial.fit(nodes, plateau, model.order)
    passed = through_nodes(1 - 2 * values)
    smoothest = np.argsort(-values)[: model.dim]
    passed[smoothest] += model.band
    powers = np.maximum(of_items, 1) ** model.degree_exponent
    return (chosen / powers) @ (vectors * passed) @ vectors.T * powers


@pytest.mark.parametrize(("order", "flatness"), [(1, 1.0), (5, 1.5), (8, 3.0)])
@pytest.mark.parametrize(("band", "user_exponent"), [(0.0, 0.5), (0.3, 0.5), (0.3, 0.2)])
def test_agrees_with_the_filter_by_all_eigenvectors(
    data, order: int, flatness: float, band: float, user_exponent: float
) -> None:
    model = Chebyshev(order=order, flatness=flatness, dim=3, band=band, rounds=40, user_exponent=user_exponent)
    fitted = model.fit(data, rng=np.random.default_rng(0))
    everybody = np.arange(data.user_count, dtype=np.int32)
    np.testing.assert_allclose(fitted.score(everybody), by_eigenvectors(data, model), rtol=2e-3, atol=2e-3)


def test_more_people_than_one_block_are_scored_alike(data) -> None:
    fitted = Chebyshev(dim=3).fit(data, rng=np.random.default_rng(0))
    everybody = np.arange(data.user_count, dtype=np.int32)
    times = BLOCK_USERS // data.user_count + 2
    many = fitted.score(np.tile(everybody, times))
    np.testing.assert_allclose(many, np.tile(fitted.score(everybody), (times, 1)), rtol=1e-5, atol=1e-6)


def test_what_is_smooth_passes_and_what_is_rough_does_not() -> None:
    passed = np.polynomial.Chebyshev(Chebyshev(order=16, flatness=1.5).coefficients())
    smoothest, middle, roughest = passed(np.array([-1.0, 0.0, 1.0]))
    assert smoothest == pytest.approx(1.0, abs=0.03)
    assert middle == pytest.approx(0.5, abs=0.03)
    assert roughest == pytest.approx(0.0, abs=0.03)


@pytest.mark.parametrize("setting", [{"order": 0}, {"order": 33}, {"flatness": 0.0}, {"dim": 0}, {"band": -1.0}])
def test_settings_that_cannot_be_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(UnknownSetting):
        Chebyshev(**setting)
