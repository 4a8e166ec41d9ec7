"""Questions in SPARQL, by the SPARQL 1.1 protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.access.guard import guarded
from api.errors import InvalidRequest
from api.schemas.problem import problems
from api.schemas.sparql import SparqlRows
from api.wiring import Service
from graph.rdf.results import ROWS_AS, STATEMENTS_AS

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
MOST_BYTES = 1 << 20

Text = Annotated[str, Query(description="One query of SPARQL 1.1.", max_length=100_000)]
Graphs = Annotated[list[str] | None, Query(max_length=100)]
Accept = Annotated[str, Header(description="The forms that are wanted.")]

EXAMPLE = {
    "head": {"vars": ["brand"]},
    "results": {"bindings": [{"brand": {"type": "uri", "value": "urn:tastegraph:brand:acme"}}]},
}
OTHERS = sorted({*ROWS_AS, *STATEMENTS_AS} - {"application/json", "application/sparql-results+json"})
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Rows, a truth, or statements, in the form that was asked for. `X-Truncated` says `rows` or "
        "`bytes` where a limit cut the answer off.",
        "model": SparqlRows,
        "content": {
            "application/json": {"example": EXAMPLE},
            "application/sparql-results+json": {"example": EXAMPLE},
            **{each: {"schema": {"type": "string"}} for each in OTHERS},
        },
    }
}
BODIES = {
    "requestBody": {
        "required": True,
        "content": {
            DIRECT: {"schema": {"type": "string"}, "example": "SELECT ?p { ?p a schema:Product } LIMIT 3"},
            FORM: {"schema": {"type": "object", "required": ["query"], "properties": {"query": {"type": "string"}}}},
        },
    }
}


def router(service: Service) -> APIRouter:
    """The two routes of the protocol's query operation; they never change anything."""
    routes = APIRouter(prefix="/v1", tags=["sparql"], route_class=guarded("analyst"))

    async def answered(query: str, accept: str, default: Sequence[str], named: Sequence[str]) -> Response:
        answer = await run_in_threadpool(
            service.sparql.ask, query, accept=accept, default_graphs=tuple(default), named_graphs=tuple(named)
        )
        headers = {"X-Truncated": answer.truncated} if answer.truncated else None
        return Response(answer.content, media_type=answer.media_type, headers=headers)

    @routes.get(
        "/sparql",
        response_class=Response,
        responses=ANSWERS | problems(400, 409, 422, 503),
        summary="Ask in SPARQL",
        description="Reads only; asks no other server. By default all graphs are asked together: what is stated, and "
        "what each origin knows or each rule inferred, in a graph of its own.",
    )
    async def get(
        query: Text,
        accept: Accept = "",
        default_graph: Annotated[list[str] | None, Query(alias="default-graph-uri", max_length=100)] = None,
        named_graph: Annotated[list[str] | None, Query(alias="named-graph-uri", max_length=100)] = None,
    ) -> Response:
        return await answered(query, accept, default_graph or (), named_graph or ())

    @routes.post(
        "/sparql",
        response_class=Response,
        responses=ANSWERS | problems(400, 409, 422, 503),
        openapi_extra=BODIES,
        summary="Ask in SPARQL, with the query in the body",
        description="As the form field `query`, or as the body itself.",
    )
    async def post(
        request: Request,
        accept: Accept = "",
        default_graph: Annotated[list[str] | None, Query(alias="default-graph-uri", max_length=100)] = None,
        named_graph: Annotated[list[str] | None, Query(alias="named-graph-uri", max_length=100)] = None,
    ) -> Response:
        query, default, named = await _body(request)
        return await answered(query, accept, [*default, *(default_graph or ())], [*named, *(named_graph or ())])

    return routes


async def _body(request: Request) -> tuple[str, list[str], list[str]]:
    """The query of a request, and the graphs that a form names."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > MOST_BYTES:
            raise InvalidRequest([("body", f"has more than {MOST_BYTES:,} bytes")])
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise InvalidRequest([("body", "is no UTF-8")]) from error
    if kind == DIRECT:
        return text, [], []
    if kind == FORM:
        fields = parse_qs(text)
        queries = fields.get("query", [])
        if len(queries) == 1:
            return queries[0], fields.get("default-graph-uri", []), fields.get("named-graph-uri", [])
        raise InvalidRequest([("body.query", "must be there once")])
    raise InvalidRequest([("content-type", f"must be {DIRECT} or {FORM}")])
