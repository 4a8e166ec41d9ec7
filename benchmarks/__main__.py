"""``python -m benchmarks [NAME …]``: run all benchmarks, or those named."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import platformdirs

from benchmarks.catalogue import BENCHMARKS
from benchmarks.harness import carry_out


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="; ".join(f"{b.name}: {b.about}" for b in BENCHMARKS))
    parser.add_argument("--work", type=Path, default=Path(platformdirs.user_cache_dir("tastegraph")) / "benchmarks")
    parser.add_argument("--list", action="store_true", help="list the benchmarks")
    asked = parser.parse_args()
    known = {benchmark.name: benchmark for benchmark in BENCHMARKS}
    if asked.list:
        print("\n".join(f"{b.name:<14} {b.about}" for b in BENCHMARKS))
        return 0
    if unknown := [name for name in asked.names if name not in known]:
        parser.error(f"no benchmark is called {', '.join(unknown)}; known: {', '.join(known)}")
    asked.work.mkdir(parents=True, exist_ok=True)
    met = [carry_out(known[name], asked.work) for name in asked.names or known]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
