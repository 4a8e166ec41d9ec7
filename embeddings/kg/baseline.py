"""What any model of knowledge must beat: the answer that is most frequent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from embeddings.kg.graph import SIDES, KnowledgeGraph, Side
from embeddings.kg.ranking import Scorer
from embeddings.training import Rows


def frequency_scorer(graph: KnowledgeGraph) -> Scorer:
    """Scores an answer by how often it stands on that side of the relation, whatever is given."""
    counts = [
        [np.bincount(ends, minlength=graph.node_count).astype(np.float32) for ends in graph.of_relation(kind)]
        for kind in range(len(graph.relations))
    ]

    def scores(given: Rows, kind: int, side: Side, among: Rows) -> NDArray[np.float32]:
        return np.broadcast_to(counts[kind][SIDES.index(side)][among], (len(given), len(among)))

    return scores
