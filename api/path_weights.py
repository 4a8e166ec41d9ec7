"""Learning the worth of kinds of paths from the current snapshot."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from api.folders import open_folder
from api.settings import Settings
from api.wiring import actions_of, open_view, path_count_of
from graph.snapshot.actions import codes_of
from recommend.evaluation.path_weights import learn_path_weights
from recommend.prepared import Prepared


def learned_paths(settings: Settings, *, people: int, seed: int) -> dict[str, Any]:
    """Weights, how good paths find hidden products with those before and after, and the line for the settings.

    Raises:
        SnapshotMissing: none has been built.
        NothingToLearn: paths find nobody's hidden product.
    """
    prepared = Prepared(open_view(open_folder(settings)), actions_of(settings), {})
    seen = codes_of(settings.recommend.seen)
    rng = np.random.default_rng(seed)
    found = learn_path_weights(prepared, path_count_of(settings), seen, people=people, rng=rng)
    return {
        "weights": found.weights,
        "people": found.people,
        "mean_reciprocal_rank": {"before": found.before, "after": found.after},
        "setting": f"TASTEGRAPH_RECOMMEND__PATH_WEIGHTS='{json.dumps(found.weights)}'",
    }
