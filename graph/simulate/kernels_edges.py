"""Compiled loops of `graph.simulate.edges`."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from graph.compiled import parallel_kernel
from graph.simulate.kernels import Ints, Longs, key_of, skewed, unit


@parallel_kernel
def draw_targets(
    seed: np.uint64, offsets: Longs, users: int, targets: int, groups: int, user_step: int, target_step: int,
    skew: float,
) -> Ints:  # fmt: skip
    """A target for each edge: four in five among those of the source's group, popular ones more often.

    Args:
        seed: of this step.
        offsets: ``(users + 1,)`` where the edges of each source begin.
        users: how many sources; those of one group are scattered by ``user_step``.
        targets: how many targets.
        groups: how many groups there are.
        user_step: coprime to ``users``.
        target_step: coprime to ``targets``.
        skew: how much is drawn to the most popular.

    Returns:
        ``(m,)`` rows.
    """
    target = np.empty(offsets[-1], np.int32)
    size = max(1, targets // groups)
    for user in numba.prange(users):
        key = key_of(seed, user)
        group = (user * user_step) % users % groups
        for edge in range(offsets[user], offsets[user + 1]):
            draw = 2 * (edge - offsets[user])
            u = unit(key, draw)
            if unit(key, draw + 1) < 0.8:
                rank = (group + groups * skewed(u, size, skew)) % targets
            else:
                rank = skewed(u, targets, skew)
            target[edge] = (rank * target_step) % targets
    return target


@parallel_kernel
def draw_stamps(
    seed: np.uint64, count: int, first_minute: int, end_minute: int, codes: NDArray[np.uint32],
    shares: NDArray[np.float64], code_bits: int,
) -> NDArray[np.uint32]:  # fmt: skip
    """A time and an action for each edge.

    Args:
        seed: of this step.
        count: how many.
        first_minute: of the time they are spread over.
        end_minute: of the same.
        codes: actions.
        shares: ``(len(codes),)`` their shares, summed up.
        code_bits: width of a code.

    Returns:
        ``(count,)`` stamps.
    """
    stamps = np.empty(count, np.uint32)
    for edge in numba.prange(count):
        key = key_of(seed, edge)
        minute = first_minute + int(unit(key, 0) * (end_minute - first_minute))
        u = unit(key, 1)
        kind = 0
        while kind < len(codes) - 1 and u >= shares[kind]:
            kind += 1
        stamps[edge] = np.uint32((np.uint64(minute) << np.uint64(code_bits)) | np.uint64(codes[kind]))
    return stamps
