"""The forms of an erasure and of an export."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field


class Removed(BaseModel, extra="forbid"):
    """What was there of the person, in numbers."""

    events: Annotated[int, Field(description="Events in the log that named them.")]
    edges: Annotated[dict[str, int], Field(description="Edges of the store, by relationship type.")]
    properties: Annotated[int, Field(description="Properties of the store.")]
    posts: Annotated[int, Field(description="Posts that they published.")]
    rows: Annotated[int, Field(description="Rows in reject files and reports of loads.")]


class Purged(BaseModel, extra="forbid"):
    """What was dropped because it held erased people."""

    snapshots: list[str]
    models: Annotated[list[str], Field(description="As name/version.")]


class Left(BaseModel, extra="forbid"):
    """What still holds erased people because it is in use; a running service does not show them."""

    snapshots: list[str]
    models: Annotated[list[str], Field(description="As name/version.")]
    people: Annotated[int, Field(description="How many erased people are in them.")]
    until: Annotated[str | None, Field(description="When the first of them is dropped; null when nothing is left.")]


class Erasure(BaseModel, extra="forbid"):
    """What an erasure did."""

    user_id: str
    erased_at: Annotated[str, Field(description="When they were erased the first time.")]
    again: Annotated[bool, Field(description="True when they had been erased before.")]
    removed: Removed
    store: Annotated[
        Literal["erased", "waiting"],
        Field(description="Whether the graph store has followed the log; a store out of reach follows later."),
    ]
    store_waits_because: str | None
    purged: Purged
    left: Left


class Export(BaseModel, extra="forbid"):
    """Everything that is held of a person. Times are RFC 3339."""

    user_id: str
    exported_at: str
    properties: dict[str, Any]
    events: Annotated[list[dict[str, Any]], Field(description="Of the log: theirs, and others' that name them.")]
    edges: Annotated[list[dict[str, Any]], Field(description="Of the store, those taken back too.")]
    posts: list[dict[str, Any]]
    rejected_rows: Annotated[list[Any], Field(description="Rows of reject files that name them.")]
    snapshots: Annotated[list[dict[str, Any]], Field(description="Row, properties and number of edges in each.")]
    models: Annotated[list[dict[str, Any]], Field(description="Vectors in each version of each model.")]
