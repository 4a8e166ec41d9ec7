"""How three models score a triple, as one form: a query from two parts of it, compared with the third.

With ``h``, ``r`` and ``t`` the vectors of head, relation and tail, complex ones for RotatE and ComplEx, which are
kept as real parts followed by imaginary parts:

========  =====================  ================  =================
model     score                  query for tails   query for heads
========  =====================  ================  =================
TransE    ``-|h + r - t|``       ``h + r``         ``t - r``
RotatE    ``-|h * r - t|``       ``h * r``         ``t * conj(r)``
ComplEx   ``Re <h * r, t>``      ``h * r``         ``t * conj(r)``
========  =====================  ================  =================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from embeddings.kg.graph import Side
from embeddings.training import Rows

Floats = NDArray[np.float32]
Form = Literal["transe", "rotate", "complex"]


@dataclass(frozen=True, slots=True)
class Vectors:
    """What a knowledge model has learnt.

    Attributes:
        form: which model.
        nodes: ``(n, d)`` float32; of length 1 for TransE; real and imaginary parts for the others.
        relations: ``(r, d)`` float32; of RotatE complex numbers of length 1.
        scale: what a squared distance is multiplied with to make a logit; 1 for ComplEx.
    """

    form: Form
    nodes: Floats
    relations: Floats
    scale: float = 1.0

    def queries(self, given: Rows, kind: int, side: Side) -> Floats:
        """``(len(given), d)``: where the answers on ``side`` should lie.

        Args:
            given: nodes on the other side.
            kind: the relation.
            side: which side is asked for.
        """
        return combined(self.form, self.nodes[given], self.relations[kind], side)

    def scores(self, queries: Floats, answers: Floats) -> Floats:
        """``(len(queries), len(answers))``, higher is better: an inner product or a distance times -1."""
        products: Floats = queries @ answers.T
        if self.form == "complex":
            return products
        squares = np.square(queries).sum(1)[:, None] + np.square(answers).sum(1)[None, :] - 2 * products
        return np.asarray(-np.sqrt(np.maximum(squares, 0)), np.float32)

    def logits(self, scores: Floats) -> Floats:
        """Scores as training compares them: their softmax over the candidates is how likely each is."""
        return scores if self.form == "complex" else np.asarray(-self.scale * np.square(scores), np.float32)

    def as_inner_products(self, queries: Floats, answers: Floats) -> tuple[Floats, Floats]:
        """Vectors whose inner product ranks the answers of each query as `scores` does, for an index.

        ``-|q - a|² = 2 q·a - |a|² - |q|²``, and the last term is the same for all answers: one more number each.
        """
        if self.form == "complex":
            return queries, answers
        ones = np.ones((len(queries), 1), np.float32)
        return np.hstack((2 * queries, ones)), np.hstack((answers, -np.square(answers).sum(1, keepdims=True)))


def combined(form: Form, given: Floats, relation: Floats, side: Side) -> Floats:
    """The query of the table above for vectors ``(n, d)`` of one side and ``(d,)`` of a relation."""
    if form == "transe":
        return np.asarray(given + relation if side == "tail" else given - relation, np.float32)
    half = given.shape[1] // 2
    real, imaginary = given[:, :half], given[:, half:]
    cosine, sine = relation[:half], relation[half:] if side == "tail" else -relation[half:]
    turned: Floats = np.hstack((real * cosine - imaginary * sine, real * sine + imaginary * cosine))
    return turned
