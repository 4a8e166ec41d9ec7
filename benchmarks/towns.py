"""The simulated town: how fast, how large."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from benchmarks.harness import Measure, alone, peak_gib


def town_100k(work: Path) -> list[Measure]:
    simulate_s, write_s, events, peak = alone(_simulate, 100_000, work / "town_100k")
    return [
        Measure("simulate", simulate_s, "s", 60),
        Measure("write files", write_s, "s"),
        Measure("events", events, ""),
        Measure("peak memory", peak, "GiB"),
    ]


def town_1m(_: Path) -> list[Measure]:
    simulate_s, _, events, peak = alone(_simulate, 1_000_000, None)
    return [
        Measure("simulate", simulate_s, "s"),
        Measure("events", events, ""),
        Measure("peak memory", peak, "GiB", 24),
    ]


def _simulate(people: int, folder: Path | None) -> tuple[float, float, int, float]:
    """Seconds to simulate and to write, events, and peak memory; kernels are compiled before."""
    from graph.simulate import TownSettings, simulate_town

    simulate_town(TownSettings(people=100))
    start = time.perf_counter()
    town = simulate_town(TownSettings(people=people))
    made = time.perf_counter()
    if folder is not None:
        town.write(folder)
        shutil.rmtree(folder)
    return made - start, time.perf_counter() - made, sum(map(len, town.events.values())), peak_gib()
