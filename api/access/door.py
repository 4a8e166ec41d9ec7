"""Finds out who asks, and how often they may."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.guard import CALLER
from api.access.keys import ApiKeys
from api.errors import TooManyRequests
from api.problems import problem

MOST_KEYS = 10_000
"""Keys whose requests are counted at the same time."""


@dataclass(slots=True)
class Bucket:
    """What one key has left: it fills with time and empties with requests."""

    left: float
    at: float


class Door:
    """Puts into a request's scope who asks; limits how often.

    Args:
        app: what answers.
        keys: of the data folder.
        rate: requests a second that one key may send to this process; 0 for any number.
        burst: requests that it may send at once.
    """

    def __init__(
        self,
        app: ASGIApp,
        keys: ApiKeys,
        rate: float = 0.0,
        burst: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self.keys = keys
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with who asks."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = key_given(scope)
        caller = None if given is None else self.keys.caller(given)
        scope[CALLER] = caller
        if caller is None or not self._rate:
            await self.app(scope, receive, send)
            return
        left = self._take(caller.key_id)
        headers = self._headers(left)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *headers]}
            await send(message)

        if left < 0:
            wait = math.ceil(-left / self._rate)
            answer = problem(TooManyRequests(wait), scope["path"], {"Retry-After": str(wait)})
            await answer(scope, receive, told)
            return
        await self.app(scope, receive, told)

    def _take(self, key_id: str) -> float:
        """What the key has left after one request; below 0, and unchanged, where that was too much."""
        now = self._clock()
        bucket = self._buckets.get(key_id)
        if bucket is None:
            while len(self._buckets) >= MOST_KEYS:
                self._buckets.pop(next(iter(self._buckets)))
            bucket = self._buckets[key_id] = Bucket(float(self._burst), now)
        bucket.left = min(bucket.left + (now - bucket.at) * self._rate, float(self._burst))
        bucket.at = now
        left = bucket.left - 1
        if left >= 0:
            bucket.left = left
        return left

    def _headers(self, left: float) -> list[tuple[bytes, bytes]]:
        window = max(math.ceil(self._burst / self._rate), 1)
        policy = f'"key";q={self._burst};w={window}'
        filled = math.ceil((self._burst - max(left, 0)) / self._rate)
        return [
            (b"ratelimit-policy", policy.encode()),
            (b"ratelimit", f'"key";r={max(int(left), 0)};t={filled}'.encode()),
        ]


def key_given(scope: Scope) -> str | None:
    """The key of a request: ``Authorization: Bearer KEY`` or ``X-API-Key: KEY``."""
    for name, value in scope["headers"]:
        if name == b"x-api-key":
            return str(value.decode("latin-1")).strip()
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return str(value[7:].decode("latin-1")).strip()
    return None
