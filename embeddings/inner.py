"""Users and items as vectors whose inner products are the scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.training import Rows


@dataclass(frozen=True, slots=True)
class InnerProduct:
    """A fitted factor model.

    Attributes:
        users: ``(users, dim)`` float32.
        items: ``(items, dim)`` float32.
    """

    users: NDArray[np.float32]
    items: NDArray[np.float32]

    def score(self, users: Rows) -> NDArray[np.float32]:
        """Inner products: ``(len(users), items)``."""
        return self.users[users] @ self.items.T

    def tables(self) -> Mapping[str, NDArray[np.float32]]:
        """Both tables."""
        return {"User": self.users, "Product": self.items}
