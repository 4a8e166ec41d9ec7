"""Placements: questions to any of them, and what they are."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Header, Query, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from api.access.guard import about, guarded
from api.errors import InvalidRequest
from api.paths import NodeId
from api.routes.recommendations import Wanted, answered
from api.schemas import examples
from api.schemas.placements import Back, InForce, Question, Versions
from api.schemas.problem import problems
from api.schemas.recommendations import Slate
from api.schemas.search import Hits
from api.wiring import Service
from recommend.asked import Asked
from recommend.errors import InvalidQuestion
from recommend.placements import Placement, Placements, read_placements
from recommend.search import SearchQuestion

NOT_FOR_WORDS = ("items", "users", "vector", "positive", "negative", "promotions", "num_results")
Name = Annotated[str, Field(max_length=64)]


def router(service: Service) -> APIRouter:
    """The routes of placements."""
    routes = APIRouter(prefix="/v1", tags=["recommendations"], route_class=guarded("read", "path"))
    of_all = APIRouter(route_class=guarded("read", "always"))
    looked_at = APIRouter(route_class=guarded("analyst"))
    changed = APIRouter(route_class=guarded("admin"))

    @of_all.post(
        "/recommendations",
        response_model=Slate | Hits,
        responses=examples.example(examples.FEED) | problems(404, 422),
        summary="Ask any placement",
        description="The one form of a question: what it must name follows from what the placement asks "
        "(`GET /v1/placements`). `next_page` carries the rest of the ranked slate, so pages neither repeat nor miss "
        "anything while events come in; send it as `page_token` with the same question.",
    )
    async def recommendations(request: Request, asked: Question) -> Response:
        about(request, [asked.user_id, *(() if asked.user_id else asked.users)])
        placement = service.placements.now().of(asked.placement)
        if placement.asks == "words":
            return answered(await run_in_threadpool(_searched, service, placement, asked))
        return answered(service.recommender.recommend(asked.asked()))

    @routes.get(
        "/users/{user_id}/recommendations/{placement}",
        response_model=Slate,
        responses=examples.example(examples.FEED) | problems(404, 422),
        summary="A placement for a person",
    )
    async def for_person(user_id: NodeId, placement: Name, asked: Annotated[Wanted, Query()]) -> Response:
        return answered(service.recommender.recommend(_short(asked, placement, user_id=user_id)))

    @of_all.get(
        "/products/{product_id}/recommendations/{placement}",
        response_model=Slate,
        responses=examples.example(examples.LIKE_THIS) | problems(404, 422),
        summary="A placement beside a product",
    )
    async def beside(product_id: NodeId, placement: Name, asked: Annotated[Wanted, Query()]) -> Response:
        return answered(service.recommender.recommend(_short(asked, placement, items=(product_id,))))

    @looked_at.get(
        "/placements",
        response_model=InForce,
        responses=examples.example(examples.PLACEMENTS),
        summary="The placements that answer now",
        description="`own` is what `PUT` takes; the `ETag` is the version.",
    )
    async def placements() -> Response:
        return _shown(service.placements.now())

    @changed.put(
        "/placements",
        response_model=InForce,
        responses=examples.example(examples.PLACEMENTS) | problems(409, 412, 422),
        summary="Say what the placements are",
        description="All that is to hold beyond what comes with the program: a table by name, which changes a shipped "
        "placement field by field or adds one. It is checked as a whole, becomes a new version, and answers from the "
        "next request on, on every process. `validate_only=true` only checks. With `If-Match` it is refused when "
        "another version is in force than the one that it was made from.",
    )
    async def put(
        told: Annotated[
            dict[Name, Any], Body(max_length=1000, openapi_examples={"home": {"value": examples.OWN_PLACEMENTS}})
        ],
        validate_only: bool = False,
        if_match: Annotated[str | None, Header(description="The version that it was made from.")] = None,
    ) -> Response:
        expected = _version(if_match)
        if validate_only:
            return _shown(read_placements(told, service.placements.now().version))
        return _shown(await run_in_threadpool(service.placements.publish, told, expected))

    @looked_at.get(
        "/placements/versions",
        response_model=Versions,
        responses=examples.example(examples.PLACEMENT_VERSIONS),
        summary="Which versions of the placements are kept",
    )
    async def versions() -> Response:
        return answered({"versions": await run_in_threadpool(service.placements.versions)})

    @changed.post(
        "/placements/rollback",
        response_model=InForce,
        responses=examples.example(examples.PLACEMENTS) | problems(404, 409, 422),
        summary="Let an older version of the placements answer again",
        description="What it says becomes a new version; 0 is what comes with the program.",
    )
    async def rollback(back: Back) -> Response:
        return _shown(await run_in_threadpool(service.placements.roll_back, back.version))

    for each in (of_all, looked_at, changed):
        routes.include_router(each)
    return routes


def _short(asked: Wanted, placement: str, **whom: Any) -> Asked:
    return Asked(placement=placement, page_size=asked.limit, explain=asked.explain, page_token=asked.page_token, **whom)


def _version(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    try:
        return int(if_match.strip().removeprefix("W/").strip('"'))
    except ValueError as error:
        raise InvalidRequest([("header.if-match", f'{if_match!r} is no version, such as "3"')]) from error


def _shown(placements: Placements) -> Response:
    told = {
        "version": placements.version,
        "placements": {name: each.model_dump(mode="json") for name, each in placements.by_name.items()},
        "own": dict(placements.own),
    }
    return Response(orjson.dumps(told), media_type="application/json", headers={"ETag": f'"{placements.version}"'})


def _searched(service: Service, placement: Placement, asked: Question) -> dict[str, Any]:
    given = [name for name in NOT_FOR_WORDS if getattr(asked, name)]
    if given:
        raise InvalidQuestion(f"{given[0]}: a placement that asks for words takes text, filter, fields and pages")
    both = [f"({each})" for each in (placement.filter, asked.filter) if each]
    question = SearchQuestion(
        text=asked.text, filter=" and ".join(both) or None, filter_values=asked.filter_values, user_id=asked.user_id
    )
    explain = asked.explain and placement.explain != "none"
    size = placement.page_size if asked.page_size is None else asked.page_size
    found = service.searcher.search(
        question, size, explain=explain, page_token=asked.page_token, fields=tuple(asked.fields)
    )
    return found | {"placement": asked.placement}
