"""Epinions as RDF: written, built for SPARQL, asked."""

from __future__ import annotations

import shutil
import statistics
import time
from pathlib import Path

from benchmarks.harness import Measure, alone, peak_gib
from benchmarks.loading import load_data

ASKED = 200
"""People about whom each point query is asked, after one that opens the statements."""

POINT_QUERIES = {
    "followed people": "SELECT ?o {{ <urn:tastegraph:user:{}> schema:follows ?o }}",
    "products rated by followed people": (
        "SELECT DISTINCT ?p {{ <urn:tastegraph:user:{}> schema:follows/tg:rated ?p }} LIMIT 20"
    ),
    "everything about one": "CONSTRUCT WHERE {{ <urn:tastegraph:user:{}> ?p ?o }}",
}


def rdf(work: Path) -> list[Measure]:
    folder = work / "rdf"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        alone(load_data, "epinions", folder / "data")
        written = {form: alone(_export, folder, form) for form in ("ntriples", "turtle", "trig", "jsonld")}
        built_s, statements, peak = alone(_build, folder / "data")
        asked = alone(_ask, folder / "data")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [
        Measure("statements", statements, ""),
        *(Measure(f"written as {form}", rate, "/s", 100_000, at_least=True) for form, (rate, _) in written.items()),
        Measure("peak memory of writing", max(each for _, each in written.values()), "GiB"),
        Measure("built for SPARQL", built_s, "s"),
        Measure("peak memory of building", peak, "GiB"),
        *(Measure(f"{name}, median", median, "ms", 20) for name, (median, _) in asked.items()),
        *(Measure(f"{name}, slowest of {ASKED}", slowest, "ms") for name, (_, slowest) in asked.items()),
    ]


def _export(folder: Path, form: str) -> tuple[float, float]:
    from graph.folder import DataFolder
    from graph.rdf.export import export_rdf

    store = DataFolder(folder / "data").open_store(read_only=True)
    start = time.perf_counter()
    with (folder / f"out.{form}").open("wb", buffering=1 << 20) as out:
        told = export_rdf(store, out, form=form)
    seconds = time.perf_counter() - start
    (folder / f"out.{form}").unlink()
    return told.statements / seconds, peak_gib()


def _build(folder: Path) -> tuple[float, int, float]:
    from graph.folder import DataFolder
    from graph.rdf.knowledge import build_knowledge

    data = DataFolder(folder)
    store = data.open_store(read_only=True)
    start = time.perf_counter()
    built = build_knowledge(data, store)
    return time.perf_counter() - start, built.statements, peak_gib()


def _ask(folder: Path) -> dict[str, tuple[float, float]]:
    """Median and slowest milliseconds of each point query, the way to the answering process and back included."""
    from graph.folder import DataFolder
    from graph.rdf.results import Limits
    from graph.rdf.sparql import Sparql

    asker = Sparql(DataFolder(folder), Limits())
    asker.ask("ASK { ?s ?p ?o }")
    found = {}
    for name, text in POINT_QUERIES.items():
        times = []
        for number in range(1, ASKED + 1):
            start = time.perf_counter()
            asker.ask(text.format(number))
            times.append((time.perf_counter() - start) * 1000)
        found[name] = (statistics.median(times), max(times))
    asker.close()
    return found
