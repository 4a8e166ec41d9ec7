"""What happened since a snapshot, in memory: one thread takes events in, and requests read without waiting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph.live.edges import LiveEdges, Moved
from graph.live.nodes import LiveNodes
from graph.live.space import Space
from graph.live.tables import LiveTables
from graph.model import EventBatch, NodeBatch
from graph.snapshot.csr import Adjacency, Csr
from graph.snapshot.layout import ACTED, STAMPED_KEYS, EdgeKey
from graph.snapshot.snapshot import Snapshot
from graph.store.registers import NoRegisters, Registers
from graph.store.rows import RowNumbers
from graph.store.writer import Writer

Change = tuple[str, int, str]
"""Label, row, and the name of the property that changed; ``gone`` for whether the node is there."""

FOLLOWS: EdgeKey = ("User", "FOLLOWS", "User")


@dataclass(frozen=True, slots=True)
class Changes:
    """What a batch of events changed.

    Attributes:
        nodes: of nodes, in order.
        acted: edges between people and products that came and went.
        followed: edges between people and whom they follow, likewise.
    """

    nodes: Sequence[Change]
    acted: Moved
    followed: Moved


NOTHING_KNOWN = NoRegisters()
REMEMBERED = 1 << 12
"""Ids of one label that are remembered between batches: the snapshot finds one faster than a store does."""


@dataclass(frozen=True, slots=True)
class OverlaySettings:
    """How much an overlay may hold.

    Attributes:
        patches: changes of edges seen from one end, 8 bytes each as they are used; an interaction takes two or more.
        nodes: nodes of each label beyond the snapshot's.
    """

    patches: int = 1 << 25
    nodes: int = 1 << 20


class Overlay:
    """The changes since a snapshot, as a function of the set of events taken in.

    Args:
        snapshot: what it lies over.
        registers: tells when what the snapshot holds was said, so that events that come late change what they should.
        settings: how much it may hold.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        registers: Registers = NOTHING_KNOWN,
        settings: OverlaySettings = OverlaySettings(),
    ) -> None:
        self.snapshot = snapshot
        self.nodes = LiveNodes(snapshot, settings.nodes, registers)
        self.space = Space(settings.patches)
        self.event_count = 0
        """Events taken in."""
        self._sets: dict[EdgeKey, LiveEdges] = {}
        self._changes: list[Change] = []
        self._moved: dict[EdgeKey, list[Moved]] = {ACTED: [], FOLLOWS: []}
        self._row_numbers = RowNumbers(self.nodes, REMEMBERED)
        latest = snapshot.manifest.latest_minutes
        self._tables = LiveTables(
            self._live, self.nodes, self._row_numbers, registers, latest, lambda *each: self._changes.append(each)
        )
        self._writer = Writer(self._tables, self._row_numbers)

    @property
    def latest_minutes(self) -> int:
        """Time of the newest edge, in minutes since 1970."""
        return self._tables.latest_minutes

    @property
    def kinds(self) -> frozenset[str]:
        """Relationship types between people and products that came."""
        return frozenset(self._tables.kinds)

    @property
    def change_count(self) -> int:
        """Changes of edges so far."""
        return self._tables.change_count

    def apply(self, batches: Sequence[EventBatch | NodeBatch]) -> Changes:
        """Take events in; each batch is seen whole or not at all by whoever reads one row.

        Raises:
            OverlayFull: there is no room; a part of the batches has been taken in, which taking them again completes.
            InvalidEvent: a node has no such property.
        """
        for batch in batches:
            if isinstance(batch, NodeBatch):
                self._writer.add_nodes(batch)
            else:
                self._writer.add_events(batch)
            self.event_count += len(batch)
        changes = Changes(self._changes[:], *(Moved.of(self._moved[key]) for key in (ACTED, FOLLOWS)))
        self._changes.clear()
        for each in self._moved.values():
            each.clear()
        return changes

    def adjacency(self, key: EdgeKey) -> Adjacency | None:
        """One edge set as it is now; None where nothing happened to it."""
        live = self._sets.get(key)
        return None if live is None else live.adjacency

    def keys(self) -> frozenset[EdgeKey]:
        """The edge sets that something happened to."""
        return frozenset(self._sets)

    def _live(self, key: EdgeKey) -> LiveEdges:
        found = self._sets.get(key)
        if found is None:
            base = self.snapshot.adjacencies.get(key) or self._no_edges(key)
            rooms = self.nodes.room(key[0]), self.nodes.room(key[2])
            found = self._sets[key] = LiveEdges(base, *rooms, self.space, self._moved.get(key))
        return found

    def _no_edges(self, key: EdgeKey) -> Adjacency:
        return Adjacency(*(self._empty(self.nodes.base_count(label), key in STAMPED_KEYS) for label in key[::2]))

    @staticmethod
    def _empty(count: int, timed: bool) -> Csr:
        return Csr(np.zeros(count + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.uint32) if timed else None)
