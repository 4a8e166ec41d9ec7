"""The largest singular vectors of a sparse matrix, fast enough for a command line."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.linalg import blas

from embeddings.spectral import kernels
from embeddings.training import Progress, silent

EXTRA = 32
"""Directions followed besides those asked for; they make the last ones of those accurate."""

EVEN = 4.0
"""Where a Cholesky factor's diagonal spans less, its columns are even enough for one pass in float32."""


class Factors(NamedTuple):
    """``matrix ≈ left · diag(values) · right.T``.

    Attributes:
        left: ``(n, dim)`` float32, orthonormal columns.
        values: ``(dim,)`` float32, largest first.
        right: ``(m, dim)`` float32, orthonormal columns.
    """

    left: NDArray[np.float32]
    values: NDArray[np.float32]
    right: NDArray[np.float32]


def leading_factors(
    matrix: sp.csr_array, dim: int, *, rounds: int, rng: np.random.Generator, progress: Progress = silent
) -> Factors:
    """Randomised subspace iteration.

    Args:
        matrix: ``(n, m)`` float32.
        dim: singular vectors wanted; fewer come back where the matrix is smaller.
        rounds: passes over ``matrix`` and its transpose; each brings the small ones nearer.
        rng: of the start.
        progress: told after each round.

    Returns:
        Factors with the sign of each pair such that the largest entry of ``right`` is positive.

    Source:
        Halko, Martinsson, Tropp, "Finding Structure with Randomness", SIAM Review 2011, algorithm 4.4, with QR
        replaced by Cholesky factors of the Gram matrix, as in CholeskyQR2 (Yamamoto et al., 2015).
    """
    back = matrix.T.tocsr()
    if matrix.shape[0] < matrix.shape[1]:  # the thinner side is the cheaper one
        right, values, left = _leading(back, matrix, dim, rounds, rng, progress)
    else:
        left, values, right = _leading(matrix, back, dim, rounds, rng, progress)
    signs = np.sign(right[np.abs(right).argmax(axis=0), np.arange(len(values))])
    progress(1.0, "singular vectors")
    return Factors(left * signs, values, right * signs)


def _leading(
    matrix: sp.csr_array, back: sp.csr_array, dim: int, rounds: int, rng: np.random.Generator, progress: Progress
) -> Factors:
    """As `leading_factors`, with a basis of the columns' side; ``back`` is the transpose."""
    dim = min(dim, *matrix.shape)
    width = min(dim + EXTRA, *matrix.shape)
    basis = rng.standard_normal((matrix.shape[1], width), np.float32)
    for turn in range(rounds):
        basis, last = times(back, times(matrix, basis)), turn == rounds - 1
        if last or turn % 2:  # two products in a row do not yet bring the columns too near to each other
            basis = orthonormal(basis, thorough=last)
        progress((turn + 1) / (rounds + 1), f"singular vectors, round {turn + 1} of {rounds}")
    image = times(matrix, basis)
    squares, turned = scipy.linalg.eigh((image.T @ image).astype(np.float64), driver="evd", overwrite_a=True)
    order = np.argsort(-squares)[:dim]
    values = np.sqrt(np.maximum(squares[order], 1e-12))
    turned = turned[:, order].astype(np.float32)
    left = (image @ turned) / values.astype(np.float32)
    right = basis @ turned
    return Factors(left.astype(np.float32), values.astype(np.float32), right.astype(np.float32))


def orthonormal(block: NDArray[np.float32], *, thorough: bool = True) -> NDArray[np.float32]:
    """An orthonormal basis of the span of the columns: Cholesky, again where once is not exact, or QR.

    Args:
        block: ``(n, k)`` float32, by rows; overwritten.
        thorough: once is enough for a step on the way.
    """
    for _ in range(3):
        try:
            upper = scipy.linalg.cholesky((block.T @ block).astype(np.float64), overwrite_a=True)
        except scipy.linalg.LinAlgError:
            return np.ascontiguousarray(scipy.linalg.qr(block, mode="economic")[0], np.float32)
        block = blas.strsm(1.0, upper.astype(np.float32), block.T, trans_a=1, overwrite_b=1).T
        sizes = np.diagonal(upper)
        if not thorough or sizes.max() < EVEN * sizes.min():
            break
    return block


def times(matrix: sp.csr_array, block: NDArray[np.float32]) -> NDArray[np.float32]:
    """``matrix @ block`` on all threads: ``(n, m) · (m, k) → (n, k)`` float32."""
    product = np.empty((matrix.shape[0], block.shape[1]), np.float32)
    kernels.multiply(matrix.indptr, matrix.indices, matrix.data, np.ascontiguousarray(block), product)
    return product
