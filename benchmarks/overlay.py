"""Events into the overlay over a large snapshot: how fast, how much memory, and what it costs a walk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import Measure
from graph.live.overlay import Overlay, OverlaySettings
from graph.model import EventBatch
from graph.snapshot.actions import stamps
from graph.snapshot.layout import ACTED
from graph.snapshot.snapshot import Snapshot
from graph.snapshot.write import write_snapshot
from graph.store.registers import SqliteRegisters
from graph.store.sqlite import SqliteGraphStore

PEOPLE, PRODUCTS, ACTIONS, FOLLOWS = 200_000, 200_000, 10_000_000, 2_000_000
EVENTS, BATCH = 1_000_000, 1_000
NOW = 1_700_000_000_000
MIX = {"viewed": 0.6, "liked": 0.15, "carted": 0.08, "bought": 0.07, "rated": 0.05, "followed": 0.05}
"""Share of each type of event."""


def overlay(folder: Path) -> list[Measure]:
    """A mixed stream, a thousand events of one type at a time, half of the products' events on a tenth of them."""
    rng = np.random.default_rng(0)
    SqliteGraphStore(folder / "overlay.sqlite").close()
    registers = SqliteRegisters(folder / "overlay.sqlite")
    live = Overlay(_snapshot(folder, rng), registers, OverlaySettings(1 << 25))
    live.apply(list(_stream(rng, 20 * BATCH)))  # compiles
    batches = list(_stream(rng, EVENTS))
    memory, used, began, cpu = _memory(), live.space.used_bytes, time.perf_counter(), time.process_time()
    for each in batches:
        live.apply([each])
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    return [
        Measure("events a second", EVENTS / seconds, "1/s", 100_000, at_least=True),
        Measure("events a second of processor time", EVENTS / cpu_s, "1/s"),
        Measure("patches and blocks at rest, an event", (live.space.used_bytes - used) / EVENTS, "bytes"),
        Measure("memory of the process, an event", (_memory() - memory) / EVENTS, "bytes", 64),
    ]


def _snapshot(folder: Path, rng: np.random.Generator) -> Snapshot:
    people = rng.integers(0, PEOPLE, ACTIONS).astype(np.int32)
    products = (PRODUCTS * rng.random(ACTIONS) ** 2).astype(np.int32)
    packed = stamps("BOUGHT", NOW // 60_000 - rng.integers(1, 500_000, ACTIONS))
    ends = [rng.integers(0, PEOPLE, FOLLOWS).astype(np.int32) for _ in range(2)]
    ids: dict[str, Any] = {
        "User": [f"u{row}" for row in range(PEOPLE)],
        "Product": [f"p{row}" for row in range(PRODUCTS)],
    }
    edges: dict[Any, Any] = {ACTED: (people, products, packed), ("User", "FOLLOWS", "User"): (*ends, None)}
    return write_snapshot(folder / "overlay", ids=ids, edges=edges, durable=False)


def _stream(rng: np.random.Generator, count: int) -> Iterator[EventBatch]:
    kinds = rng.choice(list(MIX), count // BATCH, p=list(MIX.values()))
    for number, kind in enumerate(kinds.tolist()):
        users = [f"u{row}" for row in rng.integers(0, PEOPLE, BATCH).tolist()]
        fields: dict[str, list[Any]] = {}
        if kind == "followed":
            fields["other_id"] = [f"u{row}" for row in rng.integers(0, PEOPLE, BATCH).tolist()]
        else:
            fields["product_id"] = [f"p{row}" for row in (PRODUCTS * rng.random(BATCH) ** 3.3).astype(int).tolist()]
        if kind == "rated":
            fields["value"] = [float(stars) for stars in rng.integers(1, 6, BATCH).tolist()]
        at = [NOW + 10 * number] * BATCH
        yield EventBatch(kind, [f"{number}-{each}" for each in range(BATCH)], users, at, fields)


def _memory() -> int:
    """Memory of the process's own, without the mapped snapshot."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Anonymous:")) + _shared()


def _shared() -> int:
    """The overlay's own maps count as shared memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssShmem:"))
