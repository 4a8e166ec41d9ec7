"""The form of an error (RFC 9457)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class FieldProblem(BaseModel, extra="forbid"):
    """What is wrong with one parameter."""

    where: str
    reason: str


class Problem(BaseModel, extra="forbid"):
    """An error: ``code`` is stable, ``detail`` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    errors: list[FieldProblem] | None = None
    reason: str | None = None
    """Of a query that is refused: why, and where."""
    line: int | None = None
    column: int | None = None


NAMES = {
    400: "A query is refused",
    401: "There is no key, or one that is none",
    403: "The key may not do this",
    404: "Nothing has that id",
    409: "The store in use cannot do this",
    412: "Somebody else changed it meanwhile",
    413: "More than one request may hold",
    422: "A parameter breaks its declared form",
    429: "The key was used more often than it may be; try again after `Retry-After` seconds",
    503: "Something is in use or out of reach; try again after `Retry-After` seconds",
    507: "The disk is full; nothing was kept",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, for its OpenAPI description."""
    return {status: {"model": Problem, "description": NAMES[status]} for status in statuses}
