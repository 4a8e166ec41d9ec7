"""The one projector of a served folder: takes the store to the end of the log, again and again."""

from __future__ import annotations

from contextlib import suppress
from logging import getLogger
from threading import Event, Lock, Thread

from graph.errors import StoreError, TastegraphError
from graph.folder import DataFolder
from graph.log.port import EventLog
from graph.log.project import project
from graph.store.port import GraphStore

EVERY_S = 1.0
"""Pause without news; a store that was away is tried again as often, ever more rarely up to `LONGEST_S`."""
LONGEST_S = 30.0

log = getLogger(__name__)


class Projector:
    """A thread that applies what was appended; while the store is away it waits, and nothing is lost.

    Args:
        folder: whose log and store.
        lock: held while the store is written to.
    """

    def __init__(self, folder: DataFolder, lock: Lock) -> None:
        self._folder = folder
        self._lock = lock
        self._news = Event()
        self._stop = Event()
        self._thread = Thread(target=self._run, name="projector", daemon=True)
        self._log: EventLog | None = None
        self._store: GraphStore | None = None

    def start(self) -> None:
        """Begin, from wherever the store stands."""
        self._thread.start()

    def wake(self) -> None:
        """Something was appended."""
        self._news.set()

    def close(self) -> None:
        """Stop after the transaction that is under way."""
        self._stop.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pause = EVERY_S
        while not self._stop.is_set():
            try:
                self._step()
                pause = EVERY_S
            except TastegraphError as error:
                log.warning("the store does not follow: %s", error)
                self._release()
                pause = min(2 * pause, LONGEST_S)
                self._stop.wait(pause)
            self._news.wait(EVERY_S)
            self._news.clear()
        self._release()

    def _step(self) -> None:
        with self._lock:
            if self._log is None:
                self._log = self._folder.open_log(read_only=True)
            if self._store is None:
                self._store = self._folder.open_store()
            project(self._log, self._store)

    def _release(self) -> None:
        for each in (self._store, self._log):
            if each is not None:
                with suppress(StoreError):
                    each.close()
        self._store = self._log = None
