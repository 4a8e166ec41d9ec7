"""Compiled random walks: along typed edges, of second order, and forward in time."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from embeddings.gnn.kernels import alias_table, mixed
from graph.compiled import kernel, parallel_kernel

WALKERS = 32
"""Walkers that move together: while one waits for memory, the others' loads are under way."""

STEP = np.uint64(0x9E3779B97F4A7C15)
LOW_BITS = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)

Rows = NDArray[np.int32]
Places = NDArray[np.int64]
Limits = NDArray[np.uint64]


@kernel
def pick(bits: np.uint64, count: int) -> int:
    """A number in ``[0, count)`` from the lower 32 of random bits; ``count`` below 2^31."""
    return np.int64(((bits & LOW_BITS) * np.uint64(count)) >> HALF)  # type: ignore[return-value]  # numba sees the type


@parallel_kernel
def alias_rows(indptr: Places, weights: NDArray[np.float64], limits: Limits, alias: Rows) -> None:
    """Fill one alias table a row, so that a weighted edge is drawn in O(1).

    Args:
        indptr: ``(n + 1,)``.
        weights: ``(m,)`` above 0.
        limits: ``(m,)`` filled; see `embeddings.gnn.kernels.alias_table`.
        alias: ``(m,)`` filled with places counted from the row's first edge.
    """
    for row in numba.prange(len(indptr) - 1):
        begin, end = indptr[row], indptr[row + 1]
        if begin < end:
            part = weights[begin:end]
            alias_table(part / part.mean(), limits[begin:end], alias[begin:end])


@kernel
def _draw(
    indptr: Places,
    indices: Rows,
    limits: Limits,
    alias: Rows,
    base: int,
    rows: Rows,
    state: np.uint64,
    places: Places,
    degrees: Places,
    found: Rows,
) -> np.uint64:
    """For each walker an edge of its row: the row at its end in ``found``, -1 without edges.

    Each loop loads from unrelated places and decides nothing by what it loads, so that no load waits for another.
    """
    last, last_row = len(indices) - 1, len(indptr) - 2
    for w in range(WALKERS):
        at = min(max(base + rows[w], 0), last_row)
        places[w] = indptr[at]
        degrees[w] = indptr[at + 1] - indptr[at]
    if len(limits):
        for w in range(WALKERS):
            state += STEP
            bits = mixed(state, 0)
            place = min(places[w] + pick(bits, degrees[w]), last)
            places[w] = place if bits >> HALF < limits[place] else min(places[w] + alias[place], last)
    else:
        for w in range(WALKERS):
            state += STEP
            places[w] = min(places[w] + pick(mixed(state, 0), degrees[w]), last)
    for w in range(WALKERS):
        other = indices[places[w]]
        found[w] = other if degrees[w] > 0 and rows[w] >= 0 else -1
    return state


@kernel
def _start(starts: Rows, first: int, rows: Rows, walks: Rows) -> int:
    """Place the walkers; those beyond the last start walk along unseen.

    Returns:
        How many are seen.
    """
    count = min(WALKERS, len(starts) - first)
    for w in range(WALKERS):
        rows[w] = starts[first + min(w, count - 1)]
    for w in range(count):
        walks[first + w, 0] = rows[w]
    return count


@kernel
def _walk_block(
    indptr: Places,
    indices: Rows,
    limits: Limits,
    alias: Rows,
    bases: Places,
    starts: Rows,
    first: int,
    seed: np.uint64,
    walks: Rows,
) -> None:
    rows = np.empty(WALKERS, np.int32)
    places, degrees = np.empty(WALKERS, np.int64), np.empty(WALKERS, np.int64)
    count = _start(starts, first, rows, walks)
    state = mixed(seed, first)
    for step in range(1, walks.shape[1]):
        base = bases[(step - 1) % len(bases)]
        state = _draw(indptr, indices, limits, alias, base, rows, state, places, degrees, rows)
        for w in range(count):
            walks[first + w, step] = rows[w]


