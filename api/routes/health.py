"""Whether the service runs, and what it answers from."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Response

from api.schemas import examples
from api.schemas.health import Live, Ready
from api.wiring import Service

JSON = "application/json"


def router(service: Service) -> APIRouter:
    """The routes for those who watch over the service."""
    routes = APIRouter(tags=["health"])

    @routes.get("/livez", response_model=Live, responses=examples.example(examples.LIVE), summary="The process runs")
    async def livez() -> Response:
        return Response(b'{"status":"ok"}', media_type=JSON)

    @routes.get(
        "/readyz",
        response_model=Ready,
        responses=examples.example(examples.READY),
        summary="The process answers, and from which snapshot and model",
    )
    async def readyz() -> Response:
        view = service.view
        ready = {
            "status": "ok",
            "snapshot": view.snapshot_id,
            "model": service.recommender.model,
            "nodes": {label: view.count(label) for label in ("User", "Product")},
            "stale": service.freshness.state.stale,
            "stale_because": service.freshness.state.reason,
        }
        return Response(orjson.dumps(ready), media_type=JSON)

    return routes
