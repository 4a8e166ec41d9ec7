"""Compiled loops of ranking."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel


@kernel
def select_best(scores: NDArray[np.float32], columns: NDArray[np.int64]) -> None:
    """Fill each row of ``columns`` with the columns of the highest scores, best first, ties by column.

    One pass with a sorted list of the best so far. A new score that is equal to a kept one goes behind it.
    """
    rows, width = scores.shape
    count = columns.shape[1]
    values = np.empty(count, np.float32)
    for row in range(rows):
        kept = 0
        for column in range(width):
            value = scores[row, column]
            if kept == count and not value > values[count - 1]:
                continue
            place = min(kept, count - 1)
            while place > 0 and value > values[place - 1]:
                values[place] = values[place - 1]
                columns[row, place] = columns[row, place - 1]
                place -= 1
            values[place] = value
            columns[row, place] = column
            kept = min(kept + 1, count)
