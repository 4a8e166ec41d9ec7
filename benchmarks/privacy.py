"""One person given out and erased, a folder saved and taken back, and what sealing costs a load."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.harness import Measure, alone

PEOPLE, CHUNK = 200_000, 50_000


def privacy(work: Path) -> list[Measure]:
    folder = work / "privacy"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        return [*alone(_epinions, folder), *alone(_sealing, folder)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def _epinions(place: Path) -> list[Measure]:
    import numpy as np

    from graph.backup.make import make_backup
    from graph.backup.restore import Source, restore_backup
    from graph.datasets import dataset
    from graph.folder import DataFolder
    from graph.load import load
    from graph.people.erase import erase_person
    from graph.people.export import export_person
    from graph.snapshot.build import build_snapshot
    from graph.snapshot.shelf import Shelf

    folder, now = DataFolder(place / "data"), datetime.now(UTC)
    load(dataset("epinions").mapping(), folder)
    with closing(folder.open_store()) as store:
        snapshot = build_snapshot(store, folder.snapshots)
        Shelf(folder.snapshots).publish(snapshot)
    busiest = int(np.argmax(snapshot.adjacencies["User", "ACTED", "Product"].out.degrees()))
    person = snapshot.vocabularies["User"].id(busiest)
    export_s, held = _timed(lambda: export_person(folder, person, now))
    backup_s, _ = _timed(lambda: make_backup(folder, place / "backup", now))
    erase_s, _ = _timed(lambda: erase_person(folder, person, now))
    restore_s, _ = _timed(lambda: restore_backup(Source(place / "backup"), folder, now, replace_data=True))
    return [
        Measure("events of the busiest person", len(held["events"]), ""),
        Measure("export of that person", export_s, "s"),
        Measure("erasure of that person", erase_s, "s"),
        Measure("backup, proved", backup_s, "s"),
        Measure("size of the backup", (place / "backup").stat().st_size / 2**20, "MiB"),
        Measure("restore, with the erasure again", restore_s, "s"),
    ]


def _sealing(place: Path) -> list[Measure]:
    from graph.log.sqlite import SqliteEventLog
    from graph.model import NodeBatch

    with closing(SqliteEventLog(place / "people" / "log.sqlite")) as log:

        def write() -> None:
            with log.bulk(["people"], "a" * 64) as record:
                for first in range(0, PEOPLE, CHUNK):
                    some = range(first, first + CHUNK)
                    names = {"display_name": [f"Person {each}" for each in some], "city": ["Oslo"] * CHUNK}
                    ids = [f"u{each}" for each in some]
                    record.add_nodes(NodeBatch("User", ids, ids, [0] * CHUNK, names))

        write_s, _ = _timed(write)
        read_s, _ = _timed(lambda: [log.batch(each) for each in log.read(None)])
    return [
        Measure("people described, sealed and kept", PEOPLE / write_s, "1/s"),
        Measure("people read and opened", PEOPLE / read_s, "1/s"),
    ]
