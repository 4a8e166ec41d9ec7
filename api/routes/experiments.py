"""Experiments: those in force, and what came of them."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import Field

from api import experiments
from api.access.guard import guarded
from api.schemas import examples
from api.schemas.experiments import ExperimentReport, Experiments
from api.schemas.problem import problems
from api.wiring import Service
from recommend.experiments.outcomes import WINDOW_DAYS

JSON = "application/json"
Days = Annotated[float, Query(gt=0, le=365, description="Days after it was shown in which a purchase counts.")]
Name = Annotated[str, Field(max_length=64)]


def router(service: Service) -> APIRouter:
    """The routes; a report reads files, so it runs beside the others."""
    routes = APIRouter(prefix="/v1", tags=["experiments"], route_class=guarded("analyst"))

    @routes.get(
        "/experiments",
        response_model=Experiments,
        responses=examples.example(examples.EXPERIMENTS),
        summary="The experiments in force",
        description="Each is a part of its placement (`PUT /v1/placements`).",
    )
    async def listed() -> Response:
        return Response(orjson.dumps({"experiments": experiments.listed(service.placements.now())}), media_type=JSON)

    @routes.get(
        "/experiments/{name}/report",
        response_model=ExperimentReport,
        responses=examples.example(examples.EXPERIMENT_REPORT) | problems(404, 422, 503),
        summary="What came of an experiment",
        description="Out of the impressions, outcomes and purchases in the log, by person. Differences are to the "
        "first arm; their intervals and p hold however often one looks.",
    )
    def report(name: Name, window_days: Days = WINDOW_DAYS) -> Response:
        told = experiments.report(service.folder, service.placements.now(), name, window_days)
        return Response(orjson.dumps(told), media_type=JSON)

    return routes
