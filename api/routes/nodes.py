"""One person, one product."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Response

from api import images, nodes
from api.access.guard import guarded
from api.paths import NodeId
from api.schemas import examples
from api.schemas.nodes import Duplicates, Near, Product, User
from api.schemas.problem import problems
from api.wiring import Service

JSON = "application/json"


def router(service: Service) -> APIRouter:
    """The routes that tell what is known."""
    routes = APIRouter(prefix="/v1", tags=["nodes"], route_class=guarded("read", "path"))
    of_all = APIRouter(route_class=guarded("read", "always"))

    @routes.get(
        "/users/{user_id}",
        response_model=User,
        responses=examples.example(examples.USER) | problems(404, 422),
        summary="A person",
    )
    async def user(user_id: NodeId) -> Response:
        return Response(orjson.dumps(nodes.user(service.view, user_id)), media_type=JSON)

    @of_all.get(
        "/products/{product_id}",
        response_model=Product,
        responses=examples.example(examples.PRODUCT) | problems(404, 422),
        summary="A product",
    )
    async def product(product_id: NodeId) -> Response:
        return Response(orjson.dumps(nodes.product(service.view, product_id)), media_type=JSON)

    @of_all.get(
        "/products/{product_id}/duplicates",
        response_model=Duplicates,
        responses=examples.example(examples.DUPLICATES) | problems(404, 409, 422),
        summary="Products with nearly the same picture",
        description="By perceptual hash, nearest first; what was ended is left out. Needs `tastegraph images fit`.",
    )
    async def duplicates(product_id: NodeId, asked: Annotated[Near, Query()]) -> Response:
        found = images.duplicates_of(service, product_id, asked.distance, asked.limit)
        return Response(orjson.dumps(found), media_type=JSON)

    routes.include_router(of_all)
    return routes
