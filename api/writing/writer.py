"""The process that owns a data folder while it is served: appends events, brings the store along, erases, builds.

Every request is a message ``{"n": number, "do": what, …}``, every answer ``{"n": number, …}``; many may be under way on
one connection. Events of all that wait are appended in one commit, and acknowledged when that is durable.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from logging import getLogger
from logging.config import dictConfig
from pathlib import Path
from threading import Lock
from typing import Any

from api.errors import outcome_of
from api.monitoring.logs import log_config
from api.monitoring.monitor import Monitor
from api.settings import Settings
from api.writing.building import is_due
from api.writing.projecting import Projector
from graph.errors import StoreLocked, TastegraphError
from graph.folder import DataFolder
from graph.frames import packed, receive
from graph.log.port import EventLog
from graph.log.told import Told
from graph.people.erasures import remember_erased
from graph.people.retention import trim_old
from graph.spans import span

OWN_S = 10.0
"""Longest wait for the folder at the start."""
GROUP = 20_000
"""Most events of one commit."""
PROJECTOR_EVERY_S = 0.5
"""Pause between two looks whether the projector still runs."""
TRIM_EVERY_S = 3600.0
"""Pause between two looks for events that need not be kept any more."""
LOOK_EVERY_S = 2.0
"""Pause between two looks whether a new snapshot is due."""

log = getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Append:
    """Events that wait for the next commit.

    Attributes:
        events: checked ones.
        told: the times that some came with, see `graph.log.told.Told`.
        done: gets the answer.
        cause: the span that they are part of, see `graph.spans`.
    """

    events: Sequence[Mapping[str, Any]]
    told: Told
    done: asyncio.Future[dict[str, Any]]
    cause: str | None = None


class Writer:
    """Serves one data folder.

    Args:
        folder: to be owned.
        settings: how many events may wait, and when a new snapshot is due.
    """

    def __init__(self, folder: DataFolder, settings: Settings) -> None:
        self._folder = folder
        self._settings = settings
        self._waiting: deque[Append] = deque()
        self._count = 0
        self._wake = asyncio.Event()
        self._store_lock = Lock()
        self._thread = ThreadPoolExecutor(1, "log")
        self._log: EventLog | None = None
        self._projector = Projector(folder)
        self._building = Lock()
        self._monitor = Monitor(datetime.now(UTC))
        self._turn = asyncio.Lock()
        self._ownership = ExitStack()
        self._lock = -1
        self._leaving = False

    async def serve(self) -> None:
        """Own the folder and answer until cancelled.

        Raises:
            StoreLocked: another process owns the folder.
        """
        loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._own_first)
        self._log = await loop.run_in_executor(self._thread, self._folder.open_log)
        await loop.run_in_executor(self._thread, self._monitor.recall, self._log, datetime.now(UTC))
        path = self._folder.writer_socket
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            path.unlink()  # we own the folder: whoever listened there is gone
        server = await asyncio.start_unix_server(self._connected, str(path))
        path.chmod(0o600)
        works = (self._commit_forever(), self._watch_snapshots(), self._watch_projector(), self._trim())
        tasks = [loop.create_task(each) for each in works]
        try:
            async with server:
                await server.serve_forever()
        finally:
            for task in tasks:
                task.cancel()
            with suppress(FileNotFoundError):
                path.unlink()
            await loop.run_in_executor(self._thread, self._close)
            self._thread.shutdown()

    def _close(self) -> None:
        self._leaving = True
        with self._store_lock:
            self._projector.stop()
        if self._log is not None:
            self._log.close()
        self._ownership.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering: set[asyncio.Task[None]] = set()
        try:
            while True:
                message = await receive(reader)
                if message["do"] == "lend":
                    await self._lend(reader, writer)
                    break
                task = asyncio.create_task(self._answer(message, writer))
                answering.add(task)
                task.add_done_callback(answering.discard)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, message: Mapping[str, Any], writer: asyncio.StreamWriter) -> None:
        try:
            answer = await self._do(message)
        except TastegraphError as error:
            if outcome_of(error).status >= 500:
                log.warning("%s failed: %s", message["do"], error)
            answer = {"error": error.code, "detail": str(error)}
        writer.write(packed({"n": message.get("n"), **answer}))
        with suppress(ConnectionError):
            await writer.drain()

    async def _lend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Let another process own the folder until it closes its connection; whoever hands over waits meanwhile."""
        async with self._turn:
            await asyncio.to_thread(self._store_lock.acquire)
            try:
                await asyncio.to_thread(self._disown)
                writer.write(packed({"lent": True}))
                await writer.drain()
                while await reader.read(1):
                    pass
            except ConnectionError:
                pass
            finally:
                await asyncio.to_thread(self._own_again)
                self._store_lock.release()

    def _own_first(self) -> None:
        with self._store_lock:
            self._own(OWN_S)

    def _disown(self) -> None:
        self._projector.stop()
        self._ownership.close()

    def _own_again(self) -> None:
        """Whoever else wants the folder comes first: each of them waits for an end, and we have time."""
        while not self._leaving:
            try:
                self._own(wait_s=1.0)
            except StoreLocked:
                continue
            return

    def _own(self, wait_s: float) -> None:
        """Own the folder, and let the projector run.

        Raises:
            StoreLocked: another process owns it.
        """
        self._lock = self._ownership.enter_context(self._folder.owned(wait_s=wait_s))
        self._projector.start(self._lock)

    async def _do(self, message: Mapping[str, Any]) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        if message["do"] == "append":
            return await self._append(message["events"], dict(message.get("told", ())), message.get("cause"))
        if message["do"] == "build":
            return await asyncio.to_thread(self._build)
        if message["do"] == "monitor":
            counts = {**self._monitor.counts(), "waiting": self._count}
            return {"report": self._monitor.report(message["minutes"]), "counts": counts}
        return {"position": await loop.run_in_executor(self._thread, self._last)}

    async def _append(self, events: Sequence[Mapping[str, Any]], told: Told, cause: str | None) -> dict[str, Any]:
        if self._count + len(events) > self._settings.events.waiting:
            return {"error": "busy", "detail": f"{self._count:,} events wait already"}
        done: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        waiting = Append(events, told, done, cause)
        self._waiting.append(waiting)
        self._count += len(events)
        self._wake.set()
        try:
            return await asyncio.wait_for(asyncio.shield(done), self._settings.events.wait_s)
        except TimeoutError:
            return self._given_up(waiting) or await done

    def _given_up(self, waiting: Append) -> dict[str, Any] | None:
        """Take back what has not had its turn yet; None for what is being committed."""
        try:
            self._waiting.remove(waiting)
        except ValueError:
            return None
        self._count -= len(waiting.events)
        return {"error": "busy", "detail": "the folder is in use by another process"}

    async def _commit_forever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                async with self._turn:
                    group = self._next_group()
                    answers = await loop.run_in_executor(self._thread, self._committed, group)
                for each, answer in zip(group, answers, strict=True):
                    self._count -= len(each.events)
                    if not each.done.done():
                        each.done.set_result(answer)
                self._projector.wake()

    def _committed(self, group: Sequence[Append]) -> list[dict[str, Any]]:
        """The answer to each of a group; nothing of it is kept where it cannot be committed."""
        try:
            return self._commit(group) if group else []
        except TastegraphError as error:
            return [{"error": error.code, "detail": str(error)}] * len(group)

    def _next_group(self) -> list[Append]:
        """What waits, up to `GROUP` events; nothing where all of it was given up meanwhile."""
        group: list[Append] = []
        size = 0
        while self._waiting and (not group or size + len(self._waiting[0].events) <= GROUP):
            group.append(self._waiting.popleft())
            size += len(group[-1].events)
        return group

    def _commit(self, group: Sequence[Append]) -> list[dict[str, Any]]:
        assert self._log is not None
        events = [event for each in group for event in each.events]
        now = datetime.now(UTC)
        erasing = remember_erased(self._folder.erasures, events, now)
        told: dict[int, int | None] = {}
        start = 0
        for each in group:
            told.update((start + place, at) for place, at in each.told.items())
            start += len(each.events)
        began = time.perf_counter()
        with span("append", {"tastegraph.events": len(events)}, [each.cause for each in group if each.cause]):
            positions = self._log.append(events, told=told)
        self._monitor.committed(events, positions, now, time.perf_counter() - began)
        if erasing:
            from graph.people.purge import purge

            purge(self._folder, now)
        answers, start, last = [], 0, None
        for each in group:
            own = positions[start : start + len(each.events)]
            start += len(own)
            last = next((each for each in reversed(own) if each is not None), None)
            duplicates = [place for place, position in enumerate(own) if position is None]
            answers.append({"position": last or self._last()["position"], "duplicates": duplicates})
        return answers

    def _last(self) -> dict[str, Any]:
        assert self._log is not None
        return {"position": self._log.last_position()}

    def _build(self) -> dict[str, Any]:
        """A new snapshot, made by a child process so that appends go on; its id."""
        with self._building, self._store_lock:
            self._projector.stop()  # the build brings the store along itself
            command = [sys.executable, "-m", "api.writing.building", str(self._folder.path)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
            if not self._leaving:
                self._projector.start(self._lock)
        if done.returncode:
            return {"error": "snapshot_error", "detail": done.stderr.strip()[-500:] or "the build was ended"}
        return {"snapshot": done.stdout.strip()}

    async def _watch_snapshots(self) -> None:
        """Build a snapshot when events that it lacks are too many or too old."""
        given = self._settings.events
        while given.rebuild_events or given.rebuild_minutes:
            await asyncio.sleep(LOOK_EVERY_S)
            if not self._building.locked() and await asyncio.to_thread(is_due, self._folder, given):
                built = await asyncio.to_thread(self._build)
                log.info("new snapshot: %s", built.get("snapshot", built.get("detail")))
                if "error" in built:
                    await asyncio.sleep(60)

    async def _watch_projector(self) -> None:
        """Start the projector again where it was ended."""
        while True:
            await asyncio.sleep(PROJECTOR_EVERY_S)
            await asyncio.to_thread(self._restart_projector)

    def _restart_projector(self) -> None:
        if self._projector.has_ended and self._store_lock.acquire(blocking=False):
            try:
                if self._projector.has_ended and not self._leaving:
                    log.warning("the projector ended and is started again")
                    self._projector.start(self._lock)
            finally:
                self._store_lock.release()

    async def _trim(self) -> None:
        """Let go of what is kept for so many days only, now and then."""
        days = self._settings.events.keep_days
        while days:
            try:
                async with self._turn:
                    await asyncio.get_running_loop().run_in_executor(self._thread, self._trimmed, days)
            except TastegraphError as error:
                log.warning("old events stay: %s", error)
            await asyncio.sleep(TRIM_EVERY_S)

    def _trimmed(self, days: int) -> None:
        assert self._log is not None
        trim_old(self._folder, self._log, datetime.now(UTC), days)


def main(settings: Settings, folder: DataFolder) -> None:
    """Own a folder and write to it until SIGTERM, SIGINT, or the end of the process that started this one.

    Raises:
        StoreLocked: another process owns the folder.
    """
    asyncio.run(_until_told(Writer(folder, settings)))


async def _until_told(writer: Writer) -> None:
    loop = asyncio.get_running_loop()
    serving = loop.create_task(writer.serve())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, serving.cancel)
    parent = os.getppid()

    async def leave_with_parent() -> None:
        while os.getppid() == parent:
            await asyncio.sleep(0.5)
        serving.cancel()

    watching = loop.create_task(leave_with_parent())
    with suppress(asyncio.CancelledError):
        await serving
    watching.cancel()


if __name__ == "__main__":
    from api.folders import open_folder
    from api.monitoring.tracing import start_tracing

    found = Settings.read(data=Path(sys.argv[1]))
    dictConfig(log_config(found.serve.log_format, found.serve.log_level))
    start_tracing(found.trace, "writer")
    main(found, open_folder(found))
