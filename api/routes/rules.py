"""Association rules: as a table, and as a picture."""

from __future__ import annotations

from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Query, Response

from api.access.guard import guarded
from api.rules import Kind, RuleQuestion, Side, Sort, found, picture
from api.schemas import examples
from api.schemas.problem import problems
from api.schemas.rules import RuleList, RulePicture
from api.wiring import Service

JSON = "application/json"
Which = Annotated[Kind, Query(description="Rules of baskets, or between traits of people and what they choose.")]
Item = Annotated[str | None, Query(description="Only rules that name this.", min_length=1, max_length=256)]
Label = Annotated[Literal["product", "category", "brand", "person"], Query(description="What `item` is.")]
Where = Annotated[Side, Query(description="Where rules name `item`.")]
Order = Annotated[Sort, Query(description="The measure by which they are ordered, highest first.")]
Confidence = Annotated[float, Query(ge=0, le=1, description="Rules with less are left out.")]
Lift = Annotated[float, Query(ge=0, le=1e9, description="Likewise.")]
Limit = Annotated[int, Query(ge=1, le=500, description="How many at most.")]
Drawn = Annotated[int, Query(ge=1, le=100, description="How many at most.")]


def router(service: Service) -> APIRouter:
    """The routes; they read what `tastegraph rules fit` has left."""
    routes = APIRouter(prefix="/v1", tags=["rules"], route_class=guarded("analyst"))

    @routes.get(
        "/rules",
        response_model=RuleList,
        responses=examples.example(examples.RULES) | problems(404, 409, 422, 503),
        summary="What goes with what",
        description="Association rules, mined by `tastegraph rules fit`. Rules that name what has ended are left out.",
    )
    def rules(
        item: Item = None,
        label: Label = "product",
        side: Where = "any",
        kind: Which = "baskets",
        sort: Order = "lift",
        min_confidence: Confidence = 0.0,
        min_lift: Lift = 0.0,
        limit: Limit = 20,
    ) -> Response:
        asked = RuleQuestion(kind, item, label, side, sort, min_confidence, min_lift, limit)
        return Response(orjson.dumps(found(service.folder, service.view, asked)), media_type=JSON)

    @routes.get(
        "/rules/graph",
        response_model=RulePicture,
        responses=examples.example(examples.RULE_PICTURE) | problems(404, 409, 422, 503),
        summary="The same as a graph",
        description="Items and rules as nodes with places, and the whole as `svg`: a dot a rule, larger with its "
        "support and redder with its lift.",
    )
    def graph(
        item: Item = None,
        label: Label = "product",
        side: Where = "any",
        kind: Which = "baskets",
        sort: Order = "lift",
        min_confidence: Confidence = 0.0,
        min_lift: Lift = 0.0,
        limit: Drawn = 25,
    ) -> Response:
        asked = RuleQuestion(kind, item, label, side, sort, min_confidence, min_lift, limit)
        return Response(orjson.dumps(picture(service.folder, service.view, asked)), media_type=JSON)

    return routes
