"""Brands that are kin: joined by knowledge, or filling the same shelves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from graph.snapshot.csr import Csr
from graph.snapshot.view import LiveView
from recommend.query import Rows

MOST = 5
"""Kin of one brand by shelves."""
ALIKE = 0.5
"""Cosine of two brands' shelves from which on they are kin."""
CROWD = 50
"""Brands that an entity may join; one that joins more, such as a country, says little."""
STEP = 256
"""Brands that are compared with all others at a time."""


@dataclass(frozen=True, slots=True)
class Kin:
    """A brand that is kin to another.

    Attributes:
        row: of the brand.
        how: ``knowledge`` where facts join the two, ``shelves`` where their products are of the same kinds.
        worth: 0 to 1.
    """

    row: int
    how: Literal["knowledge", "shelves"]
    worth: float


def kin_of(view: LiveView, brand_row: int, shelves: Rows, alike: NDArray[np.float32]) -> list[Kin]:
    """Kin of a brand, by knowledge first.

    Args:
        view: the graph.
        brand_row: whose kin.
        shelves: ``(brands, MOST)`` as `kin_by_shelves` gives.
        alike: ``(brands, MOST)`` likewise.
    """
    found = {row: Kin(row, "knowledge", 1.0) for row in sorted(_joined(view, brand_row))}
    if brand_row < len(shelves):
        for row, worth in zip(shelves[brand_row].tolist(), alike[brand_row].tolist(), strict=True):
            if row >= 0:
                found.setdefault(row, Kin(row, "shelves", worth))
    return list(found.values())


def _joined(view: LiveView, brand_row: int) -> set[int]:
    between = view.edges("Brand", "RELATED", "Brand")
    found = {*_of(between.out, brand_row), *_of(between.into, brand_row)}
    onward, back = view.edges("Brand", "RELATED", "Entity"), view.edges("Entity", "RELATED", "Brand")
    for entity in {*_of(onward.out, brand_row), *_of(back.into, brand_row)}:
        brands = {*_of(onward.into, entity), *_of(back.out, entity)}
        if len(brands) <= CROWD:
            found |= brands
    return found - {brand_row}


def _of(csr: Csr, row: int) -> list[int]:
    return csr.neighbours(row).tolist() if row < csr.node_count else []


def kin_by_shelves(view: LiveView) -> tuple[Rows, NDArray[np.float32]]:
    """Brands with products of the same kinds.

    Returns:
        ``(brands, MOST)`` rows of the brands most alike, -1 where fewer reach `ALIKE`, and the cosines of their counts
        of products by category, each category weighed by how few brands have it.
    """
    made, shelved = view.edges("Product", "MADE_BY", "Brand").out, view.edges("Product", "IN_CATEGORY", "Category").out
    brands, kinds = view.count("Brand"), view.count("Category")
    rows = np.full((brands, MOST), -1, np.int32)
    alike = np.zeros((brands, MOST), np.float32)
    if not (made.edge_count and shelved.edge_count):
        return rows, alike
    counts = (_matrix(made, brands).T @ _matrix(shelved, kinds)).tocsr()
    rarity = np.log1p(brands / np.maximum(1, np.bincount(counts.indices, minlength=kinds)))
    weighed = counts.multiply(rarity).tocsr()
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    unit = sparse.diags_array(1 / np.where(lengths > 0, lengths, 1)) @ weighed
    for start in range(0, brands, STEP):
        products = (unit[start : start + STEP] @ unit.T).tocsr()
        for place in range(products.shape[0]):
            span = slice(products.indptr[place], products.indptr[place + 1])
            others, scores = products.indices[span], products.data[span]
            good = (others != start + place) & (scores >= ALIKE)
            order = np.lexsort((others[good], -scores[good]))[:MOST]
            rows[start + place, : len(order)] = others[good][order]
            alike[start + place, : len(order)] = scores[good][order]
    return rows, alike


def _matrix(csr: Csr, width: int) -> sparse.csr_array:
    data = np.ones(csr.edge_count, np.float32)
    return sparse.csr_array((data, np.asarray(csr.indices), np.asarray(csr.indptr)), shape=(csr.node_count, width))
