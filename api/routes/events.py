"""Events: coming in, and read back."""

from __future__ import annotations

from contextlib import closing
from itertools import islice
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.access.guard import about, caller_of, guarded
from api.errors import InvalidRequest, TooLarge, UnknownEvent
from api.events import check_all, read_body
from api.known import only_known
from api.paths import NodeId
from api.schemas import examples
from api.schemas.events import Event, History, Kept, Taken
from api.schemas.problem import problems
from api.wiring import Service
from graph.log.events import format_time

JSON = "application/json"
EVENT = Event.model_json_schema()
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"anyOf": [EVENT, {"type": "array", "items": EVENT}]},
                "example": examples.EVENT,
            },
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    }
}


class Part(BaseModel, extra="forbid"):
    """Which of a person's events are wanted."""

    limit: Annotated[int, Field(ge=1, le=1000, description="How many at most.")] = 100
    page_token: Annotated[str | None, Field(description="`next_page` of the answer before.", pattern="^[0-9]+$")] = None


def router(service: Service) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/v1", tags=["events"], route_class=guarded("write", "always"))
    kept = APIRouter(route_class=guarded("analyst", "path", "read"))

    @routes.post(
        "/events",
        status_code=202,
        response_model=Taken,
        responses=examples.example(examples.TAKEN, 202) | problems(413, 422, 503, 507),
        openapi_extra=BODY,
        summary="Tell what happened",
        description="One event, a list, or JSON Lines (`application/x-ndjson`). 202 comes when what was accepted is "
        "durable. An `event_id` makes a retry harmless; without one a retry is a new event. A list may be rejected in "
        "part, each with its reason; a single event that is rejected is a 422.",
    )
    async def take(request: Request) -> Response:
        limits = service.event_settings
        if int(request.headers.get("content-length") or 0) > limits.bytes:
            raise TooLarge(f"the body has more than {limits.bytes:,} bytes")
        bodies, single = await read_body(request.stream(), request.headers.get("content-type", ""), limits)
        view = service.view
        refuse = only_known(limits.known_only, lambda label, node_id: view.row_of(label, node_id) >= 0)
        checked = await check_all(bodies, refuse)
        if caller_of(request).user_id is not None:
            about(request, [each.get("user_id") or "" for each in checked.events])
        if single and checked.rejected:
            raise InvalidRequest([("event", checked.rejected[0])])
        receipt = await service.handover.append(checked.events, checked.told) if checked.events else None
        return Response(orjson.dumps(checked.answer(receipt, len(bodies))), 202, media_type=JSON)

    @kept.get(
        "/events/{event_id}",
        response_model=Kept,
        responses=examples.example(examples.EVENT) | problems(404, 422, 503),
        summary="An event as it is kept",
    )
    def one(event_id: NodeId) -> Response:
        with closing(service.folder.open_log(read_only=True)) as log:
            found = log.find(event_id)
        if found is None:
            raise UnknownEvent(event_id)
        return Response(orjson.dumps(_outward(found)), media_type=JSON)

    @kept.get(
        "/users/{user_id}/events",
        response_model=History,
        responses=examples.example(examples.HISTORY) | problems(422, 503),
        summary="Events that name a person",
        description="Newest first; from imports too, which takes longer the more they hold.",
    )
    def history(user_id: NodeId, part: Annotated[Part, Query()]) -> Response:
        with closing(service.folder.open_log(read_only=True)) as log:
            found = list(log.about(user_id))
        start = int(part.page_token or 0)
        shown = list(islice(reversed(found), start, start + part.limit))
        end = start + len(shown)
        told = {
            "user_id": user_id,
            "events": [_outward(each) for each in shown],
            "next_page": str(end) if end < len(found) else None,
        }
        return Response(orjson.dumps(told), media_type=JSON)

    routes.include_router(kept)
    return routes


def _outward(event: Any) -> dict[str, Any]:
    at = event.get("at")
    return {**event, "at": None if at is None else format_time(at)}
