"""Search: products by words, by meaning, and by what they belong to."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from api.access.guard import about, guarded
from api.schemas import examples
from api.schemas.problem import problems
from api.schemas.search import Hits, Search
from api.wiring import Service
from recommend.search import SearchQuestion


def router(service: Service) -> APIRouter:
    """The route that searches."""
    routes = APIRouter(prefix="/v1", tags=["search"], route_class=guarded("read", "always"))

    @routes.post(
        "/search",
        response_model=Hits,
        responses=examples.example(examples.FOUND) | problems(404, 422),
        summary="Products for words or a concept",
        description="Full text (BM25) and meaning together, over titles, descriptions, attributes, the names of "
        "categories, brands, tags and entities, and reviews; the Chinese and the English of a thing meet. Each item "
        "says in `sources` and `reasons` what found it.",
    )
    async def search(request: Request, asked: Search) -> Response:
        about(request, [asked.user_id])
        question = SearchQuestion(
            text=asked.text,
            concept=None if asked.concept is None else asked.concept.told(),
            filter=asked.filter,
            language=asked.language,
            user_id=asked.user_id,
            product_id=asked.product_id,
        )
        answer = await run_in_threadpool(
            service.searcher.search, question, asked.limit, explain=asked.explain, page_token=asked.page_token
        )
        return Response(orjson.dumps(answer), media_type="application/json")

    return routes