@parallel_kernel
def walk(
    indptr: Places,
    indices: Rows,
    limits: Limits,
    alias: Rows,
    bases: Places,
    starts: Rows,
    seed: np.uint64,
    walks: Rows,
) -> None:
    """Fill ``walks`` with one walk a start, the same whatever the number of threads.

    Args:
        indptr: the rows of all edge sets, one set behind the other.
        indices: ``(m,)`` nodes that edges lead to.
        limits: ``(m,)`` as `alias_rows` made it; empty where all edges of a row are equally likely.
        alias: likewise.
        bases: ``(k,)`` step ``s`` leaves ``node`` by the edges of the row ``bases[s % k] + node`` of ``indptr``.
        starts: ``(w,)`` nodes.
        seed: of the walks.
        walks: ``(w, length)`` filled; -1 after a node without edges.
    """
    for block in numba.prange((len(starts) + WALKERS - 1) // WALKERS):
        _walk_block(indptr, indices, limits, alias, bases, starts, block * WALKERS, seed, walks)


@kernel
def _joined(indptr: Places, indices: Rows, row: int, other: int) -> bool:
    """Whether an edge leads from a row to another; rows are sorted."""
    low, end = indptr[row], indptr[row + 1]
    high = end
    while low < high:
        middle = (low + high) >> 1
        if indices[middle] < other:
            low = middle + 1
        else:
            high = middle
    return bool(low < end and indices[low] == other)


@kernel
def _accepts(
    indptr: Places, indices: Rows, before: int, other: int, back: float, away: float, ceiling: float, bits: np.uint64
) -> bool:
    """Whether a drawn edge is taken: with probability bias / ceiling. The bias is looked up only where it decides."""
    height = float(bits >> np.uint64(11)) * (ceiling / 9007199254740992.0)
    if height < min(back, away, 1.0):
        return True
    if other == before:
        return height < back
    if height >= max(away, 1.0):
        return False
    return height < (1.0 if _joined(indptr, indices, before, other) else away)


@kernel
def _second_order_block(
    indptr: Places,
    indices: Rows,
    limits: Limits,
    alias: Rows,
    starts: Rows,
    first: int,
    biases: tuple[float, float],
    seed: np.uint64,
    walks: Rows,
) -> None:
    back, away = biases
    ceiling = max(back, away, 1.0)
    rows, found = np.empty(WALKERS, np.int32), np.empty(WALKERS, np.int32)
    places, degrees = np.empty(WALKERS, np.int64), np.empty(WALKERS, np.int64)
    steps = np.ones(WALKERS, np.int64)
    length = walks.shape[1]
    count = _start(starts, first, rows, walks)
    state = mixed(seed, first)
    walking = count if length > 1 else 0
    while walking > 0:
        state = _draw(indptr, indices, limits, alias, 0, rows, state, places, degrees, found)
        for w in range(count):
            step = steps[w]
            if step == length:
                continue
            if found[w] < 0:
                walks[first + w, step:] = -1
                steps[w] = length
                walking -= 1
                continue
            state += STEP
            if step > 1 and not _accepts(
                indptr, indices, walks[first + w, step - 2], found[w], back, away, ceiling, mixed(state, 0)
            ):
                continue
            walks[first + w, step] = found[w]
            rows[w] = found[w]
            steps[w] = step + 1
            walking -= step + 1 == length


@parallel_kernel
def walk_second_order(
    indptr: Places,
    indices: Rows,
    limits: Limits,
    alias: Rows,
    starts: Rows,
    biases: tuple[float, float],
    seed: np.uint64,
    walks: Rows,
) -> None:
    """Fill ``walks`` with walks whose next step depends on the last one, by rejection.

    Args:
        indptr: ``(n + 1,)``.
        indices: ``(m,)`` sorted within a row.
        limits: as in `walk`.
        alias: likewise.
        starts: ``(w,)`` nodes.
        biases: how likely it is to return (``1 / p``) and to go where no edge leads from the node before (``1 / q``),
            beside 1 for the others; both above 0. A step takes at most ``max / min`` draws on average.
        seed: of the walks.
        walks: ``(w, length)`` filled; -1 after a node without edges.

    Source:
        Grover & Leskovec, node2vec, KDD 2016; rejection: Yang et al., KnightKing, SOSP 2019.
    """
    for block in numba.prange((len(starts) + WALKERS - 1) // WALKERS):
        _second_order_block(indptr, indices, limits, alias, starts, block * WALKERS, biases, seed, walks)


@parallel_kernel
def walk_forward(
    indptr: Places,
    indices: Rows,
    times: NDArray[Any],
    starts: Rows,
    since: NDArray[Any],
    seed: np.uint64,
    walks: Rows,
    reached: NDArray[Any],
) -> None:
    """Fill ``walks`` with walks whose every edge is later than the edge before, all such edges equally likely.

    Args:
        indptr: ``(n + 1,)``.
        indices: ``(m,)``.
        times: ``(m,)`` int64, rising within a row.
        starts: ``(w,)`` nodes.
        since: ``(w,)`` the first edge is later than this.
        seed: of the walks.
        walks: ``(w, length)`` filled; -1 where no later edge leaves.
        reached: ``(w, length)`` filled with the time of the edge that led there, ``since`` at the start.

    Source:
        Nguyen et al., Continuous-time dynamic network embeddings, WWW 2018 companion.
    """
    for walker in numba.prange(len(starts)):
        row, time = starts[walker], since[walker]
        state = mixed(seed, walker)
        walks[walker, 0] = row
        reached[walker, 0] = time
        for step in range(1, walks.shape[1]):
            walks[walker, step] = -1
            reached[walker, step] = time
            if row < 0:
                continue
            begin, end = indptr[row], indptr[row + 1]
            low, high = begin, end
            while low < high:
                middle = (low + high) >> 1
                if times[middle] <= time:
                    low = middle + 1
                else:
                    high = middle
            if low == end:
                row = np.int32(-1)
                continue
            state += STEP
            place = low + pick(mixed(state, 0), end - low)
            row, time = indices[place], times[place]
            walks[walker, step] = row
            reached[walker, step] = time
