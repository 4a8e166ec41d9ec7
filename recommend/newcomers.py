"""Products that came after a model was trained: a vector at once, out of what is known of them and who chose them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from graph.snapshot.view import LiveView
from recommend.query import NO_ROWS, NO_SCORES, Floats, Rows

ALIKE = (("Product", "IN_CATEGORY", "Category"), ("Product", "MADE_BY", "Brand"), ("Product", "TAGGED", "Tag"))
"""What products share that are alike."""
SHARING = 100
"""Products looked at of each thing that is shared."""
SAMPLE = 10_000
"""Products whose length is looked at."""
CHOOSERS = 50
"""Newest people who did something with a product that are looked at."""


class Newcomers:
    """A small table of vectors, all of which are compared; one thread writes, others read."""

    def __init__(self) -> None:
        self._length = 0.0
        self._vectors: dict[int, Floats] = {}
        self._held: tuple[Rows, Floats] = (NO_ROWS, np.zeros((0, 0), np.float32))

    def take(self, view: LiveView, rows: Iterable[int], users: Floats, products: Floats) -> None:
        """Make vectors of products anew.

        A vector has the mean direction of those of products that share its categories, brand and tags, each thing
        alike, and of those of the people who did something with it; and the length that products have in the mean.

        Args:
            view: the graph as it is now.
            rows: of products; those that the model has seen are left out.
            users: ``(n, dim)`` the model's people.
            products: ``(m, dim)`` the model's products.
        """
        fresh = [row for row in rows if row >= len(products)]
        for row in fresh:
            parts = [each / np.linalg.norm(each) for each in _parts(view, row, users, products) if each.any()]
            if parts:
                length = self._length or float(np.linalg.norm(products[:SAMPLE], axis=1).mean())
                self._length = length
                self._vectors[row] = np.asarray(length * np.mean(parts, axis=0), np.float32)
        if fresh and self._vectors:
            self._held = np.array(list(self._vectors), np.int32), np.stack(list(self._vectors.values()))

    @property
    def rows(self) -> Rows:
        """``(k,)`` products that have a vector here."""
        return self._held[0]

    def nearest(self, vector: Floats) -> tuple[Rows, Floats]:
        """All of them with an inner product above 0, and that, in no order."""
        rows, vectors = self._held
        if not len(rows):
            return NO_ROWS, NO_SCORES
        scores = np.asarray(vectors @ vector, np.float32)
        return rows[scores > 0], scores[scores > 0]


def _parts(view: LiveView, row: int, users: Floats, products: Floats) -> Iterator[Floats]:
    for key in ALIKE:
        both = view.edges(*key)
        for thing in both.out.neighbours(row).tolist():
            sharing = both.into.neighbours(thing)[:SHARING]
            yield _mean(products, sharing)
    people = np.unique(view.actions.into.neighbours(row)[:CHOOSERS])
    yield _mean(users, people)


def _mean(table: Floats, rows: Rows) -> Floats:
    """Mean of the rows that the table has; zeros without any."""
    known = rows[rows < len(table)]
    return np.asarray(table[known].mean(axis=0) if len(known) else np.zeros(table.shape[1]), np.float32)
