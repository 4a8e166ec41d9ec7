"""The forms of one person and one product."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field


class RecentAction(BaseModel, extra="forbid"):
    """One action on a product."""

    action: Annotated[str, Field(description="What was done: rated, bought, liked, …")]
    product_id: str
    value: Annotated[float | None, Field(description="Stars, where the action has them.")]
    at: Annotated[str | None, Field(description="RFC 3339, to the minute; null where the data hold no time.")]


class User(BaseModel, extra="forbid"):
    """What the snapshot knows of a person."""

    id: str
    type: Literal["user"]
    properties: dict[str, Any]
    following: Annotated[int, Field(description="How many people they follow.")]
    followers: Annotated[int, Field(description="How many people follow them.")]
    actions: Annotated[dict[str, int], Field(description="Actions on products, by kind.")]
    recent: Annotated[list[RecentAction], Field(description="The newest actions, newest first, at most 20.")]
    snapshot: str


class Product(BaseModel, extra="forbid"):
    """What the snapshot knows of a product."""

    id: str
    type: Literal["product"]
    properties: dict[str, Any]
    deleted: Annotated[bool, Field(description="True when it has been ended: kept, never recommended.")]
    actions: Annotated[dict[str, int], Field(description="People's actions on it, by kind.")]
    people: Annotated[int, Field(description="Distinct people who did anything with it.")]
    mean_rating: Annotated[float | None, Field(description="Mean stars; null without ratings.")]
    snapshot: str


class Near(BaseModel, extra="forbid"):
    """How near pictures must be."""

    distance: Annotated[int, Field(ge=0, le=20, description="Most bits of 64 in which the two hashes differ.")] = 6
    limit: Annotated[int, Field(ge=1, le=100, description="How many products at most.")] = 20


class Duplicate(BaseModel, extra="forbid"):
    """A product with nearly the same picture."""

    id: str
    type: Literal["product"]
    distance: Annotated[int, Field(description="In how many bits of 64 the nearest two hashes differ.")]


class Duplicates(BaseModel, extra="forbid"):
    """Products whose pictures are nearly the same as one product's."""

    items: list[Duplicate]
    distance: Annotated[int, Field(description="As it was asked for.")]
    snapshot: str
    model: Annotated[str, Field(description="Which look at the pictures this rests on.")]
