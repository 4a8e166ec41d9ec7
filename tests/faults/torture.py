"""Kills processes of a running service at random points while events come; then counts.

``make torture`` or ``python -m tests.faults.torture --kills 200 --seed 1 --data FOLDER``; it works on a copy of it.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil

from api.folders import open_folder
from api.settings import Settings
from api.steps import build_current, load_source
from api.writing.handover import build_now
from graph.errors import TastegraphError
from graph.folder import DataFolder
from graph.log.project import project
from graph.log.verify import verify_log
from graph.snapshot.shelf import Shelf
from graph.store.sqlite import SqliteGraphStore
from tests.api.conftest import write_files
from tests.faults.running import ROLES, serving, until, with_role

SENDERS = 4
LONGEST_PAUSE_S = 0.6
"""Before a kill."""
PEOPLE, PRODUCTS = 40, 25
"""Among whom things happen; new ones, beside those that the folder has."""


@dataclass
class Tally:
    """What was done and what came of it.

    Attributes:
        kills: by role.
        acknowledged: ids of events for which a 202 came.
        retries: requests that were sent again.
        back_s: from each kill to the next event that was acknowledged and the next feed that was answered.
        problems: what must not be; empty.
    """

    kills: Counter[str] = field(default_factory=Counter)
    acknowledged: set[str] = field(default_factory=set)
    retries: int = 0
    back_s: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """For people."""
        kills = ", ".join(f"{count} {role}" for role, count in sorted(self.kills.items()))
        slow = sorted(self.back_s)
        return [
            f"{sum(self.kills.values())} kills: {kills}",
            f"{len(self.acknowledged):,} events acknowledged, {self.retries:,} requests sent again",
            f"back after {slow[len(slow) // 2]:.2f} s (median), {slow[-1]:.2f} s (slowest)",
            *(self.problems or ["nothing lost, nothing doubled, everything whole"]),
        ]


class Sender(threading.Thread):
    """A client: sends events until each is acknowledged, now and then one that was acknowledged already."""

    def __init__(self, address: str, number: int, seed: int, tally: Tally, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._address, self._number, self._tally, self._enough = address, number, tally, stop
        self._random = random.Random(f"{seed} {number}")
        self._sent = 0

    def run(self) -> None:
        """Send until told to stop; what has been begun is brought to its end."""
        while not self._enough.is_set():
            batch = [self._event() for _ in range(self._random.choice((1, 1, 5, 40)))]
            self._deliver(batch)
            if self._random.random() < 0.1:
                self._deliver(batch)
            time.sleep(self._random.random() * 0.02)

    def _event(self) -> dict[str, str]:
        self._sent += 1
        person = f"torture-u{self._random.randrange(PEOPLE)}"
        named = {"event_id": f"torture-{self._number}-{self._sent}", "user_id": person, "at": _at(self._random)}
        kind = self._random.choice(
            ("viewed", "liked", "unliked", "bought", "rated", "followed", "unfollowed", "disliked")
        )
        if kind in ("followed", "unfollowed"):
            return {**named, "type": kind, "other_id": f"torture-u{self._random.randrange(PEOPLE)}x"}
        more = {"value": self._random.randint(1, 5)} if kind == "rated" else {}
        return {**named, "type": kind, "product_id": f"torture-p{self._random.randrange(PRODUCTS)}", **more}  # type: ignore[dict-item]

    def _deliver(self, batch: list[dict[str, str]]) -> None:
        while True:
            try:
                answer = httpx.post(f"{self._address}/v1/events", json=batch, timeout=20)
            except httpx.HTTPError:
                self._tally.retries += 1
                continue
            if answer.status_code == 202:
                told = [each["status"] for each in answer.json()["results"]]
                if "rejected" in told:
                    self._tally.problems.append(f"an event was rejected: {answer.text[:300]}")
                self._tally.acknowledged.update(each["event_id"] for each in batch)
                return
            if answer.status_code != 503:
                self._tally.problems.append(f"{answer.status_code} to events: {answer.text[:300]}")
                return
            self._tally.retries += 1
            time.sleep(0.02)


def _at(rng: random.Random) -> str:
    """Some moment of an hour long ago, so that the order of times is not that of arrival."""
    return f"2026-01-01T00:{rng.randrange(60):02}:{rng.randrange(60):02}.{rng.randrange(1000):03}Z"


def torture(data: Path, kills: int, seed: int, workers: int = 2) -> Tally:
    """Serve a folder, send events to it, and kill its processes.

    Args:
        data: the folder; it is written to.
        kills: how many in all, of each role about as many.
        seed: of what is sent and when whom to kill; the machine's own timing is chance too.
        workers: processes that answer.
    """
    tally, stop, rng = Tally(), threading.Event(), random.Random(seed)
    environment = {**os.environ, "TASTEGRAPH_EVENTS__REBUILD_EVENTS": "1500"}
    folder = open_folder(Settings.read(data=data))
    with serving(data, workers, environment) as (process, address):
        senders = [Sender(address, number, seed, tally, stop) for number in range(SENDERS)]
        for each in senders:
            each.start()
        for number in range(kills):
            role = list(ROLES)[number % len(ROLES)]
            time.sleep(rng.random() * LONGEST_PAUSE_S)
            _kill(process, folder, role, rng, tally)
            tally.back_s.append(_back(address, f"torture-back-{number}", tally))
        stop.set()
        for each in senders:
            each.join()
        until(lambda: len(with_role(process.pid, "worker")) == workers)
    tally.problems += wrong(folder, tally.acknowledged)
    return tally


def _kill(process: subprocess.Popen[bytes], folder: DataFolder, role: str, rng: random.Random, tally: Tally) -> None:
    if role == "builder":  # there is none most of the time: ask for a build, and wait for a random part of it
        threading.Thread(target=_build, args=(folder,), daemon=True).start()
    until(lambda: bool(with_role(process.pid, role)))
    if role == "builder":
        time.sleep(rng.random())
    found = with_role(process.pid, role)
    if found:
        with suppress(psutil.NoSuchProcess):
            rng.choice(found).kill()
            tally.kills[role] += 1


def _build(folder: DataFolder) -> None:
    with suppress(TastegraphError, OSError):  # it is killed
        build_now(folder, lambda *_: None)


def _back(address: str, event_id: str, tally: Tally) -> float:
    """Seconds until an event is acknowledged and a feed answered, both by whoever takes the connection."""
    began = time.monotonic()
    body = {"event_id": event_id, "type": "viewed", "user_id": "torture-u1", "product_id": "torture-p1"}
    for request in (("POST", "/v1/events", body), ("GET", "/v1/users/torture-u1/feed", None)):
        while True:
            with suppress(httpx.HTTPError):
                method, path, content = request
                answer = httpx.request(method, address + path, json=content, timeout=20)
                if answer.status_code in (200, 202):
                    break
                if answer.status_code != 503:
                    tally.problems.append(f"{answer.status_code} to {path}: {answer.text[:300]}")
                    break
            time.sleep(0.01)
    tally.acknowledged.add(event_id)
    return time.monotonic() - began


def wrong(folder: DataFolder, acknowledged: set[str]) -> list[str]:
    """What is not as it has to be, now that everything has ended; the events' ids begin with ``torture-``."""
    found: list[str] = []
    with closing(folder.open_log(read_only=True)) as log:
        kept = Counter(
            record.body["event_id"]
            for record in log.read(None, sys.maxsize >> 1)
            if str(record.body.get("event_id", "")).startswith("torture-")
        )
    lost = acknowledged - kept.keys()
    doubled = [event_id for event_id, count in kept.items() if count > 1]
    found += [f"{len(lost)} acknowledged events lost: {sorted(lost)[:5]}"] if lost else []
    found += [f"{len(doubled)} events doubled: {doubled[:5]}"] if doubled else []
    found += verify_log(folder.log, folder.imports, folder.keys).problems
    with folder.owned(wait_s=20), closing(folder.open_log()) as log:
        with closing(folder.open_store()) as store:
            project(log, store)
        with TemporaryDirectory() as scratch:
            fresh = Path(scratch) / "store.sqlite"
            with closing(SqliteGraphStore(fresh, durability="normal")) as store:
                project(log, store)
            if contents(folder.store) != contents(fresh):
                found.append("the store is not what the log makes")
    shelf = Shelf(folder.snapshots)
    if shelf.current(verify=True).id != shelf.current_id():
        found.append("the newest snapshot is damaged")
    return found


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of an embedded store."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(connection.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
            for name in names
            if not name.startswith("sqlite_")
        }


def small_folder(scratch: Path) -> Path:
    """A small graph, loaded and built."""
    data = scratch / "data"
    settings = Settings.read(data=data)
    folder = open_folder(settings)
    load_source(str(write_files(scratch)), folder, settings)
    build_current(folder)
    return data


def main() -> int:
    """The command; 1 when something was lost, doubled, damaged, or took longer than five seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, help="a data folder to copy; a small graph without")
    given = parser.parse_args()
    with TemporaryDirectory() as scratch:
        if given.data is None:
            data = small_folder(Path(scratch))
        else:
            data = Path(shutil.copytree(given.data, Path(scratch) / "data"))
        sys.stdout.write(f"seed {given.seed}, {given.kills} kills\n")
        sys.stdout.flush()
        tally = torture(data, given.kills, given.seed)
    sys.stdout.write("\n".join(tally.lines()) + "\n")
    return int(bool(tally.problems) or max(tally.back_s) > 5)


if __name__ == "__main__":
    sys.exit(main())
