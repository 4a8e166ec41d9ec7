"""A store of 10 M relationships into files for Neo4j's offline import, and those into a database."""

from __future__ import annotations

import os
import resource
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.harness import Measure, alone, peak_gib

if TYPE_CHECKING:
    from graph.model import EventBatch

USERS = PRODUCTS = 1_000_000
FOLLOWS = 3_300_000
INTERACTIONS = 7_600_000
FOLDER = "neo4j_files"
BATCH = 100_000


def neo4j_files(work: Path) -> list[Measure]:
    folder = work / FOLDER
    if not (folder / "store.sqlite").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        alone(_store, folder)
    rows, relationships, size, seconds, cpu_s, peak = alone(_write, folder)
    import_s = alone(_import, folder)
    shutil.rmtree(folder / "server", ignore_errors=True)
    return [
        Measure("relationships", relationships, ""),
        Measure("nodes", rows - relationships, ""),
        Measure("size of the files", size / 1e6, "MB"),
        Measure("store to files", rows / seconds, "rows/s", 1_000_000, at_least=True),
        Measure("CPU time of all processes", cpu_s, "s"),
        Measure("rows per CPU second", rows / cpu_s, "rows/s"),
        Measure("peak memory of one process", peak, "GiB"),
        Measure("files to database, by neo4j-admin with a heap of 1 GiB", rows / import_s, "rows/s"),
    ]


def _write(folder: Path) -> tuple[int, int, int, float, float, float]:
    """Rows, relationships, bytes, seconds, CPU seconds and peak memory."""
    from graph.store.neo4j.files import write_import_files
    from graph.store.sqlite import SqliteGraphStore

    shutil.rmtree(folder / "files", ignore_errors=True)
    store = SqliteGraphStore(folder / "store.sqlite", read_only=True)
    report = write_import_files(store, folder / "files")
    store.close()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu_s = sum(each.ru_utime + each.ru_stime for each in used)
    relationships = sum(report.relationships.values())
    return report.rows, relationships, report.bytes, report.seconds, cpu_s, max(peak_gib(), used[1].ru_maxrss / 2**20)


def _import(folder: Path) -> float:
    """Seconds that Neo4j's own tool takes for the files, as their reader would run it."""
    from tests.servers.neo4j import Neo4jProcess

    server = Neo4jProcess(folder / "server")
    server.write_settings()
    admin = folder / "neo4j-admin"
    admin.write_text(f'#!/bin/sh\nexec {shlex.join(server.admin())} "$@"\n')
    admin.chmod(0o755)
    environment = {**os.environ, **server.environment, "NEO4J_ADMIN": str(admin)}
    start = time.perf_counter()
    with (folder / "import.log").open("w") as said:
        script = [folder / "files" / "import.sh", "--overwrite-destination=true"]
        subprocess.run(script, env=environment, check=True, stdout=said, stderr=said)
    return time.perf_counter() - start


def _store(folder: Path) -> None:
    """A store as loads leave it: people, products, follows and what people did, each event with an id of its own."""
    from graph.store.sqlite import SqliteGraphStore

    store = SqliteGraphStore(folder / "store.sqlite", durability="normal")
    with store.writing("1") as writer:
        for batch in _batches():
            writer.add_events(batch)
    store.close()


def _batches() -> Iterator[EventBatch]:
    from graph.model import EventBatch
    from graph.simulate import edge_arrays
    from graph.simulate.edges import MINUTE_MS
    from graph.snapshot.actions import CODE_BITS, CODE_MASK, CODES, PAST_TENSE

    edges = edge_arrays(USERS, PRODUCTS, FOLLOWS, INTERACTIONS)
    users = [f"u{row:07d}" for row in range(USERS)]
    products = [f"p{row:07d}" for row in range(PRODUCTS)]
    ids = map("{:024x}".format, count())
    for part in _parts(len(edges.follower)):
        sources = [users[row] for row in edges.follower[part].tolist()]
        targets = [users[row] for row in edges.followee[part].tolist()]
        at = (edges.follow_minutes[part] * MINUTE_MS).tolist()
        yield EventBatch("followed", list(islice(ids, len(at))), sources, at, {"other_id": targets})
    codes = edges.stamps & CODE_MASK
    for code in np.unique(codes).tolist():
        kind, stars = CODES[code]
        chosen = np.flatnonzero(codes == code)
        for part in _parts(len(chosen)):
            some = chosen[part]
            sources = [users[row] for row in edges.user[some].tolist()]
            at = ((edges.stamps[some] >> CODE_BITS).astype(np.int64) * MINUTE_MS).tolist()
            fields: dict[str, list[Any]] = {"product_id": [products[row] for row in edges.product[some].tolist()]}
            if stars is not None:
                fields["value"] = [stars] * len(at)
            yield EventBatch(PAST_TENSE[kind], list(islice(ids, len(at))), sources, at, fields)


def _parts(size: int) -> Iterator[slice]:
    return (slice(first, first + BATCH) for first in range(0, size, BATCH))
