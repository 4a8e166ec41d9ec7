"""What people do at the moment, and how the service does."""

from __future__ import annotations

import asyncio
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response

from api.access.guard import guarded
from api.consuming.letters import DeadLetters
from api.monitoring.behaviour import LONGEST
from api.monitoring.exposition import KIND, of_service, of_writer, text_of
from api.monitoring.monitor import Monitor
from api.monitoring.requests import Meter
from api.schemas import examples
from api.schemas.monitoring import Monitoring
from api.schemas.problem import problems
from api.wiring import Service
from graph.errors import StoreError, TastegraphError
from graph.folder import DataFolder

JSON = "application/json"
Minutes = Annotated[int, Query(ge=1, le=LONGEST, description="Minutes of the window.")]


def router(service: Service, meter: Meter) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["monitoring"], route_class=guarded("analyst"))

    @routes.get(
        "/v1/monitoring",
        response_model=Monitoring,
        responses=examples.example(examples.MONITORING) | problems(422, 503),
        summary="What people do at the moment",
        description="Events by type, the way from seeing to buying, active people, rising products and alerts, over "
        "a window that slides by the minute. An event counts in the minute of its own time; loads are left out.",
    )
    async def monitoring(minutes: Minutes = LONGEST) -> Response:
        told = await service.handover.monitor(minutes)
        report = await asyncio.to_thread(_read, service.folder, minutes) if told is None else told["report"]
        return Response(orjson.dumps(report), media_type=JSON)

    @routes.get("/metrics", include_in_schema=False)  # no JSON: docs/guides/monitoring.md describes it
    async def metrics() -> Response:
        """Requests of all workers, events and commits of the log, dead letters, staleness."""
        try:
            writer = await service.handover.monitor(1)
        except TastegraphError:  # metrics have to say so, not to fail
            writer = None
        letters = await asyncio.to_thread(_letters, service.folder)
        stale = service.freshness.state.stale
        told = of_service(writer=writer is not None, stale=stale, dead_letters=letters)
        if writer is not None:
            told += of_writer(writer["counts"])
        return Response(meter.text() + text_of(told), headers={"content-type": KIND})

    return routes


def _read(folder: DataFolder, minutes: int) -> dict[str, Any]:
    """From the log itself, where no process serves its folder."""
    now = datetime.now(UTC)
    monitor = Monitor(now)
    with closing(folder.open_log(read_only=True)) as log:
        monitor.recall(log, now)
    return monitor.report(minutes)


def _letters(folder: DataFolder) -> int:
    if not folder.dead_letters.exists():
        return 0
    try:
        with closing(DeadLetters(folder.dead_letters)) as letters:
            return len(letters)
    except StoreError:
        return 0
