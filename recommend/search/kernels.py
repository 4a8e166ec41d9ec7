"""Compiled steps of search by words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel

Rows = NDArray[np.int32]
Floats = NDArray[np.float32]


@kernel
def sort_postings(
    documents: Rows, terms: Rows, counts: Floats, indptr: NDArray[np.int64], rows: Rows, sorted_counts: Floats
) -> None:
    """Counting sort of (document, term, count) by term, documents in the order they come; O(k).

    Args:
        documents: ``(k,)``.
        terms: ``(k,)``.
        counts: ``(k,)``.
        indptr: ``(v + 1,)`` zeros; receives where each term's postings begin.
        rows: ``(k,)``; receives the documents by term.
        sorted_counts: ``(k,)``; receives the counts by term.
    """
    for at in range(len(terms)):
        indptr[terms[at] + 1] += 1
    for term in range(len(indptr) - 1):
        indptr[term + 1] += indptr[term]
    place = indptr[:-1].copy()
    for at in range(len(terms)):
        term = terms[at]
        rows[place[term]] = documents[at]
        sorted_counts[place[term]] = counts[at]
        place[term] += 1


@kernel
def add_impacts(indptr: NDArray[np.int64], rows: Rows, impacts: Floats, term: int, scores: Floats) -> None:
    """Add a term's impacts to the documents that have it; O(postings)."""
    for at in range(indptr[term], indptr[term + 1]):
        scores[rows[at]] += impacts[at]
