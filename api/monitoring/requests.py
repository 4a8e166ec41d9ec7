"""Every request: numbered, counted, timed, and told in the log."""

from __future__ import annotations

import re
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from logging import getLogger

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.settings import counts_are_shared
from graph.log.events import new_id

HEADER = b"x-request-id"
GIVEN = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
"""Ids that are taken over from the request; others are made."""
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
ELSEWHERE = "other"
"""As the route of requests that reached none."""

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Of the request that is being answered; see `api.monitoring.logs`."""

log = getLogger(__name__)


class Meter:
    """Counts and times requests; over all workers where several serve together."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "tastegraph_request_seconds",
            "Time from a request to the end of its answer.",
            ("method", "route"),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._answers = Counter(
            "tastegraph_requests", "Answers by status.", ("method", "route", "status"), registry=self._registry
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """One answer."""
        self._seconds.labels(method, route).observe(seconds)
        self._answers.labels(method, route, status).inc()

    def text(self) -> bytes:
        """In Prometheus' text form."""
        if not counts_are_shared():
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)


class Observed:
    """Gives every answer the header ``X-Request-ID``: that of the request, or a new one.

    Args:
        app: what answers.
        meter: counts.
    """

    def __init__(self, app: ASGIApp, meter: Meter) -> None:
        self.app = app
        self.meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and watch the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name = _given(scope) or new_id(datetime.now(UTC))
        began, status = time.perf_counter(), 500
        token = request_id.set(name)

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), (HEADER, name.encode())]}
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - began
            route = route_of(scope)
            self.meter.observe(scope["method"], route, status, seconds)
            told = {"method": scope["method"], "route": route, "status": status, "ms": round(seconds * 1000, 3)}
            log.info("request", extra=told)
            request_id.reset(token)


def _given(scope: Scope) -> str | None:
    found = next((value for name, value in scope["headers"] if name == HEADER), None)
    return found.decode("ascii") if found is not None and GIVEN.fullmatch(found) else None


def route_of(scope: Scope) -> str:
    """The path with its parameters' names, never their values: ids of people are neither told nor counted by."""
    route = scope.get("route")
    return getattr(route, "path", ELSEWHERE)
