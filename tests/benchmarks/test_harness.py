"""The benchmarks' own measuring."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import harness
from benchmarks.catalogue import BENCHMARKS
from benchmarks.harness import Benchmark, Measure, alone, carry_out, peak_gib


@pytest.mark.parametrize(
    ("value", "bound", "at_least", "met"),
    [(1, None, False, None), (1, 2, False, True), (2, 2, False, True), (3, 2, False, False), (3, 2, True, True)],
)
def test_a_figure_is_held_against_its_bound(
    value: float, bound: float | None, at_least: bool, met: bool | None
) -> None:
    assert Measure("it", value, "s", bound, at_least=at_least).met is met


def test_a_run_is_appended_with_machine_and_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harness, "RESULTS", tmp_path)
    benchmark = Benchmark("tiny", "nothing much", lambda work: [Measure("time", 3.0, "s", 2.0)])
    assert carry_out(benchmark, tmp_path) is False
    assert carry_out(benchmark, tmp_path) is False
    first, second = json.loads((tmp_path / "tiny.json").read_text())
    assert first["measures"][0]["met"] is False
    assert second["command"] == "python -m benchmarks tiny"
    assert set(second["machine"]) == {"cores", "memory_gib", "cpu", "system", "python", "load_before"}


def test_memory_of_a_fresh_process_is_its_own() -> None:
    ballast = np.ones(60_000_000)  # 0.45 GiB here must not show there
    assert alone(peak_gib) < 0.4 < peak_gib()
    assert ballast[0] == 1


def fail() -> None:
    raise LookupError("no such luck")


def test_a_failure_in_a_fresh_process_is_told() -> None:
    with pytest.raises(RuntimeError, match="no such luck"):
        alone(fail)


def test_names_are_unique_and_listed() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--list"], capture_output=True, text=True, check=True, cwd=harness.ROOT
    )
    names = [benchmark.name for benchmark in BENCHMARKS]
    assert len(set(names)) == len(names)
    assert all(name in listed.stdout for name in names)
