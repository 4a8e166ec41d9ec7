"""Compiled step of the aversion reranker: how much products have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel
from graph.snapshot.kernels_row import Edges, degree, newest
from recommend.sources.kernels import Floats, Rows

MOST = 16
"""Concepts of one kind that are looked at for one product."""


@kernel
def meet(
    out: Edges,
    into: Edges,
    rows: Rows,
    others: Rows,
    products: int,
    shared: NDArray[np.float32],
    own: Floats,
    theirs: Floats,
) -> None:
    """Add the worth of concepts of one kind; a concept is worth ``ln(1 + products / products of the concept)``.

    Args:
        out: product → concept.
        into: concept → product.
        rows: ``(k,)`` products.
        others: ``(m,)`` products that they are compared with.
        products: how many there are in all.
        shared: ``(k, m)`` gains what each pair has in common.
        own: ``(k,)`` gains what each of ``rows`` has.
        theirs: ``(m,)`` gains what each of ``others`` has. O(k * m).
    """
    for at in range(len(others)):
        concepts, _ = newest(out, others[at], MOST)
        for concept in concepts:
            theirs[at] += np.log1p(products / max(degree(into, concept), 1))
    for at in range(len(rows)):
        concepts, _ = newest(out, rows[at], MOST)
        for concept in concepts:
            worth = np.log1p(products / max(degree(into, concept), 1))
            own[at] += worth
            for other in range(len(others)):
                met, _ = newest(out, others[other], MOST)
                for each in met:
                    if each == concept:
                        shared[at, other] += worth
                        break
