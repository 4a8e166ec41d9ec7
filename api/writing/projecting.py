"""The one projector of a served folder: a process of its own that takes the store to the end of the log.

``python -m api.writing.projecting FOLDER`` is started by the writer. A line on its standard input says that there is
news; the end of its input, also that of a writer that was killed, that it has to leave. It holds the folder's lock with
the writer, so nobody else owns the folder before it has left.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from io import FileIO, RawIOBase
from logging import getLogger
from logging.config import dictConfig
from pathlib import Path
from threading import Event, Thread

from graph.errors import StoreError, TastegraphError
from graph.folder import DataFolder
from graph.log.port import EventLog
from graph.log.project import project
from graph.store.port import GraphStore

EVERY_S = 1.0
"""Pause without news; a store that was away is tried again as often, ever more rarely up to `LONGEST_S`."""
LONGEST_S = 30.0
LEAVING_S = 0.2
"""Time for leaving in good order; then the process just ends: whoever owns the folder next waits for its lock."""
NICENESS = 10
"""Who waits for an acknowledgement comes first; answers do not wait for the store."""

log = getLogger(__name__)


class Projector:
    """The process, as the writer has it.

    Args:
        folder: whose log and store.
    """

    def __init__(self, folder: DataFolder) -> None:
        self._command = [sys.executable, "-m", "api.writing.projecting", str(folder.path)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, lock: int) -> None:
        """Begin, from wherever the store stands.

        Args:
            lock: descriptor of the folder's lock; the process holds it too.
        """
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, bufsize=0, pass_fds=(lock,))  # noqa: S603 - ours
        assert self._process.stdin is not None
        os.set_blocking(self._process.stdin.fileno(), False)

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone although nobody stopped it."""
        return self._process is not None and self._process.poll() is not None

    def wake(self) -> None:
        """Something was appended."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(BlockingIOError, BrokenPipeError):  # it has enough news, or is about to be started again
                self._process.stdin.write(b"\n")

    def stop(self) -> None:
        """End it; the transaction that is under way is given up, and done again another time."""
        if self._process is not None:
            process, self._process = self._process, None
            assert process.stdin is not None
            process.stdin.close()
            process.wait()


class _Told(Exception):
    """To leave."""


class Follower:
    """Applies what was appended; while the store is away it waits, and nothing is lost.

    Args:
        folder: whose log and store.
        news: says when there is something, and by its end that it is time to leave.
    """

    def __init__(self, folder: DataFolder, news: RawIOBase) -> None:
        self._folder = folder
        self._input = news
        self._news = Event()
        self._stop = Event()
        self._has_left = Event()
        self._log: EventLog | None = None
        self._store: GraphStore | None = None

    def run(self) -> None:
        """Follow until told to leave."""
        Thread(target=self._listen, name="news", daemon=True).start()
        pause = EVERY_S
        while not self._stop.is_set():
            try:
                self._step()
                pause = EVERY_S
            except _Told:
                break
            except TastegraphError as error:
                log.warning("the store does not follow: %s", error)
                self._release()
                pause = min(2 * pause, LONGEST_S)
                self._stop.wait(pause)
            self._news.wait(EVERY_S)
            self._news.clear()
        self._release()
        self._has_left.set()

    def _listen(self) -> None:
        while self._input.read(1):
            self._news.set()
        self._stop.set()
        self._news.set()
        if not self._has_left.wait(LEAVING_S):
            os._exit(0)  # a transaction that is under way is given up by the store

    def _step(self) -> None:
        if self._log is None:
            self._log = self._folder.open_log(read_only=True)
        if self._store is None:
            self._store = self._folder.open_store()
        project(self._log, self._store, self._look)

    def _look(self, _applied: int) -> None:
        if self._stop.is_set():
            raise _Told

    def _release(self) -> None:
        for each in (self._store, self._log):
            if each is not None:
                with suppress(StoreError):
                    each.close()
        self._store = self._log = None


def main(folder: Path) -> None:
    """The process: follows until its standard input ends."""
    from api.folders import open_folder
    from api.monitoring.logs import log_config
    from api.monitoring.tracing import start_tracing
    from api.settings import Settings

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C reaches the whole group; the writer tells when to leave
    os.nice(NICENESS)
    settings = Settings.read(data=folder)
    dictConfig(log_config(settings.serve.log_format, settings.serve.log_level))
    start_tracing(settings.trace, "projector")
    Follower(open_folder(settings), FileIO(0, closefd=False)).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
