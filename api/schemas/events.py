"""The form of events coming in, and of what is told of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field


class Event(BaseModel, extra="allow"):
    """One event; which fields it has follows from its type, see docs/reference/schema.md."""

    type: Annotated[str, Field(description="Such as bought, followed, product.")]
    event_id: Annotated[
        str | None, Field(description="Makes a retry harmless; one is made where there is none.", max_length=256)
    ] = None
    user_id: Annotated[str | None, Field(max_length=256)] = None
    at: Annotated[str | None, Field(description="RFC 3339 with a zone; the moment of receipt without.")] = None


class Result(BaseModel, extra="forbid"):
    """What became of one event."""

    event_id: str | None
    status: Literal["accepted", "duplicate", "rejected"]
    reason: str | None = None


class Taken(BaseModel, extra="forbid"):
    """What became of all events of a request; what was accepted is durable."""

    position: Annotated[
        str | None, Field(description="Of the log, at or behind all of them: send it as `X-After-Position`.")
    ]
    accepted: int
    duplicates: int
    rejected: int
    results: Annotated[list[Result], Field(description="In the order of the request.")]


class Kept(BaseModel, extra="allow"):
    """An event as it is kept."""

    event_id: str
    type: str


class History(BaseModel, extra="forbid"):
    """Events that name a person, newest first."""

    user_id: str
    events: list[dict[str, Any]]
    next_page: str | None
