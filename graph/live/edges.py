"""One edge set as it is now: the snapshot's edges and what happened to them since, from both ends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.live import kernels
from graph.live.space import Space, zeros
from graph.model import Rows
from graph.snapshot.csr import Adjacency, Csr, read_only
from graph.snapshot.kernels_row import Edges

Stamps = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Moved:
    """Edges that came and went, in order.

    Attributes:
        targets: ``(k,)`` rows that they lead to.
        stamps: ``(k,)``; 0 of edges without stamps.
        ways: ``(k,)`` int8: `kernels.CAME` or `kernels.WENT`.
    """

    targets: Rows
    stamps: Stamps
    ways: NDArray[np.int8]

    @classmethod
    def of(cls, parts: Sequence[Moved]) -> Moved:
        """One after the other."""
        return cls(
            np.concatenate([NOTHING_MOVED.targets, *(each.targets for each in parts)]),
            np.concatenate([NOTHING_MOVED.stamps, *(each.stamps for each in parts)]),
            np.concatenate([NOTHING_MOVED.ways, *(each.ways for each in parts)]),
        )


NOTHING_MOVED = Moved(np.zeros(0, np.int32), np.zeros(0, np.uint32), np.zeros(0, np.int8))


class LiveEdges:
    """Edges that come and go; one thread writes.

    Args:
        base: of the snapshot.
        source_room: rows that the source label may have.
        target_room: likewise of the target label.
        space: where patches lie.
        told: gets what came and went; whoever looks at it empties it. None where nobody does.
    """

    def __init__(
        self, base: Adjacency, source_room: int, target_room: int, space: Space, told: list[Moved] | None = None
    ) -> None:
        self._space = space
        self._told = told
        self._out_heads, self._into_heads = zeros(source_room, np.int64), zeros(target_room, np.int64)
        self.adjacency = Adjacency(self._over(base.out, self._out_heads), self._over(base.into, self._into_heads))
        """What readers see."""
        self._out, self._into = self.adjacency.out.edges(), self.adjacency.into.edges()

    def _over(self, base: Csr, heads: NDArray[np.int64]) -> Csr:
        return Csr(base.indptr, base.indices, base.stamps, read_only(heads), self._space.patches)

    @property
    def out(self) -> Edges:
        """By source, as kernels take them."""
        return self._out

    def find(self, sources: Rows, targets: Rows, codes: np.uint64) -> tuple[NDArray[np.bool_], Stamps]:
        """``(k,)`` whether pairs have an edge with one of these codes, and its stamp: of several the newest."""
        stamps = np.zeros(len(sources), np.uint32)
        return kernels.find_edges(self._out, sources, targets, codes, stamps), stamps

    def add(self, sources: Rows, targets: Rows, stamps: Stamps) -> None:
        """Edges come.

        Raises:
            OverlayFull: there is no room.
        """
        self._change(sources, targets, stamps, np.full(len(sources), kernels.CAME, np.int8))

    def exchange(
        self,
        sources: Rows,
        targets: Rows,
        there: NDArray[np.bool_],
        old: Stamps,
        stands: NDArray[np.bool_],
        stamps: Stamps,
    ) -> None:
        """Let each pair have one edge of a kind, or none.

        Args:
            sources: ``(k,)``, no pair twice.
            targets: ``(k,)``.
            there: ``(k,)`` whether the pair has such an edge, as `find` found.
            old: ``(k,)`` its stamp.
            stands: ``(k,)`` whether the pair has one from now on.
            stamps: ``(k,)`` of those that have.

        Raises:
            OverlayFull: there is no room.
        """
        same = there & stands & (old == stamps)
        went, came = there & ~same, stands & ~same
        self._change(
            np.concatenate((sources[went], sources[came])),
            np.concatenate((targets[went], targets[came])),
            np.concatenate((old[went], stamps[came])),
            np.repeat(np.array([kernels.WENT, kernels.CAME], np.int8), [went.sum(), came.sum()]),
        )

    def raise_to(self, sources: Rows, targets: Rows, codes: np.uint64, stamps: Stamps) -> None:
        """Let each pair have an edge with one of these codes; one that has a newer one keeps it.

        Raises:
            OverlayFull: there is no room.
        """
        there, old = self.find(sources, targets, codes)
        newer = ~there | (stamps > old)
        always = np.ones(int(newer.sum()), np.bool_)
        self.exchange(sources[newer], targets[newer], there[newer], old[newer], always, stamps[newer])

    def change(self, source: int, went: Collection[tuple[int, int]], came: Collection[tuple[int, int]]) -> None:
        """Let edges of one source, by target and stamp, come and go.

        Raises:
            OverlayFull: there is no room.
        """
        ends = np.array([*went, *came], np.int64).reshape(-1, 2)
        ways = np.repeat(np.array([kernels.WENT, kernels.CAME], np.int8), [len(went), len(came)])
        own = np.full(len(ends), source, np.int32)
        self._change(own, ends[:, 0].astype(np.int32), ends[:, 1].astype(np.uint32), ways)

    def remove_all(self, row: int, *, outgoing: bool) -> None:
        """Let all edges of one row go.

        Raises:
            OverlayFull: there is no room.
        """
        csr = self.adjacency.out if outgoing else self.adjacency.into
        others, stamps = csr.neighbours(row).copy(), csr.stamps_of(row).copy()
        own = np.full(len(others), row, np.int32)
        sources, targets = (own, others) if outgoing else (others, own)
        self._change(sources, targets, stamps, np.full(len(own), kernels.WENT, np.int8))

    def _change(self, sources: Rows, targets: Rows, stamps: Stamps, ways: NDArray[np.int8]) -> None:
        if len(sources):
            self._space.change(self._out, self._out_heads, sources, targets, stamps, ways)
            self._space.change(self._into, self._into_heads, targets, sources, stamps, ways)
            if self._told is not None:
                self._told.append(Moved(targets, stamps, ways))
