"""Handing over to the process that owns the data folder; without one, being it for a moment."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from api.steps import build_current
from graph.errors import StorageFull, StoreBusy, StoreUnavailable, TastegraphError
from graph.folder import DataFolder
from graph.frames import ask, packed, receive
from graph.log.told import NOTHING_TOLD, Told
from graph.people.erasures import remember_erased
from graph.spans import here

NOBODY_LISTENS = (FileNotFoundError, ConnectionRefusedError)
WAIT_S = 5.0
"""Longest wait for a folder that somebody owns who does not listen, such as a load."""

Events = Sequence[Mapping[str, Any]]
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of events; by now they are durable.

    Attributes:
        position: of the log, at or behind all of them.
        duplicates: places of those that were known already.
    """

    position: str
    duplicates: frozenset[int]

    @classmethod
    def of(cls, answer: Answer) -> Receipt:
        """As the writer answers."""
        return cls(answer["position"], frozenset(answer["duplicates"]))


class Handover:
    """For a serving process: one connection to the writer, over which many requests are under way at a time.

    While nobody owns the folder, as in tests or while a writer starts again, this process does it itself.

    Args:
        folder: whose.
    """

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._connection: _Connection | None = None
        self._connecting: asyncio.Lock | None = None

    async def append(self, events: Events, told: Told = NOTHING_TOLD) -> Receipt:
        """Keep checked events; durable on return.

        Raises:
            StoreBusy: too many wait already, or the writer went before it answered; the same may be sent again.
            StorageFull: no space was left; none is kept.
            StoreLocked: another process owns the folder and takes nothing.
        """
        message = {"do": "append", "events": events, "told": list(told.items()), "cause": here()}
        answer = await self._ask(message)
        if answer is None:
            return await asyncio.to_thread(append_owned, self._folder, events, told)
        return Receipt.of(answer)

    async def monitor(self, minutes: int) -> dict[str, Any] | None:
        """``report`` and ``counts`` of `api.monitoring.monitor.Monitor`; None where nobody serves the folder."""
        return await self._ask({"do": "monitor", "minutes": minutes})

    async def close(self) -> None:
        """Close the connection, if there is one; the next request opens another."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _ask(self, message: dict[str, Any]) -> Answer | None:
        """The writer's answer; None where there is no writer."""
        try:
            connection = await self._connected()
        except NOBODY_LISTENS:
            return None
        try:
            answer = await connection.ask(message)
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            raise StoreBusy(str(self._folder.path), "its writer went before it answered") from error
        return checked(answer, self._folder)

    async def _connected(self) -> _Connection:
        if self._connecting is None:
            self._connecting = asyncio.Lock()
        async with self._connecting:
            if self._connection is None or self._connection.is_lost:
                streams = await asyncio.open_unix_connection(str(self._folder.writer_socket))
                self._connection = _Connection(*streams)
            return self._connection


class _Connection:
    """Numbers messages and gives each answer to who waits for it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self.is_lost = False
        self._task = asyncio.create_task(self._read())

    async def ask(self, message: dict[str, Any]) -> Answer:
        number = next(self._numbers)
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        try:
            self._writer.write(packed({"n": number, **message}))
            await self._writer.drain()
            return await waiting
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        self._task.cancel()
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _read(self) -> None:
        try:
            while True:
                answer = await receive(self._reader)
                waiting = self._waiting.get(answer["n"])
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.is_lost = True
            self._writer.close()
            for each in self._waiting.values():
                if not each.done():
                    each.set_exception(ConnectionResetError("the writer is gone"))


def checked(answer: Answer, folder: DataFolder) -> Answer:
    """The answer, unless it tells of an error.

    Raises:
        TastegraphError: which one.
    """
    code = answer.get("error")
    if code is None:
        return answer
    raise _error(code, answer["detail"], folder)


def _error(code: str, detail: str, folder: DataFolder) -> TastegraphError:
    if code == StorageFull.code:
        return StorageFull(str(folder.path))
    if code == "busy":
        return StoreBusy(str(folder.path), detail)
    return StoreUnavailable(str(folder.path), detail)


def append_now(folder: DataFolder, events: Events, told: Told = NOTHING_TOLD) -> Receipt:
    """As `Handover.append`, for a command."""
    message = {"do": "append", "events": events, "told": list(told.items())}
    try:
        return Receipt.of(checked(ask(str(folder.writer_socket), message), folder))
    except NOBODY_LISTENS:
        return append_owned(folder, events, told)


def append_owned(folder: DataFolder, events: Events, told: Told = NOTHING_TOLD) -> Receipt:
    """Own the folder and append."""
    with folder.owned(wait_s=WAIT_S), closing(folder.open_log()) as log:
        remember_erased(folder.erasures, events, datetime.now(UTC))
        positions = log.append(events, told=told)
        last = next((each for each in reversed(positions) if each is not None), None) or log.last_position()
    assert last is not None
    return Receipt(last, frozenset(place for place, position in enumerate(positions) if position is None))


def build_now(folder: DataFolder, progress: Any) -> str:
    """Build a snapshot, or let the writer do it; its id."""
    with suppress(*NOBODY_LISTENS):
        return str(checked(ask(str(folder.writer_socket), {"do": "build"}), folder)["snapshot"])
    return build_current(folder, progress).id
