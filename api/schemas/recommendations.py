"""The form of a slate: recommended items, each with its reasons."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field


class Person(BaseModel, extra="forbid"):
    """Somebody who may be named in a reason."""

    id: str
    name: str | None = None


class Step(BaseModel, extra="forbid"):
    """One step of a path through the graph."""

    from_: Annotated[str, Field(alias="from")]
    rel: str
    to: str


class Reason(BaseModel, extra="forbid"):
    """One true reason; which fields it has follows from its type."""

    type: Literal[
        "social",
        "similar",
        "look",
        "category",
        "community",
        "trending",
        "popular",
        "taste",
        "follows_you",
        "model",
        "new",
        "path",
        "promotion",
    ]
    text: Annotated[str, Field(description="The reason in words.")]
    action: Annotated[str | None, Field(description="What was done: rated, bought, liked, followed, …")] = None
    count: Annotated[int | None, Field(description="How many people, or products for taste.")] = None
    people: Annotated[list[Person] | None, Field(description="Those among them who may be named, at most 3.")] = None
    product_id: Annotated[str | None, Field(description="The product that it is like.")] = None
    path: Annotated[list[Step] | None, Field(description="Edges that lead from the one to the other.")] = None


class Item(BaseModel, extra="forbid"):
    """One recommended thing."""

    id: str
    type: Literal["product", "user", "community"]
    score: float
    sources: Annotated[list[str], Field(description="Candidate sources that offered it.")]
    fields: Annotated[dict[str, Any], Field(description="What is known of it: title, price, …; empty without.")]
    reasons: Annotated[list[Reason], Field(description="Never empty, unless `explain=false`.")]


class Slate(BaseModel, extra="forbid"):
    """An answer: items, best first, and what they rest on."""

    items: list[Item]
    next_page: Annotated[str | None, Field(description="Pass it as `page_token`; null on the last page.")]
    cold_start: Annotated[bool, Field(description="True when nothing is known of who asks.")]
    stale: Annotated[bool, Field(description="True when newer events are not in the answer yet.")]
    placement: str
    experiment: str | None
    attribution: str
    snapshot: str
    model: str | None
    took_ms: float


class Place(BaseModel, extra="forbid"):
    """A node of a path."""

    label: str
    id: str
    name: Annotated[str | None, Field(description="What it is called; in `nodes` only.")] = None


class Fact(BaseModel, extra="forbid"):
    """One edge of a path, in the direction in which it is kept."""

    from_: Annotated[Place, Field(alias="from")]
    rel: str
    to: Place
    predicate: Annotated[str | None, Field(description="Of knowledge: what it says.")] = None


class Check(BaseModel, extra="forbid"):
    """The named query that says whether all edges are there, and its parameters."""

    query: str
    parameters: dict[str, Any]


class Path(BaseModel, extra="forbid"):
    """A path from a person to a product."""

    score: float
    nodes: list[Place]
    facts: list[Fact]
    text: Annotated[str, Field(description="The path in one sentence.")]
    check: Check


class Explanation(BaseModel, extra="forbid"):
    """Why a product might be for a person; no paths where none is found."""

    user_id: str
    product_id: str
    paths: list[Path]
    stale: Annotated[bool, Field(description="True when newer events are not in the answer yet.")]
    snapshot: str
    took_ms: float
