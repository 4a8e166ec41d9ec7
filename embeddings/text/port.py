"""What a text encoder can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray


class TextEncoder(Protocol):
    """Turns texts into vectors whose inner product is their closeness in meaning."""

    name: ClassVar[str]
    dim: ClassVar[int]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length 1, ``(len(texts), dim)``; zeros for a text of which no word is known."""
