"""One person, one product."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Response

from api import nodes
from api.paths import NodeId
from api.schemas import examples
from api.schemas.nodes import Product, User
from api.schemas.problem import problems
from api.wiring import Service

JSON = "application/json"


def router(service: Service) -> APIRouter:
    """The routes that tell what is known."""
    routes = APIRouter(prefix="/v1", tags=["nodes"])

    @routes.get(
        "/users/{user_id}",
        response_model=User,
        responses=examples.example(examples.USER) | problems(404, 422),
        summary="A person",
    )
    async def user(user_id: NodeId) -> Response:
        return Response(orjson.dumps(nodes.user(service.view, user_id)), media_type=JSON)

    @routes.get(
        "/products/{product_id}",
        response_model=Product,
        responses=examples.example(examples.PRODUCT) | problems(404, 422),
        summary="A product",
    )
    async def product(product_id: NodeId) -> Response:
        return Response(orjson.dumps(nodes.product(service.view, product_id)), media_type=JSON)

    return routes
