"""One graph seen twice: a snapshot of all events, and a snapshot of the first ones with the rest over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from graph.live.overlay import Overlay, OverlaySettings
from graph.live.view import OverlaidView
from graph.log.project import batch_of
from graph.snapshot.build import build_snapshot
from graph.snapshot.view import LiveView
from graph.store.registers import NoRegisters, SqliteRegisters
from graph.store.sqlite import SqliteGraphStore

SMALL = OverlaySettings(patches=1 << 12, nodes=64)


def batches(events: Sequence[Mapping[str, Any]]):
    return [batch_of(kind, list(group)) for kind, group in groupby(events, key=lambda each: each["type"])]


def write(store: SqliteGraphStore, events: Sequence[Mapping[str, Any]], position: str) -> None:
    with store.writing(position) as writer:
        for batch in batches(events):
            (writer.add_nodes if hasattr(batch, "label") else writer.add_events)(batch)


@dataclass
class Twice:
    whole: LiveView
    overlaid: OverlaidView
    changes: list


def seen_twice(folder: Path, before: list, after: list, *, asks: bool = True, together: bool = True) -> Twice:
    """The views of ``before + after``; ``after`` comes over a snapshot, in one go or event by event."""
    store = SqliteGraphStore(folder / "store.sqlite", durability="normal")
    write(store, before, "1")
    first = build_snapshot(store, folder / "snapshots")
    registers = SqliteRegisters(folder / "store.sqlite") if asks else NoRegisters()
    overlay = Overlay(first, registers, SMALL)
    changes = []
    for part in [after] if together else [[each] for each in after]:
        changes.append(overlay.apply(batches(part)))
    write(store, after, "2")
    whole = LiveView(build_snapshot(store, folder / "snapshots"))
    store.close()
    return Twice(whole, OverlaidView(overlay), changes)


def picture(view: LiveView) -> dict[str, Any]:
    """Everything that a view says, by rows."""
    from graph.schema import EDGE_TYPES, NODES
    from graph.snapshot.layout import ACTED, is_action
    from graph.snapshot.properties import properties

    keys = [ACTED, *(edge.key for edge in EDGE_TYPES if not is_action(edge.key))]
    found: dict[str, Any] = {}
    for label in NODES:
        rows = range(view.count(label))
        found[label] = [
            (view.id_of(label, row), bool(view.gone(label)[row]), properties(view, label, row)) for row in rows
        ]
    for key in keys:
        both = view.edges(*key)
        for way, csr, label in (("out", both.out, key[0]), ("into", both.into, key[2])):
            for row in range(view.count(label)):
                edges = list(zip(csr.neighbours(row).tolist(), csr.stamps_of(row).tolist(), strict=True))
                assert csr.degree(row) == len(edges)
                if edges:
                    found["-".join(key), way, row] = edges
    return found
