"""How processes of one service talk: JSON with its length before it, over a Unix socket that only the user may open."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

import orjson

from graph.errors import StoreBusy

LENGTH = struct.Struct(">I")
LONGEST = 256 << 20
"""Bytes of one message; a request's events are far fewer."""


def packed(message: Any) -> bytes:
    """A message as it is sent."""
    body = orjson.dumps(message)
    return LENGTH.pack(len(body)) + body


async def receive(reader: asyncio.StreamReader) -> Any:
    """The next message.

    Raises:
        asyncio.IncompleteReadError: the other side has closed.
        StoreBusy: what came is no message of ours.
    """
    (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
    return orjson.loads(await reader.readexactly(_checked(length)))


def borrow(path: str, timeout_s: float) -> socket.socket | None:
    """Ask who owns a folder, and listens there, to lend it; the loan ends when the connection is closed.

    Returns:
        The connection; None where nobody listens, or it is lent to another process for longer than ``timeout_s``.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout_s)
    try:
        connection.connect(path)
        connection.sendall(packed({"do": "lend"}))
        lent = connection.recv(LENGTH.size)
    except OSError:
        lent = b""
    if lent:
        return connection
    connection.close()
    return None


def ask(path: str, message: Any, timeout_s: float | None = None) -> Any:
    """Send one message and wait for its answer.

    Raises:
        OSError: nobody listens, or the other side closed without an answer.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_s)
        connection.connect(path)
        connection.sendall(packed(message))
        with connection.makefile("rb") as stream:
            head = stream.read(LENGTH.size)
            if len(head) < LENGTH.size:
                raise ConnectionResetError(f"{path} closed without an answer")
            (length,) = LENGTH.unpack(head)
            body = stream.read(_checked(length))
    if len(body) < length:
        raise ConnectionResetError(f"{path} closed within its answer")
    return orjson.loads(body)


def _checked(length: int) -> int:
    if length > LONGEST:
        raise StoreBusy("the writer's socket", f"a message of {length:,} bytes came, which is none of ours")
    return length
