"""Edges alone, fast: graphs of the size and shape of a large town, for benchmarks and load tests."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.errors import InvalidValue
from graph.simulate import kernels_edges
from graph.simulate.settings import END_MS, START_MS
from graph.snapshot.actions import CODE_BITS, FIRST_STAR_CODE, PLAIN_CODE

MINUTE_MS = 60_000
KINDS = ((PLAIN_CODE["VIEWED"], 0.7), (PLAIN_CODE["LIKED"], 0.12), (PLAIN_CODE["BOUGHT"], 0.1))
"""Actions and their shares; the rest are ratings, one to five stars alike."""


@dataclass(frozen=True, slots=True)
class GraphEdges:
    """Edges in no particular order, as rows.

    Attributes:
        follower: ``(f,)`` int32; ``followee`` ``(f,)`` int32: each pair once, nobody themselves.
        follow_minutes: ``(f,)`` int64 minutes since 1970.
        user: ``(m,)`` int32; ``product`` ``(m,)`` int32.
        stamps: ``(m,)`` uint32 time and action in the form of `graph.snapshot.actions`.
    """

    follower: NDArray[np.int32]
    followee: NDArray[np.int32]
    follow_minutes: NDArray[np.int64]
    user: NDArray[np.int32]
    product: NDArray[np.int32]
    stamps: NDArray[np.uint32]


def edge_arrays(users: int, products: int, follows: int, interactions: int, seed: int = 0) -> GraphEdges:
    """Make a graph with power-law degrees on both sides and communities that act alike.

    Args:
        users: at least 2.
        products: at least 1.
        follows: how many are drawn; doubles and self-follows, a few per cent, are left out.
        interactions: how many there are, exactly.
        seed: equal seeds give equal graphs.

    Returns:
        About 12 bytes an interaction and 16 a follow.

    Raises:
        InvalidValue: a count is too small, or negative.
    """
    if users < 2 or products < 1 or follows < 0 or interactions < 0 or seed < 0:
        raise InvalidValue("edges", "needs two users, a product, and no negative numbers")
    rng = np.random.default_rng([seed, users, products])
    groups = max(1, math.isqrt(users) // 3)
    step, product_step = _coprime(users), _coprime(products)
    followed = _offsets(users, follows, rng)
    target = kernels_edges.draw_targets(_key(rng), followed, users, users, groups, step, step, 2.0)
    source = np.repeat(np.arange(users, dtype=np.int32), np.diff(followed))
    pairs = np.unique(source.astype(np.int64) * users + target)
    pairs = pairs[pairs // users != pairs % users]
    acted = _offsets(users, interactions, rng)
    product = kernels_edges.draw_targets(_key(rng), acted, users, products, groups, step, product_step, 2.5)
    codes = np.array([code for code, _ in KINDS] + [FIRST_STAR_CODE["RATED"] + 2 * s for s in range(5)], np.uint32)
    rest = 1 - sum(share for _, share in KINDS)
    shares = np.cumsum([share for _, share in KINDS] + [rest / 5] * 5)
    stamps = kernels_edges.draw_stamps(
        _key(rng), interactions, START_MS // MINUTE_MS, END_MS // MINUTE_MS, codes, shares, CODE_BITS
    )
    minutes = rng.integers(START_MS // MINUTE_MS, END_MS // MINUTE_MS, len(pairs), dtype=np.int64)
    return GraphEdges(
        (pairs // users).astype(np.int32),
        (pairs % users).astype(np.int32),
        minutes,
        np.repeat(np.arange(users, dtype=np.int32), np.diff(acted)),
        product,
        stamps,
    )


def _key(rng: np.random.Generator) -> np.uint64:
    return rng.integers(1 << 63, dtype=np.uint64)


def _offsets(users: int, edges: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Where the edges of each user begin: Pareto-like degrees with that sum."""
    ends = np.cumsum(np.minimum(rng.pareto(2.5, users), 150.0) + 0.1)
    return np.concatenate(([0], np.rint(ends / ends[-1] * edges).astype(np.int64)))


def _coprime(count: int) -> int:
    """A multiplier that scatters rows one to one."""
    step = int(count * 0.6180339887498949) | 1
    while math.gcd(step, count) != 1:
        step += 2
    return step
