"""Vectors in cells, eight bits a number: approximate, for large tables."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from embeddings.index.exact import check_query, padded
from embeddings.training import Rows
from graph.errors import InvalidValue

Floats = NDArray[np.float32]

ADDED = 1 << 18
"""Vectors added at a time."""
BLOCK = 16
"""faiss compares so many numbers at a time, and is several times slower where the last ones do not fill a block."""
LENGTH = np.dtype([("longest", np.float64), ("dim", np.int64)])
"""Behind the stored index: the longest vector's length, and how many numbers vectors have."""
SAMPLE_PER_CELL = 64
"""Vectors that the cells are learnt from, for each cell."""


def _width(dim: int) -> int:
    return -(-(dim + 1) // BLOCK) * BLOCK


@cache
def _threads() -> ThreadpoolController:
    """Looks through the loaded libraries once: that takes longer than a search."""
    return ThreadpoolController()


def _one_thread() -> AbstractContextManager[object]:
    """Keeps what is called on the calling thread; costs nothing where OMP_NUM_THREADS says so already."""
    if faiss.omp_get_max_threads() == 1:
        return nullcontext()
    limited: AbstractContextManager[object] = _threads().limit(limits=1, user_api="openmp")
    return limited


class IvfIndex:
    """faiss IVF with SQ8 for the largest inner product.

    Vectors of recommenders differ in length, and cells of their directions would hide the long ones. So each gets one
    number more, which brings all to the length of the longest; then the largest inner product with a query is the
    smallest distance to it (Bachrach et al., Speeding Up the Xbox Recommender System Using a Euclidean Transformation
    for Inner-Product Spaces, RecSys 2014).

    Memory is ``dim + 1`` bytes a vector, up to the next multiple of `BLOCK`, and 8 more; none of it is a process's own
    where the index was `opened` on a map.
    """

    def __init__(self, vectors: Floats, *, cells: int, probes: int, seed: int = 0) -> None:
        """Learn the cells and add the vectors.

        Args:
            vectors: ``(n, dim)`` float32; not kept.
            cells: how many; about four times the root of ``n`` is a good number.
            probes: cells that a search looks into; more find more, and take longer.
            seed: of the clustering.

        Raises:
            InvalidValue: there are fewer vectors than cells.
        """
        if not 1 <= cells <= len(vectors):
            raise InvalidValue("cells", f"{cells} does not lie between 1 and {len(vectors)}")
        self.dim = vectors.shape[1]
        lengths = np.linalg.norm(vectors, axis=1)
        self._longest = float(lengths.max(initial=0)) or 1.0
        width = _width(self.dim)
        quantizer = faiss.IndexFlatL2(width)
        index = faiss.IndexIVFScalarQuantizer(quantizer, width, cells, faiss.ScalarQuantizer.QT_8bit)
        index.cp.seed = seed
        index.cp.min_points_per_centroid = 1
        index.nprobe = min(probes, cells)
        sample = np.random.default_rng(seed).permutation(len(vectors))[: cells * SAMPLE_PER_CELL]
        index.train(self._lengthened(vectors, lengths, np.sort(sample)))
        for start in range(0, len(vectors), ADDED):
            rows = np.arange(start, min(start + ADDED, len(vectors)))
            index.add(self._lengthened(vectors, lengths, rows))
        self._kept: tuple[object, ...] = (quantizer,)  # faiss does not keep it alive
        self._index = index

    @classmethod
    def opened(cls, stored: NDArray[np.uint8]) -> Self:
        """The index that `stored` gave; its vectors are used where they lie, so that processes share a mapped file.

        Args:
            stored: ``(bytes,)``, proved to be as they were written: faiss does not survive others.
        """
        reader = faiss.ZeroCopyIOReader(faiss.swig_ptr(stored), stored.nbytes - LENGTH.itemsize)  # type: ignore[attr-defined]
        found = cls.__new__(cls)
        opened: Any = faiss.read_index(reader, faiss.IO_FLAG_MMAP_IFC)
        found._index = opened
        found._kept = (stored, reader)
        found._longest = float(stored[-LENGTH.itemsize :].copy().view(LENGTH)["longest"][0])
        found.dim = int(stored[-LENGTH.itemsize :].copy().view(LENGTH)["dim"][0])
        return found

    def _lengthened(self, vectors: Floats, lengths: Floats, rows: NDArray[np.int64]) -> Floats:
        """``(k, width)`` of some rows, all as long as the longest."""
        found = np.zeros((len(rows), _width(self.dim)), np.float32)
        found[:, : self.dim] = vectors[rows]
        found[:, self.dim] = np.sqrt(np.maximum(self._longest**2 - lengths[rows].astype(np.float64) ** 2, 0))
        return found

    def stored(self) -> NDArray[np.uint8]:
        """``(bytes,)`` the whole index, for a file."""
        last = np.array([(self._longest, self.dim)], LENGTH).view(np.uint8)
        return np.concatenate((np.asarray(faiss.serialize_index(self._index), np.uint8), last))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, vectors: Floats, k: int) -> tuple[Rows, Floats]:
        """As `VectorIndex.search`, on the calling thread alone; inner products are those of the rounded vectors."""
        check_query(vectors, k, self.dim)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        lengths = np.where(lengths > 0, lengths, 1)
        asked = np.zeros((len(vectors), _width(self.dim)), np.float32)
        asked[:, : self.dim] = vectors / lengths * self._longest
        with _one_thread():
            away, rows = self._index.search(asked, min(k, len(self)))
        away[rows < 0] = np.inf
        scores = (self._longest - away / (2 * self._longest)) * lengths.astype(np.float32)
        return padded(rows.astype(np.int32), scores, k)
