"""Compiled steps of filters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.compiled import kernel


@kernel
def equal_texts(
    blob: NDArray[np.uint8], offsets: NDArray[np.int64], wanted: NDArray[np.uint8], mask: NDArray[np.bool_]
) -> None:
    """Set ``mask`` where a text of a column is the wanted one; O(n), and the text's length where lengths agree."""
    for row in range(len(offsets) - 1):
        start = offsets[row]
        if offsets[row + 1] - start != len(wanted):
            continue
        same = True
        for at in range(len(wanted)):
            if blob[start + at] != wanted[at]:
                same = False
                break
        mask[row] = same
