"""A filter over the whole spectrum of the graph, as a polynomial of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from numpy.polynomial.chebyshev import chebinterpolate
from numpy.typing import NDArray

from embeddings.settings import check_learnable, check_range
from embeddings.spectral.blocks import largest_value, normalised, power_of_degree
from embeddings.spectral.factors import leading_factors, times
from embeddings.training import Progress, Rows, TrainingData, silent

BLOCK_USERS = 256
"""People whose signals are filtered at once."""


@dataclass(frozen=True, slots=True)
class FilteredSignals:
    """What scores a person: their own items, as a signal on the items' graph, filtered.

    Attributes:
        signals: users × items float32, what people chose divided by a power of the items' degrees.
        forth: ``M``, users × items, both sides normalised.
        back: ``M'`` by rows.
        coefficients: ``(order + 1,)`` float32 of the Chebyshev polynomials of ``I - 2 M' M``.
        band: ``(items, dim)`` float32, smooth directions that are heard once more.
        outward: ``(items,)`` float32 that scores are multiplied by.
    """

    signals: sp.csr_array
    forth: sp.csr_array
    back: sp.csr_array
    coefficients: NDArray[np.float32]
    band: NDArray[np.float32]
    outward: NDArray[np.float32]

    def score(self, users: Rows) -> NDArray[np.float32]:
        """Filter each person's signal: ``(len(users), items)`` in ``O(order · interactions)`` each."""
        scores = np.empty((len(users), self.signals.shape[1]), np.float32)
        for start in range(0, len(users), BLOCK_USERS):
            scores[start : start + BLOCK_USERS] = self._filtered(self.signals[users[start : start + BLOCK_USERS]])
        return scores

    def _filtered(self, own: sp.csr_array) -> NDArray[np.float32]:
        before = np.ascontiguousarray(own.toarray().T)
        now = self._turned(before)
        total = self.coefficients[0] * before + self.coefficients[1] * now
        for coefficient in self.coefficients[2:]:
            before, now = now, 2 * self._turned(now) - before
            total += coefficient * now
        if self.band.size:
            total += self.band @ (own @ self.band).T
        return np.asarray(total.T * self.outward, np.float32)

    def _turned(self, signals: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(I - 2 M' M) signals``, whose eigenvalues lie between -1 and 1: ``(items, n)``."""
        return signals - 2 * times(self.back, times(self.forth, signals))

    def tables(self) -> Mapping[str, NDArray[np.float32]]:
        """None: the whole spectrum has no small vectors."""
        return {}


@dataclass(frozen=True)
class Chebyshev:
    """Pass what is smooth, hold back what is rough, and cut nothing off.

    Of the items' graph ``M' M``, ``M`` the interactions divided by powers of both degrees and by its largest singular
    value, the frequency of an eigenvalue ``s`` is ``1 - s``. The filter is a polynomial that follows a plateau: 1 where
    the graph is smoothest, a half in the middle, 0 where it is roughest, flatter in the middle the larger ``flatness``.
    The ``dim`` smoothest directions pass with ``band`` more.

    Attributes:
        order: degree of the polynomial; more follows the plateau closer, and costs more with each answer.
        flatness: exponent of the plateau; 1 is a straight line.
        dim: directions of the band.
        band: what passes of them on top; 0 leaves the band out.
        user_exponent: power of a user's degree that interactions are divided by; less lets those who did much say more.
        item_exponent: power of an item's degree, likewise.
        degree_exponent: power of an item's degree that signals are divided by and scores multiplied by.
        rounds: of the randomised factorisation that finds the band.
    """

    name: ClassVar[str] = "chebyshev"
    summary: ClassVar[str] = "Graph filter over the whole spectrum, a polynomial of the interactions."
    source: ClassVar[str] = (
        "Kim et al., Graph Spectral Filtering with Chebyshev Interpolation, SIGIR 2025; exponents of both degrees: "
        "Peng et al., SGFCF, SIGIR 2024"
    )
    needs_torch: ClassVar[bool] = False

    order: int = 8
    flatness: float = 1.5
    dim: int = 256
    band: float = 0.2
    user_exponent: float = 0.5
    item_exponent: float = 0.5
    degree_exponent: float = 0.4
    rounds: int = 5

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        check_range(self, "order", 1, 32)
        check_range(self, "flatness", 0.1, 100)
        check_range(self, "dim", 1)
        check_range(self, "rounds", 1)
        check_range(self, "band", 0, 100)
        for each in ("user_exponent", "item_exponent", "degree_exponent"):
            check_range(self, each, 0, 2)

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> FilteredSignals:
        """Find the band: O(``rounds · dim · interactions + (users + items) · dim²``) time.

        Raises:
            NothingToLearn: there is no interaction.
        """
        check_learnable(data)
        matrix = data.matrix()
        forth = normalised(matrix, self.user_exponent, self.item_exponent)
        forth = forth / np.float32(largest_value(forth))
        band = np.empty((matrix.shape[1], 0), np.float32)
        if self.band:
            found = leading_factors(forth, self.dim, rounds=self.rounds, rng=rng, progress=progress)
            band = found.right * np.float32(np.sqrt(self.band))
        inward = sp.diags_array(power_of_degree(matrix, 0, -self.degree_exponent))
        signals = (matrix @ inward).tocsr().astype(np.float32)
        outward = power_of_degree(matrix, 0, self.degree_exponent)
        return FilteredSignals(signals, forth, forth.T.tocsr(), self.coefficients(), band, outward)

    def coefficients(self) -> NDArray[np.float32]:
        """``(order + 1,)`` float32 of the Chebyshev polynomials that together meet the plateau at the roots of one."""
        found: NDArray[np.float64] = chebinterpolate(self._plateau, self.order)  # type: ignore[arg-type]
        return found.astype(np.float32)

    def _plateau(self, frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
        """What should pass of frequencies between -1, the smoothest, and 1."""
        return 0.5 - 0.5 * np.sign(frequencies) * np.abs(frequencies) ** self.flatness
