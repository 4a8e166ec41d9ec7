"""What speaks for a person and an item: a few numbers a pair, from who chose what and what is known of the items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.spectral.factors import leading_factors
from embeddings.training import Rows

Evidence = NDArray[np.float64]

RANKS = (8, 16, 32, 64, 96)
"""Of the filters over choices alone: the coarse ones see kinds of taste, the fine ones single items."""
KNOWING_RANKS = (32, 64)
KNOWING_WEIGHTS = (0.3, 1.0)
"""How much a fact counts against a choice in the filters over both."""
SHRINK = 3.0
"""Added to the norms of a cosine, so that single chances do not make people or items alike."""
ROUNDS = 8
NAMES = (
    "popularity",
    *(f"filter {rank}" for rank in RANKS),
    *(f"knowing filter {weight:g}, {rank}" for weight in KNOWING_WEIGHTS for rank in KNOWING_RANKS),
    "three steps",
    "items alike",
    "items alike, mean",
    "people alike",
    "people alike, mean",
)
"""One column each."""


@dataclass(frozen=True, slots=True)
class Known:
    """Choices, and facts of the items.

    Attributes:
        chosen: users × items, float32, 1 where the person chose the item.
        facts: items × facts, float32, 1 where the item has it; without facts, no columns.
    """

    chosen: sp.csr_array
    facts: sp.csr_array


def facts_of(item_count: int, items: Rows, relations: Rows, entities: Rows) -> sp.csr_array:
    """Items × pairs of relation and entity, those left out that belong to one item alone.

    Args:
        item_count: items.
        items: ``(a,)`` item rows.
        relations: ``(a,)`` what joins the two.
        entities: ``(a,)`` what the item is joined with.
    """
    keys = relations.astype(np.int64) * (int(entities.max(initial=0)) + 1) + entities
    names, columns = np.unique(keys, return_inverse=True)
    found = sp.csr_array((np.ones(len(items), np.float32), (items, columns)), shape=(item_count, len(names)))
    found.data[:] = 1  # a fact that was told twice is one fact
    shared = np.asarray(found.sum(axis=0)).ravel() > 1
    return sp.csr_array(found[:, np.flatnonzero(shared)])


def evidence(known: Known, users: Rows, items: Rows, rng: np.random.Generator) -> Evidence:
    """``(n, len(NAMES))`` for pairs of people and items.

    Args:
        known: what may be looked at; for pairs that a model learns from, without those pairs.
        users: ``(n,)`` user rows.
        items: ``(n,)`` item rows.
        rng: of the starts of the singular vectors.
    """
    chosen = known.chosen
    activity, popularity = _sums(chosen, 1), _sums(chosen, 0)
    root = np.sqrt(np.maximum(activity[users], 1))
    columns = [np.log1p(popularity[items])]
    columns += [each * root for each in _filtered(chosen, RANKS, users, items, rng)]
    for weight in KNOWING_WEIGHTS:
        both = sp.vstack([chosen, weight * known.facts.T], format="csr").astype(np.float32)
        columns += [each * root for each in _filtered(sp.csr_array(both), KNOWING_RANKS, users, items, rng)]
    evened = _evened(chosen)
    columns.append(_at(evened @ (evened.T @ evened), users, items) * root)
    alike = _at(chosen @ _cosines(chosen.T.tocsr(), popularity), users, items)
    columns += [alike, alike / np.maximum(activity[users], 1)]
    peers = _at(_cosines(chosen, activity) @ chosen, users, items)
    columns += [peers, peers / np.maximum(popularity[items], 1)]
    return np.column_stack(columns).astype(np.float64)


def _sums(matrix: sp.csr_array, axis: int) -> NDArray[np.float64]:
    return np.asarray(matrix.sum(axis=axis), np.float64).ravel()


def _roots(sums: NDArray[np.float64]) -> sp.dia_array:
    return sp.diags_array(np.where(sums > 0, 1 / np.sqrt(np.maximum(sums, 1e-9)), 0).astype(np.float32))


def _evened(matrix: sp.csr_array) -> sp.csr_array:
    """Each entry divided by the roots of the sums of its row and its column."""
    return sp.csr_array(_roots(_sums(matrix, 1)) @ matrix @ _roots(_sums(matrix, 0)))


def _filtered(
    matrix: sp.csr_array, ranks: tuple[int, ...], users: Rows, items: Rows, rng: np.random.Generator
) -> list[NDArray[np.float64]]:
    """Entries of the best approximations of low rank."""
    factors = leading_factors(_evened(matrix).astype(np.float32), max(ranks), rounds=ROUNDS, rng=rng)
    parts = (factors.left * factors.values)[users] * factors.right[items]
    return [parts[:, :rank].sum(axis=1).astype(np.float64) for rank in ranks]


def _cosines(matrix: sp.csr_array, counts: NDArray[np.float64]) -> sp.csr_array:
    """Rows with one another, but not with themselves, by what they share."""
    shared = sp.coo_array(matrix @ matrix.T)
    apart = shared.row != shared.col
    rows, columns = shared.row[apart], shared.col[apart]
    values = shared.data[apart] / (np.sqrt(counts[rows] * counts[columns]) + SHRINK)
    return sp.csr_array((values, (rows, columns)), shape=shared.shape)


def _at(matrix: sp.csr_array, users: Rows, items: Rows) -> NDArray[np.float64]:
    return np.asarray(sp.csr_array(matrix)[users, items], np.float64).ravel()
