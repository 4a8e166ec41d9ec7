"""A limit on the bytes and the time of an answer, kept where the bytes come in, as one record may be all of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import neo4j


class Meter:
    """What may still come in; see `metered`."""

    def __init__(self, max_bytes: int, until: float) -> None:
        self._left = max_bytes
        self._until = until

    @property
    def bytes_passed(self) -> bool:
        """More bytes came in than are admitted."""
        return self._left < 0

    @property
    def time_passed(self) -> bool:
        """The time is over."""
        return time.monotonic() > self._until

    def took(self, count: int) -> None:
        """Count what came in.

        Raises:
            OSError: a limit was passed; to the driver the connection is broken, and it gives it up.
        """
        self._left -= count
        if self.bytes_passed or self.time_passed:
            raise OSError("a limit of the answer was passed")


@contextmanager
def metered(transaction: neo4j.Transaction, meter: Meter) -> Iterator[None]:
    """Let the meter see all that comes in for a transaction, and cut the connection when it says so.

    The driver has no such setting: it takes a whole record, however large, before it hands it out.
    """
    socket: Any = transaction._connection.socket
    plain = socket.recv_into

    def recv_into(buffer: Any, count: int) -> int:
        came: int = plain(buffer, count)
        meter.took(came)
        return came

    socket.recv_into = recv_into
    try:
        yield
    finally:
        del socket.recv_into
