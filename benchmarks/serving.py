"""A running service, asked over HTTP by an open-loop generator that counts from the moment a request was due."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import orjson


class Connection:
    """One kept-alive connection; one request at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Status and body of the answer."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        if body is None:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: b\r\n{more}\r\n".encode())
        else:
            head = f"POST {path} HTTP/1.1\r\nHost: b\r\nContent-Type: application/json\r\n{more}"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        found = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        lengths = [line.split(b":")[1] for line in found if line.lower().startswith(b"content-length")]
        return int(found[0].split()[1]), await reader.readexactly(int(lengths[0]))

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


class Pool:
    """Connections that requests take and give back; as many as are under way at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[Connection] = []

    async def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        while self._free:  # the service closes those that were idle for five seconds
            connection = self._free.pop()
            try:
                answer = await connection.ask(path, body, **headers)
            except (ConnectionError, asyncio.IncompleteReadError):
                connection.close()
                continue
            self._free.append(connection)
            return answer
        connection = Connection(self._port)
        answer = await connection.ask(path, body, **headers)
        self._free.append(connection)
        return answer

    def close(self) -> None:
        for each in self._free:
            each.close()


async def open_loop(rate: float, seconds: float, send: Any) -> list[float]:
    """Send at a fixed rate whatever comes back; seconds from the moment each was due to its answer."""
    start = time.perf_counter()
    found: list[float] = []

    async def one(due: float, number: int) -> None:
        await send(number)
        found.append(time.perf_counter() - due)

    tasks = []
    for number in range(int(rate * seconds)):
        due = start + number / rate
        pause = due - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        tasks.append(asyncio.create_task(one(due, number)))
    await asyncio.gather(*tasks)
    return found


async def closed_loop(clients: int, seconds: float, send: Any) -> float:
    """As many requests a second as so many clients get answered that send one after the other."""
    deadline = time.perf_counter() + seconds
    done = 0

    async def client(number: int) -> None:
        nonlocal done
        while time.perf_counter() < deadline:
            await send(done * clients + number)
            done += 1

    start = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(clients)))
    return done / (time.perf_counter() - start)


async def feed_rates(port: int, person: Callable[[], str]) -> tuple[float, list[float]]:
    """Feeds a second that 16 clients get one after the other; then, at half that rate, seconds from when each was due.

    Args:
        port: of the service.
        person: gives who asks next.
    """
    pool = Pool(port)

    async def feed(_: int) -> None:
        status, _body = await pool.ask(f"/v1/users/{person()}/feed")
        assert status == 200

    await closed_loop(16, 5.0, feed)
    rate = await closed_loop(16, 15.0, feed)
    half = await open_loop(rate / 2, 20.0, feed)
    pool.close()
    return rate, half


@contextmanager
def served(data: Path, port: int, workers: int, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """`tastegraph serve` over a data folder, ready to answer."""
    environment = {**os.environ, **{f"TASTEGRAPH_{name.upper()}": value for name, value in settings.items()}}
    command = [sys.executable, "-m", "api.cli", "serve", "--data", str(data), "--port", str(port), "--no-auth"]
    process = subprocess.Popen([*command, "--workers", str(workers)], env=environment, stdout=subprocess.DEVNULL)
    try:
        asyncio.run(_ready(port, workers))
        yield process
    finally:
        process.terminate()
        process.wait()


async def _ready(port: int, workers: int) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        try:
            statuses = [await _alone(port) for _ in range(8 * workers)]
        except (OSError, asyncio.IncompleteReadError):
            statuses = [0]
        if set(statuses) == {200}:
            return
        await asyncio.sleep(0.2)
    raise RuntimeError("the service did not get ready")


async def _alone(port: int) -> int:
    connection = Connection(port)
    status, _ = await asyncio.wait_for(connection.ask("/readyz"), 10)
    connection.close()
    return status


def percentile_ms(seconds: list[float], part: float) -> float:
    """In milliseconds."""
    return 1000 * float(np.percentile(seconds, part))


def packed(events: list[dict[str, Any]]) -> bytes:
    """The body of ``POST /v1/events``."""
    return orjson.dumps(events)
