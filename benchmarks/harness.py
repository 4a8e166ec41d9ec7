"""What a benchmark finds, on what machine, and where it is written down."""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import subprocess
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Measure:
    """One figure; ``bound`` is the issue's: at most it, or at least it where ``at_least``."""

    name: str
    value: float
    unit: str
    bound: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        if self.bound is None:
            return None
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def line(self) -> str:
        verdict = {None: "", True: "pass", False: "MISS"}[self.met]
        bound = "" if self.bound is None else f"{'≥' if self.at_least else '≤'} {self.bound:g}"
        return f"  {self.name:<44} {self.value:>12.4g} {self.unit:<8} {bound:<10} {verdict}"


@dataclass(frozen=True)
class Benchmark:
    """A named run. ``run`` gets a folder that outlives it, for what is costly to make, and returns figures."""

    name: str
    about: str
    run: Callable[[Path], list[Measure]]


def machine() -> dict[str, Any]:
    """What the figures depend on; no names of hosts or people."""
    cpu = [line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = [line.split()[1] for line in _lines("/proc/meminfo") if line.startswith("MemTotal")]
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(memory[0]) / 2**20, 1) if memory else None,
        "cpu": cpu[0] if cpu else platform.machine(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def commit() -> str:
    """The revision that was measured, ``+`` where files differ from it."""
    found = subprocess.run(["git", "describe", "--always", "--dirty=+"], cwd=ROOT, capture_output=True, text=True)
    return found.stdout.strip() or "unknown"


def record(benchmark: Benchmark, measures: Sequence[Measure], environment: dict[str, Any], seconds: float) -> None:
    """Append to ``results/NAME.json``."""
    path = RESULTS / f"{benchmark.name}.json"
    before = json.loads(path.read_text()) if path.exists() else []
    entry = {
        "command": f"python -m benchmarks {benchmark.name}",
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": commit(),
        "machine": environment,
        "seconds": round(seconds, 1),
        "measures": [{**asdict(m), "value": float(f"{m.value:.6g}"), "met": m.met} for m in measures],
    }
    RESULTS.mkdir(exist_ok=True)
    path.write_text(json.dumps([*before, entry], indent=1, ensure_ascii=False) + "\n")


def carry_out(benchmark: Benchmark, work: Path) -> bool:
    """Run, print and record one benchmark; whether all of its bounds were met."""
    print(f"{benchmark.name}: {benchmark.about}", flush=True)
    environment = machine()
    start = time.perf_counter()
    measures = benchmark.run(work)
    record(benchmark, measures, environment, time.perf_counter() - start)
    for measure in measures:
        print(measure.line(), flush=True)
    return all(measure.met is not False for measure in measures)


def peak_gib() -> float:
    """The most memory that this process has held, from its own address space alone."""
    lines = [line for line in _lines("/proc/self/status") if line.startswith("VmHWM")]
    return int(lines[0].split()[1]) / 2**20


def alone(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a fresh process, so that its memory and threads are its own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(there, function, arguments))
    process.start()
    there.close()
    try:
        worked, answer = here.recv()
    except EOFError:
        process.join()
        raise RuntimeError(f"{function.__name__} ended with exit code {process.exitcode}") from None
    process.join()
    if not worked:
        raise RuntimeError(answer)
    return answer


def _answer(channel: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        channel.send((True, function(*arguments)))
    except BaseException:
        channel.send((False, traceback.format_exc()))
        raise
