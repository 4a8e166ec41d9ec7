"""The forms of the answers about the service itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field


class Live(BaseModel, extra="forbid"):
    """The process runs."""

    status: str


class Ready(BaseModel, extra="forbid"):
    """The process has a snapshot and answers from it."""

    status: str
    snapshot: str
    model: str | None
    nodes: dict[str, int]
    stale: Annotated[bool, Field(description="Newer events are, or may be, not in the answers.")]
    stale_because: Annotated[str | None, Field(description="Why, in a sentence.")]
