"""Edges as arrays: for each row its neighbours, newest first, in both directions."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import InvalidValue
from graph.model import Rows
from graph.snapshot import kernels, kernels_row
from graph.snapshot.kernels_row import PATCH, Edges

Span = tuple[int, int]

THREADS = min(8, os.cpu_count() or 1)
WORTH_THREADS = 200_000
"""Edges from which on more than one thread sorts."""


NO_STAMPS: NDArray[np.uint32] = np.zeros(0, np.uint32)
NO_HEADS: NDArray[np.int64] = np.zeros(0, np.int64)
NO_PATCHES: NDArray[Any] = np.zeros(0, PATCH)
EVERYTHING = 1 << 40


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """The array as maps are, so that each kernel is compiled once."""
    if array.flags.writeable:
        array = array.view()
        array.flags.writeable = False
    return array


for _each in (NO_STAMPS, NO_HEADS, NO_PATCHES):
    _each.flags.writeable = False


@dataclass(frozen=True)
class Csr:
    """Edges of one direction, by row.

    Inside a row the highest stamp, so the newest edge, comes first; edges of equal stamp are in the
    order of ``indices``. Equal edges give equal arrays, whatever order they came in.

    Attributes:
        indptr: ``(n + 1,)`` int64: the edges of ``row`` lie in ``[indptr[row], indptr[row + 1])``.
        indices: ``(m,)`` int32 rows at the other end.
        stamps: ``(m,)`` uint32 as in `graph.snapshot.actions`, or None for edges that know no time.
        heads: ``(rows there may be,)`` int64: what happened to each row since; see `graph.snapshot.kernels_row`.
            Empty where nothing did.
        patches: what ``heads`` points into.
    """

    indptr: NDArray[np.int64]
    indices: Rows
    stamps: NDArray[np.uint32] | None = None
    heads: NDArray[np.int64] = field(default_factory=lambda: NO_HEADS)
    patches: NDArray[Any] = field(default_factory=lambda: NO_PATCHES)

    @property
    def node_count(self) -> int:
        """Rows, those without edges included; with an overlay, those that there may be."""
        return max(len(self.indptr) - 1, len(self.heads))

    @property
    def edge_count(self) -> int:
        """Edges; O(n) with an overlay."""
        return int(self.degrees().sum()) if len(self.heads) else len(self.indices)

    def has_edges(self) -> bool:
        """Whether there is, or with an overlay may be, any edge."""
        return bool(len(self.indices) or len(self.heads))

    def edges(self, *, timed: bool = True) -> Edges:
        """The edges as kernels take them.

        Args:
            timed: False tells a kernel that every edge counts alike.
        """
        return self._timed if timed else self._untimed

    @cached_property
    def _timed(self) -> Edges:
        return self._untimed if self.stamps is None else self._as_edges(self.stamps, timed=True)

    @cached_property
    def _untimed(self) -> Edges:
        return self._as_edges(NO_STAMPS, timed=False)

    def _as_edges(self, stamps: NDArray[np.uint32], *, timed: bool) -> Edges:
        return Edges(
            read_only(self.indptr),
            read_only(self.indices),
            read_only(stamps),
            read_only(self.heads),
            read_only(self.patches),
            timed,
        )

    def is_patched(self, row: int) -> bool:
        """Whether something happened to a row since the snapshot."""
        return row < len(self.heads) and bool(self.heads[row])

    def degree(self, row: int) -> int:
        """Edges of one row; 0 beyond the last."""
        if len(self.heads) and self.heads[row]:
            return kernels_row.degree(self.edges(timed=False), row)
        return int(self.indptr[row + 1] - self.indptr[row]) if row < len(self.indptr) - 1 else 0

    def degrees(self, rows: Rows | None = None) -> NDArray[np.int64]:
        """``(n,)`` edges of every row, or of these; 0 beyond the last."""
        if rows is not None:
            return kernels_row.degrees_of(self.edges(timed=False), np.array(rows))
        return (
            kernels_row.degrees(self.edges(timed=False), self.node_count) if len(self.heads) else np.diff(self.indptr)
        )

    def neighbours(self, row: int) -> Rows:
        """``(degree,)`` rows at the other end, newest edge first; one is named twice where two edges lead there."""
        if len(self.heads) and self.heads[row]:
            return kernels_row.newest(self.edges(timed=False), row, EVERYTHING)[0]
        return self.indices[self.indptr[row] : self.indptr[row + 1]] if row < len(self.indptr) - 1 else self.indices[:0]

    def stamps_of(self, row: int) -> NDArray[np.uint32]:
        """``(degree,)`` stamps of `neighbours`; zeros where the edges know no time."""
        if self.stamps is None:
            return np.zeros(self.degree(row), np.uint32)
        if len(self.heads) and self.heads[row]:
            return kernels_row.newest(self.edges(), row, EVERYTHING)[1]
        return self.stamps[self.indptr[row] : self.indptr[row + 1]] if row < len(self.indptr) - 1 else self.stamps[:0]


@dataclass(frozen=True, slots=True)
class Adjacency:
    """The same edges from both ends.

    Attributes:
        out: by source row.
        into: by target row.
    """

    out: Csr
    into: Csr


def build_adjacency(
    source: Rows, target: Rows, stamps: NDArray[np.uint32] | None, source_count: int, target_count: int
) -> Adjacency:
    """Sort edges from both ends; as `build_csr`."""
    return Adjacency(
        build_csr(source, target, stamps, source_count, target_count),
        build_csr(target, source, stamps, target_count, source_count),
    )


def build_csr(rows: Rows, others: Rows, stamps: NDArray[np.uint32] | None, row_count: int, other_count: int) -> Csr:
    """Sort edges by row, in O(``m``) and, inside a row, O(``d log d``) time; 8 bytes an edge of memory besides.

    Args:
        rows: ``(m,)`` int32, in any order.
        others: ``(m,)`` int32 rows at the other end.
        stamps: ``(m,)`` uint32, or None for edges that know no time.
        row_count: rows, those without edges included.
        other_count: likewise of the other end.

    Raises:
        InvalidValue: the arrays differ in length, or a row is out of range.
    """
    if len(rows) != len(others) or (stamps is not None and len(stamps) != len(rows)):
        raise InvalidValue("edges", "source, target and stamps differ in length")
    _check_range(others, other_count)
    indptr = np.zeros(row_count + 1, np.int64)
    if (wrong := kernels.count_rows(rows, indptr)) >= 0:
        raise InvalidValue("edges", f"edge {wrong} names the row {rows[wrong]}; there are {row_count}")
    np.cumsum(indptr, out=indptr)
    keys = _sorted_keys(rows, others, stamps, indptr)
    indices = np.empty(len(rows), np.int32)
    packed = np.empty(0 if stamps is None else len(rows), np.uint32)
    _spread(lambda span: kernels.unpack(keys, span, indices, packed), _even_spans(len(rows)))
    return Csr(indptr, indices, None if stamps is None else packed)


def _check_range(rows: Rows, count: int) -> None:
    if len(rows) and (rows.min() < 0 or rows.max() >= count):
        raise InvalidValue("edges", f"rows must lie between 0 and {count - 1}")


def _sorted_keys(
    rows: Rows, others: Rows, stamps: NDArray[np.uint32] | None, indptr: NDArray[np.int64]
) -> NDArray[np.uint64]:
    keys = np.empty(len(rows), np.uint64)
    cursor = indptr[:-1].copy()
    times = np.empty(0, np.uint32) if stamps is None else stamps
    spans = _balanced_spans(indptr)
    _spread(lambda span: kernels.scatter(rows, others, times, span, cursor, keys), spans)
    _spread(lambda span: kernels.sort_rows(indptr, span, keys), spans)
    return keys


def _balanced_spans(indptr: NDArray[np.int64]) -> list[Span]:
    """Spans of rows with about the same number of edges each, one a thread."""
    edges = [end for _, end in _even_spans(int(indptr[-1]))][:-1]
    cuts = [0, *np.searchsorted(indptr[:-1], edges).tolist(), len(indptr) - 1]
    return list(pairwise(cuts))


def _even_spans(count: int) -> list[Span]:
    parts = THREADS if count >= WORTH_THREADS else 1
    cuts = [count * part // parts for part in range(parts + 1)]
    return list(pairwise(cuts))


def _spread(work: Callable[[Span], None], spans: list[Span]) -> None:
    if len(spans) == 1:
        work(spans[0])
        return
    with ThreadPoolExecutor(len(spans)) as threads:
        list(threads.map(work, spans))
