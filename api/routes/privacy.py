"""A person's rights: to have everything given out, and to have it erased."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
from fastapi import APIRouter, Response

from api import privacy
from api.access.guard import guarded
from api.paths import NodeId
from api.schemas import examples
from api.schemas.privacy import Erasure, Export
from api.schemas.problem import problems
from api.wiring import Service

JSON = "application/json"


def router(service: Service) -> APIRouter:
    """The routes; they run beside the others, since they read and write files."""
    routes = APIRouter(prefix="/v1", tags=["privacy"], route_class=guarded("admin", "path", "write"))
    looked_at = APIRouter(route_class=guarded("admin", "path", "read"))

    @routes.delete(
        "/users/{user_id}",
        response_model=Erasure,
        responses=examples.example(examples.ERASURE) | problems(404, 422, 503),
        summary="Erase a person",
        description="From the next request on nothing shows them. 202 instead of 200 when the graph store is out of "
        "reach: it follows at the next projection. Doing it again is harmless.",
    )
    def erase(user_id: NodeId) -> Response:
        told, followed = privacy.erase(service.folder, user_id, datetime.now(UTC))
        return Response(orjson.dumps(told), 200 if followed else 202, media_type=JSON)

    @looked_at.get(
        "/users/{user_id}/export",
        response_model=Export,
        responses=examples.example(examples.EXPORT) | problems(404, 422, 503),
        summary="All that is held of a person",
        description="From the log, the graph store, snapshots, models and reports of loads.",
    )
    def export(user_id: NodeId) -> Response:
        return Response(orjson.dumps(privacy.export(service.folder, user_id, datetime.now(UTC))), media_type=JSON)

    routes.include_router(looked_at)
    return routes
