"""The form of association rules: as a list, and as a graph to be drawn."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field


class Thing(BaseModel, extra="forbid"):
    """What a rule names."""

    label: Literal["product", "category", "brand", "person"]
    id: Annotated[str, Field(description="An id; of a trait of people such as `country=DE`.")]
    name: str | None


class Rule(BaseModel, extra="forbid"):
    """Who has all of these in a basket has that in it too."""

    if_: Annotated[list[Thing], Field(alias="if")]
    then: Thing
    count: Annotated[int, Field(description="Baskets with all of them.")]
    support: Annotated[float, Field(description="Their share of all baskets.")]
    confidence: Annotated[float, Field(description="Share of the baskets with the first part that hold the second.")]
    lift: Annotated[float, Field(description="How many times likelier the second part is with the first.")]
    leverage: Annotated[float, Field(description="Support beyond what chance would give.")]
    conviction: Annotated[
        float | None,
        Field(description="How many times more often the rule would fail by chance; null for one that never fails."),
    ]


class Origin(BaseModel, extra="forbid"):
    """What rules rest on."""

    by: Annotated[Literal["order", "session", "day", "person"], Field(description="What made a basket.")]
    of: Annotated[Literal["product", "category", "brand"], Field(description="What lay in it.")]
    baskets: int
    support: Annotated[float, Field(description="Least support that was asked for.")]
    warnings: list[str]
    created_at: str
    snapshot: str
    model: str


class RuleList(Origin, extra="forbid"):
    """Rules, in the order that was asked for."""

    rules: list[Rule]


class Placed(Thing, extra="forbid"):
    """An item and where it is drawn, in ``[0, 1]``."""

    x: float
    y: float


class PlacedRule(Rule, extra="forbid"):
    """A rule and where it is drawn."""

    x: float
    y: float


class Link(BaseModel, extra="forbid"):
    """An arrow between two nodes, which are the items and behind them the rules, counted from 0."""

    source: int
    target: int


class RulePicture(Origin, extra="forbid"):
    """Rules as a graph, and the graph as SVG."""

    items: list[Placed]
    rules: list[PlacedRule]
    links: list[Link]
    svg: str
