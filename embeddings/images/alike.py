"""Which nodes look alike: near-duplicates by hash, neighbours by hash and by vector."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from embeddings.artefact import TrainedModel
from embeddings.images.encoder import Floats
from embeddings.images.fitting import Pictures
from embeddings.images.hamming import HammingIndex
from embeddings.images.hashing import BITS
from embeddings.index import VectorIndex, build_index
from embeddings.table import EmbeddingTable
from embeddings.training import Rows

DUPLICATE = 6
"""Bits of 64 up to which two pictures count as the same one."""
ALIKE = 11
"""Bits up to which pictures count as alike where there are no vectors."""
NEAREST = 50
"""Vectors that are asked for each picture of a node."""


@dataclass(frozen=True)
class Alike:
    """The pictures of one label, ready to be asked.

    Attributes:
        pictures: of its nodes.
        version: of the artefact.
    """

    pictures: Pictures
    version: str

    @classmethod
    def of(cls, label: str, model: TrainedModel) -> Alike | None:
        """Of an artefact; None where it has no pictures of the label."""
        pictures = Pictures.of(label, model.arrays)
        return None if pictures is None else cls(pictures, model.version)

    @cached_property
    def _hashed(self) -> Rows:
        """Places of pictures that have a hash."""
        return np.flatnonzero(self.pictures.hashed).astype(np.int32)

    @cached_property
    def _codes(self) -> HammingIndex:
        return HammingIndex.of(self.pictures.hashes[self._hashed])

    @cached_property
    def _vectors(self) -> VectorIndex | None:
        vectors = self.pictures.vectors
        return None if vectors is None else build_index(EmbeddingTable("pictures", np.ascontiguousarray(vectors)))

    def warm(self) -> None:
        """Make, and compile, what the first question would wait for."""
        self._codes.within(0, DUPLICATE)
        _ = self._vectors

    def places_of(self, row: int) -> slice:
        """The pictures of a node."""
        first, last = np.searchsorted(self.pictures.rows, [row, row + 1])
        return slice(int(first), int(last))

    def duplicates_of(self, row: int, distance: int = DUPLICATE) -> tuple[Rows, Rows]:
        """Nodes one of whose pictures is nearly the same as one of this node's.

        Returns:
            Rows ``(k,)`` int32 and in how many bits the nearest two pictures differ ``(k,)`` int32; nearest first, ties
            by row.

        Raises:
            InvalidValue: ``distance`` is not in 0–64.
        """
        nearest: dict[int, int] = {}
        mine = self.places_of(row)
        for code in self.pictures.hashes[mine][self.pictures.hashed[mine]].tolist():
            places, distances = self._codes.within(code, distance)
            for other, far in zip(self._rows_at(places).tolist(), distances.tolist(), strict=True):
                if other != row and far < nearest.get(other, BITS + 1):
                    nearest[other] = far
        ordered = sorted(nearest.items(), key=lambda each: (each[1], each[0]))
        return _column([other for other, _ in ordered]), _column([far for _, far in ordered])

    def _rows_at(self, places: Rows) -> Rows:
        return self.pictures.rows[self._hashed[places]]

    def groups(self, distance: int = DUPLICATE) -> list[list[int]]:
        """Rows of nodes with nearly the same picture, group by group, the largest group first, then by row.

        Each picture is compared with the first one of a group, in the order of rows, so that a chain of small changes
        does not join what looks different. A node whose pictures are in several groups joins none of them to another.

        Raises:
            InvalidValue: ``distance`` is not in 0–64.
        """
        taken = np.zeros(len(self._hashed), np.bool_)
        groups = []
        for place, code in enumerate(self._codes.codes.tolist()):
            if taken[place]:
                continue
            near, _ = self._codes.within(code, distance)
            near = near[~taken[near]]
            taken[near] = True
            rows = np.unique(self._rows_at(near)).tolist()
            if len(rows) > 1:
                groups.append(rows)
        distinct = [list(each) for each in dict.fromkeys(map(tuple, groups))]
        return sorted(distinct, key=lambda rows: (-len(rows), rows))

    def like(self, row: int, limit: int) -> tuple[Rows, Floats]:
        """Nodes whose pictures look like this node's.

        Returns:
            Rows ``(k,)`` int32, best first, and scores ``(k,)`` float32 in (0, 1]: 1 for the same picture. By hash, the
            share of bits that agree beyond chance; by vector, the cosine; the better of the two.
        """
        best: dict[int, float] = defaultdict(float)
        for other, far in zip(*(each.tolist() for each in self.duplicates_of(row, ALIKE)), strict=True):
            best[other] = 1 - 2 * far / BITS
        for other, cosine in self._near(row, limit):
            best[other] = max(best[other], cosine)
        ordered = sorted(best.items(), key=lambda each: (-each[1], each[0]))[:limit]
        return _column([other for other, _ in ordered]), np.array([score for _, score in ordered], np.float32)

    def _near(self, row: int, limit: int) -> list[tuple[int, float]]:
        mine = self.places_of(row)
        vectors = self.pictures.vectors
        if self._vectors is None or vectors is None or mine.start == mine.stop:
            return []
        places, cosines = self._vectors.search(np.ascontiguousarray(vectors[mine]), limit + NEAREST)
        good: NDArray[np.bool_] = (places >= 0) & (cosines > 0)
        rows = self.pictures.rows[places[good]]
        return [
            (other, min(1.0, score))
            for other, score in zip(rows.tolist(), cosines[good].tolist(), strict=True)
            if other != row
        ]


def _column(values: list[int]) -> Rows:
    return np.array(values, np.int32)
