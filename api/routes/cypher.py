"""Questions in Cypher: the named ones, and one's own."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Response
from starlette.concurrency import run_in_threadpool

from api.access.guard import guarded
from api.asking import described, named
from api.queries_page import public_queries
from api.schemas import examples
from api.schemas.cypher import Asked, Catalogue, Own, Plan, Query, Rows
from api.schemas.problem import problems
from api.wiring import Service

JSON = "application/json"
Name = Annotated[str, Path(description="Name of a query of the catalogue.", max_length=100)]


def router(service: Service) -> APIRouter:
    """The routes that ask the Neo4j server; none of them holds up a recommendation."""
    routes = APIRouter(prefix="/v1", tags=["cypher"], route_class=guarded("analyst"))
    catalogue = orjson.dumps({"queries": [described(each) for each in public_queries()]})

    one = described(named("social_proof"))

    @routes.get(
        "/queries",
        response_model=Catalogue,
        responses=examples.example({"queries": [one]}),
        summary="All named queries",
    )
    async def queries() -> Response:
        return Response(catalogue, media_type=JSON)

    @routes.get(
        "/queries/{name}",
        response_model=Query,
        responses=examples.example(one) | problems(404),
        summary="One named query",
    )
    async def query(name: Name) -> Response:
        return _json(described(named(name)))

    @routes.post(
        "/queries/{name}",
        response_model=Rows | Plan,
        responses=examples.example(examples.ROWS) | problems(404, 409, 422, 503),
        summary="Ask a named query",
    )
    async def ask(name: Name, asked: Asked) -> Response:
        if asked.plan:
            return _json({"plan": await run_in_threadpool(service.asker.plan, name, asked.parameters)})
        answer = await run_in_threadpool(
            service.asker.ask_named, name, asked.parameters, limit=asked.limit, offset=asked.offset
        )
        return _json(answer)

    @routes.post(
        "/cypher",
        response_model=Rows,
        responses=examples.example(examples.ROWS) | problems(409, 422, 503),
        summary="Ask in Cypher of one's own",
        description="One reading query. What writes, reads files or the network, or has no bound is refused with its "
        "position: `cypher_refused`.",
    )
    async def own(asked: Own) -> Response:
        answer = await run_in_threadpool(
            service.asker.ask, asked.query, asked.parameters, limit=asked.limit, drawing=asked.graph
        )
        return _json(answer)

    return routes


def _json(answer: dict[str, Any]) -> Response:
    return Response(orjson.dumps(answer), media_type=JSON)
