"""The HTTP service: routes over one opened service."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import RedirectResponse
from fastapi_offline import FastAPIOffline

from api.access.door import Door
from api.access.keys import ApiKeys
from api.after import AfterPosition
from api.forgetting import ForgetFirst
from api.monitoring.requests import Meter, Observed
from api.monitoring.tracing import Traced
from api.openapi import describe
from api.paths import EncodedSlashes
from api.problems import answer_errors
from api.routes import (
    cypher,
    events,
    experiments,
    health,
    monitoring,
    nodes,
    placements,
    privacy,
    recommendations,
    rules,
    search,
    sparql,
)
from api.settings import AuthSettings
from api.wiring import Service
from graph import spans

DESCRIPTION = """Recommendations for social commerce out of one graph of people, follows, products and actions.

Every recommended item says which sources offered it and why. Errors are `application/problem+json` with a stable
`code`.
"""

TAGS = [
    {"name": "recommendations", "description": "Slates: items, best first, each with its reasons."},
    {"name": "experiments", "description": "Placements answered in several ways, and what came of it."},
    {"name": "rules", "description": "What is in one basket with what, and what people of a kind choose."},
    {"name": "search", "description": "Products by words, by meaning, and by what they belong to."},
    {"name": "events", "description": "What happened: kept durably, and read back."},
    {"name": "nodes", "description": "What is known of one person or one product."},
    {"name": "privacy", "description": "A person's own data: all of it given out, or all of it erased."},
    {"name": "cypher", "description": "Questions to the graph in Cypher; they need a Neo4j server."},
    {"name": "sparql", "description": "Questions to the graph in SPARQL; they need `tastegraph rdf build`."},
    {"name": "monitoring", "description": "What people do at the moment, and how the service does."},
    {"name": "health", "description": "Whether the service runs and what it answers from."},
]


def create_app(service: Service, keys: ApiKeys | None = None, auth: AuthSettings | None = None) -> FastAPI:
    """The application that answers from ``service``; its documentation works without the internet.

    Args:
        service: what it answers from.
        keys: who may ask; None for anybody who reaches it.
        auth: how often, and from which pages.
    """
    app: FastAPI = FastAPIOffline(
        title="tastegraph",
        version=version("tastegraph"),
        summary="Recommendations with reasons",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        redirect_slashes=False,
    )
    for routes in (
        recommendations,
        placements,
        experiments,
        rules,
        search,
        events,
        nodes,
        cypher,
        sparql,
        privacy,
        health,
    ):
        app.include_router(routes.router(service))
    meter = Meter()
    app.include_router(monitoring.router(service, meter))

    @app.get("/", include_in_schema=False)
    async def documentation() -> RedirectResponse:
        return RedirectResponse("/docs")

    app.add_middleware(ForgetFirst, refresh=lambda: service.forgetting.refresh())
    app.add_middleware(AfterPosition, tail=lambda: service.tail)
    auth = auth or AuthSettings()
    if keys is not None:
        app.add_middleware(Door, keys=keys, rate=auth.requests_per_s, burst=auth.burst)
    app.add_middleware(EncodedSlashes)
    if auth.cors_origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=auth.cors_origins, allow_methods=["*"], allow_headers=["*"], max_age=600
        )
    app.add_middleware(Observed, meter=meter)
    if spans.is_traced():
        app.add_middleware(Traced)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]
    answer_errors(app)
    return app
