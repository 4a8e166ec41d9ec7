"""How sure a guess is: from scores to probabilities that hold on triples which were held out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from embeddings.kg.geometry import Vectors
from embeddings.kg.graph import KnowledgeGraph, Side
from embeddings.training import Rows

Floats = NDArray[np.float32]
Known = NDArray[np.bool_]

GUESSES = 10
"""Best candidates of each question that the curve is fitted to."""
FEWEST = 10
"""Held-out triples below which a relation is not calibrated."""
ROUNDS = 50
PRIOR = 1e-3
"""Weight of staying at slope 1 and offset 0, in observations."""


def confidence(vectors: Vectors, given: Rows, kind: int, side: Side, among: Rows, known: Known) -> Floats:
    """How likely each candidate is the one answer that is missing, before calibration.

    Args:
        vectors: of a model.
        given: ``(n,)`` nodes.
        kind: the relation.
        side: which side is missing.
        among: ``(c,)`` candidates.
        known: ``(n, c)`` true for what is known already and so is no guess.

    Returns:
        ``(n, c)`` float32: softmax of the logits over what is not known; 0 for what is.
    """
    scores = vectors.scores(vectors.queries(given, kind, side), vectors.nodes[among])
    logits = np.where(known, -np.inf, vectors.logits(scores))
    top = logits.max(axis=1, keepdims=True, initial=-1e30)
    shares = np.exp(logits - np.maximum(top, -1e30))
    total = shares.sum(axis=1, keepdims=True)
    return np.asarray(shares / np.maximum(total, 1e-30), np.float32)


def known_cells(graph: KnowledgeGraph, given: Rows, kind: int, side: Side, among: Rows) -> NDArray[np.bool_]:
    """``(n, c)`` which candidates the graph holds already."""
    answers = graph.known(kind, side)[given]
    cells = np.zeros((len(given), len(among)), np.bool_)
    lines = np.repeat(np.arange(len(given)), np.diff(answers.indptr))
    columns = np.searchsorted(among, answers.indices)
    inside = (columns < len(among)) & (among[np.minimum(columns, len(among) - 1)] == answers.indices)
    cells[lines[inside], columns[inside]] = True
    return cells


def calibrate(vectors: Vectors, held: KnowledgeGraph, learnt: KnowledgeGraph) -> dict[str, tuple[float, float]]:
    """Fit, for each relation, slope and offset of ``logit(probability) = slope · logit(confidence) + offset``.

    The ten best tails of each held-out triple are right or wrong; other held-out answers of its head are no guesses.

    Args:
        vectors: learnt without ``held``.
        held: triples that were not learnt from.
        learnt: those that were.

    Returns:
        By relation; those with fewer than ten held-out triples are not there.

    Source:
        Platt, "Probabilistic Outputs for Support Vector Machines", 1999; on the logit of the softmax.
    """
    found = {}
    for kind, relation in enumerate(held.relations):
        heads, tails = held.of_relation(kind)
        if len(heads) < FEWEST:
            continue
        among = np.union1d(learnt.candidates(kind, "tail"), tails).astype(np.int32)
        places = np.searchsorted(among, tails)
        known = known_cells(learnt, heads, kind, "tail", among) | known_cells(held, heads, kind, "tail", among)
        known[np.arange(len(heads)), places] = False
        shares = confidence(vectors, heads, kind, "tail", among, known)
        best = np.argsort(-shares, axis=1, kind="stable")[:, :GUESSES]
        right = best == places[:, None]
        offered = ~np.take_along_axis(known, best, axis=1)
        found[relation.name] = fit_line(logit(np.take_along_axis(shares, best, axis=1)[offered]), right[offered])
    return found


def probability(shares: Floats, line: tuple[float, float]) -> Floats:
    """Calibrated confidences."""
    slope, offset = line
    return np.asarray(1 / (1 + np.exp(-(slope * logit(shares) + offset))), np.float32)


def logit(shares: Floats) -> NDArray[np.float64]:
    """``log(p / (1 - p))`` with ``p`` kept 1e-7 away from 0 and 1."""
    kept = np.clip(shares.astype(np.float64), 1e-7, 1 - 1e-7)
    return np.asarray(np.log(kept / (1 - kept)))


def fit_line(x: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope (never below 0) and offset of a logistic curve, by Newton's method with a faint pull to 1 and 0."""
    design = np.column_stack((x, np.ones(len(x))))
    start = np.array([1.0, 0.0])
    line = start.copy()
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(design @ line, -30, 30)))
        gradient = design.T @ (chance - right) + PRIOR * (line - start)
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + PRIOR * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        line -= np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-9:
            break
    return max(0.0, float(line[0])), float(line[1])
