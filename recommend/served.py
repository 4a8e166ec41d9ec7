"""A trained model made ready to be asked: vectors of people and products, and an index over many products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from embeddings.artefact import TrainedModel
from embeddings.images.alike import Alike
from embeddings.images.fitting import NAME as IMAGES
from embeddings.index import STORED, IvfIndex, VectorIndex, build_index
from embeddings.index.build import EXACT_UP_TO
from embeddings.spectral.filter import FOLD_IN
from embeddings.table import EmbeddingTable
from graph.snapshot.view import LiveView
from recommend.newcomers import Newcomers
from recommend.query import NO_ROWS, NO_SCORES, Floats, Rows

ADMITTED_SHARE = 0.1
"""Where filters admit fewer of the products than this, those are compared one by one and the index is not asked."""
KNOWLEDGE_MODELS = ("rotate", "complex", "transe")
"""Models of a knowledge graph: their products are compared with one another, whoever asks; best known first."""
SPARE = 100
"""Products asked of the index beyond those wanted, as some of them may be filtered out."""


@dataclass(frozen=True, slots=True)
class ServedModel:
    """One trained model.

    Attributes:
        name: of the model.
        version: of this training.
        users: ``(n, dim)`` float32 by user row; people who came later have none.
        products: ``(m, dim)`` float32 by product row; likewise.
        inputs: ``(m, dim)`` float32: the sum over a person's products is their vector, up to a factor.
        index: over ``products``; None where they are few and all are compared.
        newcomers: products that came since, which are compared too.
    """

    name: str
    version: str
    users: Floats
    products: Floats
    inputs: Floats
    index: VectorIndex | None = None
    newcomers: Newcomers = field(default_factory=Newcomers)

    def vector_of(
        self, user_row: int, anchors: Rows, anchor_scores: Floats, *, acted_since: bool = False
    ) -> Floats | None:
        """The person's vector; for one the model has not seen it is made of what they chose. None without both.

        For somebody who did something since (``acted_since``) the two directions count alike.
        """
        seen = 0 <= user_row < len(self.users) and self.users[user_row].any()
        if seen and not acted_since:
            return np.asarray(self.users[user_row])
        known = anchors < len(self.inputs)
        made = np.asarray(anchor_scores[known] @ self.inputs[anchors[known]], np.float32)
        if not made.any():
            return np.asarray(self.users[user_row]) if seen else None
        if not seen:
            return made
        length = np.linalg.norm(self.users[user_row])
        return np.asarray((self.users[user_row] + made * (length / np.linalg.norm(made))) / 2, np.float32)

    def nearest(self, vector: Floats, hidden: NDArray[np.bool_], known: Rows, limit: int) -> tuple[Rows, Floats]:
        """Products with the largest inner product above 0 that are neither hidden nor known, best first."""
        rows, scores = self._trained(vector, hidden, known, limit)
        new, new_scores = self.newcomers.nearest(vector)
        if not len(new):
            return rows, scores
        admitted = ~np.isin(new, known)
        maskable = new < len(hidden)
        admitted[maskable] &= ~hidden[new[maskable]]
        rows = np.concatenate((rows, new[admitted]))
        scores = np.concatenate((scores, new_scores[admitted]))
        order = np.lexsort((rows, -scores))[:limit]
        return rows[order], scores[order]

    def _trained(self, vector: Floats, hidden: NDArray[np.bool_], known: Rows, limit: int) -> tuple[Rows, Floats]:
        """`nearest` among the products that the model has seen."""
        if self.index is None:
            return self._among(None, vector, hidden, known, limit)
        if len(hidden) and 1 - np.count_nonzero(hidden) / len(hidden) < ADMITTED_SHARE:
            admitted = np.flatnonzero(~hidden[: len(self.products)]).astype(np.int32)
            return self._among(admitted, vector, hidden, known, limit)
        found, scores = (each[0] for each in self.index.search(vector[None], limit + SPARE + len(known)))
        good = (found >= 0) & (scores > 0)
        good[good] = ~np.isin(found[good], known)
        if len(hidden):
            good[good] = ~hidden[found[good]]
        return self._exactly(found[good], vector, limit)

    def _exactly(self, rows: Rows, vector: Floats, limit: int) -> tuple[Rows, Floats]:
        """Products that the index found, by what it rounded."""
        scores = np.asarray(self.products[rows] @ vector, np.float32)
        order = np.lexsort((rows, -scores))[:limit]
        return rows[order], scores[order]

    def _among(
        self, rows: Rows | None, vector: Floats, hidden: NDArray[np.bool_], known: Rows, limit: int
    ) -> tuple[Rows, Floats]:
        """Compare these products, or all of them, one by one; ties by row."""
        scores = (self.products if rows is None else self.products[rows]) @ vector
        left_out = np.zeros(len(self.products), np.bool_)
        left_out[: len(hidden)] = hidden[: len(left_out)]
        left_out[known[known < len(left_out)]] = True
        scores[left_out if rows is None else left_out[rows]] = 0
        count = min(limit, len(scores))
        if not count:
            return NO_ROWS, NO_SCORES
        best = np.argpartition(-scores, count - 1)[:count].astype(np.int32)
        best = best[scores[best] > 0]
        best = best[np.lexsort((best, -scores[best]))]
        return (best if rows is None else rows[best]), np.asarray(scores[best], np.float32)


def served(model: TrainedModel) -> ServedModel | None:
    """A trained model as sources ask it; None for one without vectors of people and products.

    More than `EXACT_UP_TO` products have an index. One that was not stored with the model is built, which takes a
    minute for a million.
    """
    users, products = model.tables.get("User"), model.tables.get("Product")
    if users is None or products is None:
        return None
    if model.name in KNOWLEDGE_MODELS:
        return _neighbours(model, products)
    index: VectorIndex | None = None
    if STORED in model.arrays:
        index = IvfIndex.opened(model.arrays[STORED])
    elif len(products) > EXACT_UP_TO:
        index = build_index(EmbeddingTable("Product", products))
    return ServedModel(model.name, model.version, users, products, model.tables.get(FOLD_IN, products), index)


def _neighbours(model: TrainedModel, products: Floats) -> ServedModel:
    """Products by the cosine of their vectors.

    In models of distances the tables' last number makes inner products rank as distances do; it is left out.
    """
    vectors = products if model.name == "complex" else products[:, :-1]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.ascontiguousarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)
    index = build_index(EmbeddingTable("Product", unit)) if len(unit) > EXACT_UP_TO else None
    return ServedModel(model.name, model.version, np.zeros((0, unit.shape[1]), np.float32), unit, unit, index)


def looks_of(models: Mapping[str, TrainedModel], view: LiveView) -> Alike | None:
    """What products look like; None where their pictures have not been looked at since the view's snapshot.

    Pictures go by row, and rows stay what they are from one snapshot to the next of a folder: older ones are as good.
    """
    model = models.get(IMAGES)
    found = None if model is None else Alike.of("Product", model)
    if found is None or found.pictures.rows[-1] >= view.count("Product"):
        return None
    return found
