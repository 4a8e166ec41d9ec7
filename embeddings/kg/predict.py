"""Completing the catalogue: brands, categories and tags that products probably have, and nobody wrote down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.kg.calibrate import confidence, probability
from embeddings.kg.stored import StoredKnowledge
from embeddings.training import Rows
from graph.errors import InvalidValue, UnknownNode
from graph.snapshot.view import LiveView

COMPLETED = {
    "brand": ("Product", "MADE_BY", "Brand"),
    "category": ("Product", "IN_CATEGORY", "Category"),
    "tag": ("Product", "TAGGED", "Tag"),
}
"""What can be asked for; a product has one brand, and any number of the others."""

BLOCK_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Guess:
    """One fact that the catalogue may lack.

    Attributes:
        product_id: of the product.
        relation: ``brand``, ``category`` or ``tag``.
        id: of the brand, category or tag.
        name: of it, where it has one.
        probability: that it is right, given that the product has one more than is known; calibrated on triples that
            were held out. None where too few were held out to know.
        confidence: what ``probability`` was made from: the model's share for it among all that are not known.
        rank: 1 for the best guess of this product and relation.
        known: how many the product has already.
    """

    product_id: str
    relation: str
    id: str
    name: str | None
    probability: float | None
    confidence: float
    rank: int
    known: int

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)

    @property
    def order(self) -> float:
        """Higher is surer."""
        return self.confidence if self.probability is None else self.probability


def predict(
    view: LiveView,
    stored: StoredKnowledge,
    *,
    relations: Sequence[str] = tuple(COMPLETED),
    product_id: str | None = None,
    each: int = 1,
    limit: int = 20,
) -> list[Guess]:
    """The surest guesses at what the catalogue lacks.

    Products that stood in no triple when the model was trained are passed over, as are ended ones. Brands are guessed
    for products without one.

    Args:
        view: the graph; what it holds by now is no guess.
        stored: a trained model.
        relations: which of `COMPLETED`; one that the model learnt nothing of gives nothing.
        product_id: one product alone; its brand is guessed even where it has one.
        each: guesses for each product and relation.
        limit: guesses at most.

    Returns:
        Surest first, ties by product and rank.

    Raises:
        InvalidValue: no such relation.
        UnknownNode: no such product.
    """
    if unknown := [name for name in relations if name not in COMPLETED]:
        raise InvalidValue("relation", f"{unknown[0]!r} cannot be asked for; there are {', '.join(COMPLETED)}")
    asked = _products(view, product_id)
    found: list[Guess] = []
    learnt = {relation.name for relation in stored.relations}
    for name in relations:
        if COMPLETED[name][1] in learnt:
            alone = name == "brand" and product_id is None
            found.extend(_guesses(view, stored, name, asked, each, alone))
            found = sorted(found, key=lambda each: (-each.order, each.product_id, each.relation, each.rank))[:limit]
    return found


def _products(view: LiveView, product_id: str | None) -> Rows:
    if product_id is not None:
        row = view.row_of("Product", product_id)
        if row < 0:
            raise UnknownNode("Product", product_id)
        return np.array([row], np.int32)
    gone = view.gone("Product")
    rows = np.arange(view.count("Product"), dtype=np.int32)
    return rows[~gone] if len(gone) else rows


def _guesses(
    view: LiveView, stored: StoredKnowledge, name: str, asked: Rows, each: int, alone: bool
) -> Iterator[Guess]:
    key = COMPLETED[name]
    kind, label = stored.relation(key[1]), key[2]
    csr = view.edges(*key).out
    degrees = np.asarray(csr.degrees())
    asked = asked[asked < stored.counts["Product"]]
    asked = asked[stored.vectors.nodes[asked + stored.first["Product"]].any(axis=1)]
    if alone:
        asked = asked[degrees[asked] == 0]
    among = _answers(view, stored, label)
    block = max(1, BLOCK_CELLS // max(1, len(among)))
    for start in range(0, len(asked) if len(among) else 0, block):
        rows = asked[start : start + block]
        known = _known(view, key, rows, among)
        nodes = (rows + stored.first["Product"]).astype(np.int32)
        targets = (among + stored.first[label]).astype(np.int32)
        shares = confidence(stored.vectors, nodes, kind, "tail", targets, known)
        best = np.argsort(-shares, axis=1, kind="stable")[:, :each]
        sure = np.take_along_axis(shares, best, axis=1)
        line = stored.calibration.get(key[1])
        chances = None if line is None else probability(sure, line)
        for place, row in enumerate(rows.tolist()):
            for rank, column in enumerate(best[place].tolist()):
                if known[place, column]:
                    break
                answer = int(among[column])
                yield Guess(
                    view.id_of("Product", row),
                    name,
                    view.id_of(label, answer),
                    view.text(label, "name", answer),
                    None if chances is None else round(float(chances[place, rank]), 6),
                    round(float(sure[place, rank]), 6),
                    rank + 1,
                    int(degrees[row]),
                )


def _answers(view: LiveView, stored: StoredKnowledge, label: str) -> Rows:
    """Rows that may be guessed: there, and learnt of."""
    count = min(stored.counts[label], view.count(label))
    first = stored.first[label]
    there = stored.vectors.nodes[first : first + count].any(axis=1)
    gone = view.gone(label)
    if len(gone):
        there &= ~gone[:count]
    return np.flatnonzero(there).astype(np.int32)


def _known(view: LiveView, key: tuple[str, str, str], rows: Rows, among: Rows) -> NDArray[np.bool_]:
    csr = view.edges(*key).out
    known = np.zeros((len(rows), len(among)), np.bool_)
    for place, row in enumerate(rows.tolist()):
        known[place] = np.isin(among, csr.neighbours(row))
    return known
