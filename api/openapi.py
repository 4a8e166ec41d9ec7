"""The OpenAPI description: what FastAPI makes, with errors under their true media type."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.access.guard import NEEDS
from api.problems import MEDIA_TYPE
from api.schemas.problem import problems

PROBLEM = {"$ref": "#/components/schemas/Problem"}
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
"""How a key is sent; either will do."""
UNUSED = ("HTTPValidationError", "ValidationError")
"""FastAPI's own error forms, which no route answers with."""


def describe(app: FastAPI) -> dict[str, Any]:
    """The description of all routes, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        made["components"]["securitySchemes"] = SCHEMES
        for operations in made["paths"].values():
            for operation in operations.values():
                _tell_scope(operation)
                _tell_problems(operation["responses"])
        for name in UNUSED:
            made["components"]["schemas"].pop(name, None)
        app.openapi_schema = made
    return app.openapi_schema


def _tell_scope(operation: dict[str, Any]) -> None:
    if NEEDS in operation:
        operation["security"] = [{name: []} for name in SCHEMES]
        for status, told in problems(401, 403, 429).items():
            operation["responses"].setdefault(str(status), {"description": told["description"]})


def _tell_problems(responses: dict[str, Any]) -> None:
    for status, response in responses.items():
        if status >= "400":
            response["content"] = {MEDIA_TYPE: {"schema": PROBLEM}}
