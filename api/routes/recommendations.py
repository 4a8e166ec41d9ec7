"""The slates: feed, similar products, people to follow, trending."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.paths import NodeId
from api.schemas import examples
from api.schemas.problem import problems
from api.schemas.recommendations import Slate
from api.wiring import Service


class Wanted(BaseModel, extra="forbid"):
    """What every slate may be asked for."""

    limit: Annotated[int, Field(ge=1, le=100, description="How many items at most.")] = 20
    explain: Annotated[bool, Field(description="Whether items carry reasons.")] = True
    page_token: Annotated[str | None, Field(description="`next_page` of the answer before.", max_length=2048)] = None


Asked = Annotated[Wanted, Query()]


def router(service: Service) -> APIRouter:
    """The routes that recommend."""
    routes = APIRouter(prefix="/v1", tags=["recommendations"])

    @routes.get(
        "/users/{user_id}/feed",
        response_model=Slate,
        responses=examples.example(examples.FEED) | problems(422),
        summary="Products for a person",
        description="Somebody of whom nothing is known gets what is trending, and `cold_start` is true.",
    )
    async def feed(user_id: NodeId, asked: Asked) -> Response:
        return _answer(service.recommender.feed(user_id, **dict(asked)))

    @routes.get(
        "/users/{user_id}/people",
        response_model=Slate,
        responses=examples.example(examples.PEOPLE) | problems(422),
        summary="People to follow",
        description="Neither the person nor anybody whom they follow, blocked or muted.",
    )
    async def people(user_id: NodeId, asked: Asked) -> Response:
        return _answer(service.recommender.people(user_id, **dict(asked)))

    @routes.get(
        "/products/{product_id}/similar",
        response_model=Slate,
        responses=examples.example(examples.LIKE_THIS) | problems(404, 422),
        summary="Products like this one",
    )
    async def similar(product_id: NodeId, asked: Asked) -> Response:
        return _answer(service.recommender.similar(product_id, **dict(asked)))

    @routes.get(
        "/trending",
        response_model=Slate,
        responses=examples.example(examples.TRENDING) | problems(422),
        summary="What is on the rise",
        description="Ages are counted from the newest event in the graph.",
    )
    async def trending(asked: Asked) -> Response:
        return _answer(service.recommender.trending(**dict(asked)))

    return routes


def _answer(slate: dict[str, Any]) -> Response:
    return Response(orjson.dumps(slate), media_type="application/json")
