"""Calls as values: what is sent, how its answer is read, and whether it may be sent again. No network here."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx

from tastegraph_client.errors import ApiError
from tastegraph_client.forms import Question, Receipt, Slate

T = TypeVar("T")
AGAIN = frozenset((429, 502, 503, 504))
"""Statuses after which the same request may succeed."""
LONGEST_S = 30.0
"""Longest pause before a request is repeated."""


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request.

    Attributes:
        method: of HTTP.
        path: percent-encoded.
        read: makes the answer out of the body.
        body: sent as JSON; None for none.
        headers: beside those of every call.
        repeatable: whether sending it twice is as good as once.
    """

    method: str
    path: str
    read: Callable[[Any], T]
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True


def recommend(placement: str, asked: Question) -> Call[Slate]:
    """Ask a placement."""
    return Call("POST", "/v1/recommendations", Slate.of, {"placement": placement, **asked})


def search(asked: Mapping[str, Any]) -> Call[Slate]:
    """Find products."""
    return Call("POST", "/v1/search", Slate.of, dict(asked))


def send(events: Iterable[Mapping[str, Any]]) -> Call[Receipt]:
    """Tell what happened; each event gets an id, so that telling it again is harmless."""
    numbered = [{"event_id": str(uuid.uuid4()), **each} for each in events]
    return Call("POST", "/v1/events", Receipt.of, numbered)


def node(kind: str, node_id: str) -> Call[dict[str, Any]]:
    """What is known of a person or product."""
    return Call("GET", f"/v1/{kind}/{encoded(node_id)}", dict)


def explain(user_id: str, product_id: str) -> Call[dict[str, Any]]:
    """Why a product might be for a person."""
    query = f"user={quote(user_id, safe='')}&product={quote(product_id, safe='')}"
    return Call("GET", f"/v1/explain?{query}", dict)


def erase(user_id: str) -> Call[dict[str, Any]]:
    """Erase a person."""
    return Call("DELETE", f"/v1/users/{encoded(user_id)}", dict)


def placements() -> Call[dict[str, Any]]:
    """The placements in force."""
    return Call("GET", "/v1/placements", dict)


def put_placements(own: Mapping[str, Any], expected: int | None, *, validate_only: bool) -> Call[dict[str, Any]]:
    """Say what the placements are."""
    headers = {} if expected is None else {"If-Match": f'"{expected}"'}
    path = f"/v1/placements?validate_only={str(validate_only).lower()}"
    return Call("PUT", path, dict, dict(own), headers, repeatable=validate_only)


def encoded(node_id: str) -> str:
    """An id as part of a path."""
    return quote(node_id, safe="")


def read(call: Call[T], response: httpx.Response) -> T:
    """The answer of a call.

    Raises:
        ApiError: the service refused.
    """
    if response.is_success:
        return call.read(response.json())
    told: dict[str, Any] = {}
    if response.headers.get("content-type", "").startswith("application/problem+json"):
        told = response.json()
    raise ApiError(
        response.status_code,
        told.get("code", "http_error"),
        told.get("detail", response.reason_phrase),
        response.headers.get("x-request-id"),
    )


def pause_s(attempt: int, response: httpx.Response | None) -> float:
    """How long to wait before the next attempt; the first one is 0."""
    asked = None if response is None else response.headers.get("retry-after", "")
    if asked and asked.isdigit():
        return min(float(asked), LONGEST_S)
    spread: float = 0.5 + random.random()  # noqa: S311 only spreads the load
    return min(0.1 * float(2**attempt) * spread, LONGEST_S)
