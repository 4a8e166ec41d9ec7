"""The slates: feed, similar products, people to follow, trending."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.access.guard import about, guarded
from api.paths import NodeId
from api.schemas import examples
from api.schemas.problem import problems
from api.schemas.recommendations import Explanation, Slate
from api.wiring import Service


class Wanted(BaseModel, extra="forbid"):
    """What every slate may be asked for."""

    limit: Annotated[int, Field(ge=1, le=100, description="How many items at most.")] = 20
    explain: Annotated[bool, Field(description="Whether items carry reasons.")] = True
    page_token: Annotated[str | None, Field(description="`next_page` of the answer before.", max_length=65_536)] = None


class WantedFeed(Wanted):
    """What a feed may be asked for."""

    paths: Annotated[bool, Field(description="Whether items carry the best path to them as a reason too.")] = False


class WantedPaths(BaseModel, extra="forbid"):
    """Which explanation is wanted."""

    user: Annotated[str, Field(description="Who asks.", min_length=1, max_length=256)]
    product: Annotated[str, Field(description="What is to be explained.", min_length=1, max_length=256)]
    k: Annotated[int, Field(ge=1, le=10, description="How many different paths at most.")] = 3
    language: Annotated[Literal["en", "zh"], Field(description="Of the sentences.")] = "en"


Asked = Annotated[Wanted, Query()]


def router(service: Service) -> APIRouter:
    """The short routes that recommend."""
    routes = APIRouter(prefix="/v1", tags=["recommendations"], route_class=guarded("read", "path"))
    of_all = APIRouter(route_class=guarded("read", "always"))

    @routes.get(
        "/users/{user_id}/feed",
        response_model=Slate,
        responses=examples.example(examples.FEED) | problems(422),
        summary="Products for a person",
        description="Somebody of whom nothing is known gets what is trending, and `cold_start` is true.",
    )
    async def feed(user_id: NodeId, asked: Annotated[WantedFeed, Query()]) -> Response:
        return answered(service.recommender.feed(user_id, **dict(asked)))

    @routes.get(
        "/users/{user_id}/people",
        response_model=Slate,
        responses=examples.example(examples.PEOPLE) | problems(422),
        summary="People to follow",
        description="Neither the person nor anybody whom they follow, blocked or muted.",
    )
    async def people(user_id: NodeId, asked: Asked) -> Response:
        return answered(service.recommender.people(user_id, **dict(asked)))

    @of_all.get(
        "/products/{product_id}/similar",
        response_model=Slate,
        responses=examples.example(examples.LIKE_THIS) | problems(404, 422),
        summary="Products like this one",
    )
    async def similar(product_id: NodeId, asked: Asked) -> Response:
        return answered(service.recommender.similar(product_id, **dict(asked)))

    @of_all.get(
        "/trending",
        response_model=Slate,
        responses=examples.example(examples.TRENDING) | problems(422),
        summary="What is on the rise",
        description="Ages are counted from the newest event in the graph.",
    )
    async def trending(asked: Asked) -> Response:
        return answered(service.recommender.trending(**dict(asked)))

    @of_all.get(
        "/explain",
        response_model=Explanation,
        responses=examples.example(examples.EXPLANATION) | problems(404, 422),
        summary="Why this product for this person",
        description="The best different paths of at most four edges, through what is known of things and through "
        "people whom the person follows. Each names the query that checks its edges on Neo4j: "
        "`POST /v1/queries/path_holds`.",
    )
    async def explain(request: Request, asked: Annotated[WantedPaths, Query()]) -> Response:
        about(request, [asked.user])
        return answered(service.recommender.explain(asked.user, asked.product, asked.k, asked.language))

    routes.include_router(of_all)
    return routes


def answered(slate: dict[str, Any]) -> Response:
    """An answer as JSON; not checked against its form, which costs more than making it."""
    return Response(orjson.dumps(slate), media_type="application/json")
