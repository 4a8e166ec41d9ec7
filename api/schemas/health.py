"""The forms of the answers about the service itself."""

from __future__ import annotations

from pydantic import BaseModel


class Live(BaseModel, extra="forbid"):
    """The process runs."""

    status: str


class Ready(BaseModel, extra="forbid"):
    """The process has a snapshot and answers from it."""

    status: str
    snapshot: str
    model: str | None
    nodes: dict[str, int]
