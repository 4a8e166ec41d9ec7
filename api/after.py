"""Reading one's own writes: a request that names a log position is answered from a state that has it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import problem
from graph.errors import TastegraphError

HEADER = b"x-after-position"
WAIT_S = 0.5
"""Longest wait for a position; the answer is marked stale where it is not reached by then."""
LOOK_EVERY_S = 0.005

missed: ContextVar[bool] = ContextVar("missed", default=False)
"""Whether this request named a position that its answer may lack."""


class Reached(Protocol):
    """What knows where this process stands in the log."""

    def has_reached(self, position: str) -> bool:
        """Whether everything up to a position is taken in."""


class AfterPosition:
    """Waits until this process has taken in what the header ``X-After-Position`` names.

    Args:
        app: what answers.
        tail: gives what knows where this process stands.
    """

    def __init__(self, app: ASGIApp, tail: Callable[[], Reached]) -> None:
        self.app = app
        self.tail = tail

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, perhaps a moment later."""
        position = _position(scope) if scope["type"] == "http" else None
        if position is None:
            await self.app(scope, receive, send)
            return
        try:
            reached = await self._wait_for(position)
        except TastegraphError as error:
            await problem(error, scope["path"])(scope, receive, send)
            return
        token = missed.set(not reached)
        try:
            await self.app(scope, receive, send)
        finally:
            missed.reset(token)

    async def _wait_for(self, position: str) -> bool:
        deadline = time.monotonic() + WAIT_S
        while not self.tail().has_reached(position):
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(LOOK_EVERY_S)
        return True


def _position(scope: Scope) -> str | None:
    found = next((value for name, value in scope["headers"] if name == HEADER), None)
    return None if found is None else found.decode("latin-1")
