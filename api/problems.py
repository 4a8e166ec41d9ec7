"""Errors over HTTP: RFC 9457 ``application/problem+json`` for everything that goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from logging import ERROR, WARNING, getLogger
from typing import Any, cast

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.errors import InternalError, InvalidBody, InvalidRequest, MethodNotAllowed, UnknownRoute, meaning, outcome_of
from graph.errors import CypherRefused, SparqlRefused, TastegraphError

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:tastegraph:error:"
RETRY_S = "1"
"""Seconds after which what is busy may be asked again."""
OWN_RULE = "Value error, "
"""What pydantic puts before the message of a rule of ours."""

log = getLogger(__name__)


def problem(error: TastegraphError, path: str, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that tells of an error."""
    status = outcome_of(error).status
    body: dict[str, Any] = {
        "type": TYPE + error.code,
        "title": meaning(type(error)),
        "status": status,
        "detail": str(error),
        "code": error.code,
        "instance": path,
    }
    if isinstance(error, InvalidRequest):
        body["errors"] = [{"where": where, "reason": reason} for where, reason in error.problems]
    if isinstance(error, CypherRefused | SparqlRefused):
        body |= {"reason": error.reason, "line": error.line, "column": error.column}
    return Response(orjson.dumps(body), status, headers, MEDIA_TYPE)


def answer_errors(app: FastAPI) -> None:
    """Register what turns each kind of error into a problem."""
    app.add_exception_handler(TastegraphError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def _path(request: Request) -> str:
    return cast("bytes", request.scope.get("raw_path") or request.url.path.encode()).decode("ascii", "replace")


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, TastegraphError)
    status = outcome_of(error).status
    if status >= 500:
        told = {"code": error.code, "detail": str(error)}
        log.log(
            WARNING if status == 503 else ERROR, "request failed", extra=told, exc_info=error if status != 503 else None
        )
    headers = {"Retry-After": RETRY_S} if status == 503 else {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return problem(error, _path(request), headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [(".".join(map(str, each["loc"])), each["msg"].removeprefix(OWN_RULE)) for each in error.errors()]
    return problem(InvalidRequest(problems), _path(request))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = _path(request)
    if error.status_code == 405:
        return problem(MethodNotAllowed(request.method, path), path, error.headers)
    if error.status_code == 404:
        return problem(UnknownRoute(path), path)
    if error.status_code == 400:  # how FastAPI tells of a body that it cannot read at all
        return problem(InvalidBody("it is no text in UTF-8, or is nested too deeply"), path)
    log.error("request failed", exc_info=error)
    return problem(InternalError(), path)


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("request failed", exc_info=error)
    return problem(InternalError(), _path(request))
