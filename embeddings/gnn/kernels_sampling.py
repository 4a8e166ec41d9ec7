"""Compiled loops of neighbour sampling."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.gnn.kernels import mixed
from graph.compiled import kernel


@kernel
def place_of(indices: NDArray[np.int32], left: int, right: int, item: int) -> int:
    """Where a sorted part of ``indices`` holds the item; ``right`` where it does not."""
    end = right
    while left < right:
        middle = (left + right) >> 1
        if indices[middle] < item:
            left = middle + 1
        else:
            right = middle
    return left if left < end and indices[left] == item else end


@kernel
def sample_relation(
    relation: tuple[NDArray[Any], NDArray[np.int32], int],
    nodes: NDArray[np.int32],
    avoid: NDArray[np.int32],
    fan_out: int,
    seed: np.uint64,
    picked: NDArray[np.int32],
    owners: NDArray[np.int32],
) -> int:
    """Draw up to ``fan_out`` different neighbours of each node, all sets of them equally likely (Floyd's method).

    Args:
        relation: ``indptr`` and ``indices`` in CSR form with sorted rows, and the node of its first row.
        nodes: ``(k,)`` rows of the whole graph; those that are no row of this relation have no neighbours.
        avoid: ``(a,)`` a neighbour that each of the first ``a`` nodes does without; -1 for none.
        fan_out: most neighbours of a node.
        seed: of this call.
        picked: ``(k * fan_out,)`` neighbours, filled from the front.
        owners: likewise, the place in ``nodes`` that each is a neighbour of.

    Returns:
        How many were drawn.
    """
    indptr, indices, first = relation
    count = 0
    for place in range(len(nodes)):
        row = nodes[place] - first
        if row < 0 or row >= len(indptr) - 1:
            continue
        start, end = indptr[row], indptr[row + 1]
        hole = end
        if place < len(avoid) and avoid[place] >= 0:
            hole = place_of(indices, start, end, avoid[place])
        degree = end - start - (1 if hole < end else 0)
        begin = count
        for drawn in range(max(0, degree - fan_out), degree):
            at: Any = drawn
            if degree > fan_out:
                word = mixed(seed, place * fan_out + count - begin) >> np.uint64(32)
                at = np.int64((word * np.uint64(drawn + 1)) >> np.uint64(32))
            for step in range(2):
                spot = start + at
                node = indices[spot + 1 if spot >= hole else spot]
                taken = False
                if degree > fan_out and step == 0:
                    for other in range(begin, count):
                        taken = taken or picked[other] == node
                if not taken:
                    break
                at = drawn
            picked[count] = node
            owners[count] = place
            count += 1
    return count


@kernel
def number_nodes(picked: NDArray[np.int32], places: NDArray[np.int32], known: NDArray[np.int32], count: int) -> int:
    """Replace nodes by their places in ``known``, adding those that are new.

    Args:
        picked: nodes, replaced.
        places: ``(n,)`` the place of each node of the graph in ``known``, -1 where it is not there; brought along.
        known: nodes, filled up to ``count``.
        count: nodes that are known.

    Returns:
        Nodes that are known now.
    """
    for each in range(len(picked)):
        node = picked[each]
        if places[node] < 0:
            places[node] = count
            known[count] = node
            count += 1
        picked[each] = places[node]
    return count
