"""The form of a search: what is looked for, and what was found by which way."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, model_validator

from api.schemas.recommendations import Item, Slate, Step

Id = Annotated[str, Field(min_length=1, max_length=256)]


class Concept(BaseModel, extra="forbid"):
    """One thing that products belong to, by its id."""

    category: Annotated[Id | None, Field(description="With all categories below it.")] = None
    brand: Annotated[Id | None, Field(description="With the brands that are its kin.")] = None
    tag: Annotated[Id | None, Field(description="Products that carry it.")] = None
    entity: Annotated[Id | None, Field(description="Products that knowledge joins to it.")] = None

    @model_validator(mode="after")
    def _one(self) -> Concept:
        if len(self.model_fields_set) != 1 or self.told() is None:
            raise ValueError("name exactly one of category, brand, tag, entity")
        return self

    def told(self) -> tuple[str, str] | None:
        """Label and id."""
        return next(((name.title(), each) for name, each in self if each is not None), None)


class Search(BaseModel, extra="forbid"):
    """What is looked for: words, or a concept, or both."""

    text: Annotated[str, Field(description="Words in any language.", max_length=500)] = ""
    concept: Annotated[Concept | None, Field(description="Only its products are found.")] = None
    filter: Annotated[
        str | None, Field(description='Such as `price_minor <= 5000 and category in ("shoes"/*)`.', max_length=10_000)
    ] = None
    language: Annotated[
        str | None,
        Field(description="Only products whose texts are in it; a BCP 47 tag.", pattern="^[A-Za-z]{2,3}$"),
    ] = None
    user_id: Annotated[Id | None, Field(description="Who asks, for filters with `event` or `user`.")] = None
    product_id: Annotated[Id | None, Field(description="The product of the page, for filters with `current`.")] = None
    limit: Annotated[int, Field(ge=1, le=100, description="How many items at most.", strict=True)] = 20
    explain: Annotated[bool, Field(description="Whether items carry reasons.", strict=True)] = True
    page_token: Annotated[str | None, Field(description="`next_page` of the answer before.", max_length=65_536)] = None


class Named(BaseModel, extra="forbid"):
    """A category, brand, tag or entity."""

    label: Literal["Category", "Brand", "Tag", "Entity"]
    id: str
    name: str | None = None


class Found(BaseModel, extra="forbid"):
    """One way by which a product was found."""

    type: Literal["words", "meaning", "concept"]
    text: Annotated[str, Field(description="The reason in words: Chinese for a Chinese question, else English.")]
    words: Annotated[list[str] | None, Field(description="Words of the question that the product has.")] = None
    closeness: Annotated[float | None, Field(description="Cosine of question and product.")] = None
    concept: Annotated[Named | None, Field(description="What the product belongs to.")] = None
    path: Annotated[list[Step] | None, Field(description="The edges that lead there.")] = None


class Hit(Item, extra="forbid"):
    """One product that was found."""

    type: Literal["product"]
    reasons: list[Found]  # type: ignore[assignment]


class Hits(Slate, extra="forbid"):
    """An answer: products, best first, and what they rest on."""

    items: list[Hit]  # type: ignore[assignment]
    language: Annotated[str, Field(description="Of the question: a BCP 47 tag, or `und`.")]
