"""A placement: a named way to answer, such as the feed or the products beside a product. TOML, read strictly."""

from __future__ import annotations

import hashlib
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveInt, field_validator, model_validator

from graph.snapshot.actions import EVENT_NAMES
from recommend.errors import InvalidFilter
from recommend.filters import read_filter
from recommend.query import CandidateSource
from recommend.rerank.diversity import Diversity
from recommend.sources import SOURCES

Asks = Literal["person", "recipient", "product", "basket", "anybody", "words"]
"""What the question starts from: a person; somebody whom a person looks for; a product's page; products that are
looked at together; nobody in particular; words."""
Wants = Literal["Product", "User", "Community"]
Explains = Literal["full", "short", "none"]

MOST_ITEMS = 100
"""Items of one page."""
MOST_ARMS = 10
MOST_RANKED = 1000
"""Items of one question over all its pages."""

_ASKED_FROM = {"product": "Product", "basket": "Product"}


class Strict(BaseModel):
    """Unknown keys are refused: a misspelt rule must not be a rule that is silently off."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class Promotion(Strict):
    """Products that are shown whether or not they rank among the best: the best of those that the rule admits."""

    name: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w.-]+$")]
    """What it is called; the items say it among their sources."""
    filter: str | None = Field(default=None, max_length=10_000)
    """Which products may be promoted; with `products`, which of those."""
    products: tuple[Annotated[str, Field(min_length=1, max_length=256)], ...] = Field(default=(), max_length=100)
    """Which products, by id; none for all that the filter admits."""
    share: float = Field(default=0.0, ge=0, le=1)
    """Part of the places of a page that goes to it, spread evenly."""
    positions: tuple[Annotated[int, Field(ge=1, le=MOST_RANKED)], ...] = Field(default=(), max_length=100)
    """Places that go to it, the first being 1."""

    @field_validator("products", "positions", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("filter")
    @classmethod
    def _can_be_read(cls, value: str | None) -> str | None:
        return _readable(value)

    @model_validator(mode="after")
    def _says_what_and_where(self) -> Self:
        if self.filter is None and not self.products:
            raise ValueError("say by `filter` or `products` what is promoted")
        if not self.share and not self.positions:
            raise ValueError("say by `share` or `positions` how much of a page goes to it")
        return self


class Spacing(Strict):
    """How many products of one kind a page may hold."""

    block: PositiveInt = 20
    """Places that count together."""
    per_category: PositiveInt = 12
    """Products of one category within a block."""
    per_brand: PositiveInt = 5
    """Products of one brand within a block."""

    def diversity(self) -> Diversity:
        """The reranker that keeps to it."""
        return Diversity(self.block, self.per_category, self.per_brand)


class Arm(Strict):
    """One arm of an experiment."""

    share: float = Field(gt=0, le=1)
    """Part of the people who are in it."""
    changes: dict[str, Any] = {}
    """Fields of the placement that it says otherwise; none for the placement as it is."""


class Experiment(Strict):
    """A placement answered in several ways, each for some of the people: always the same way for the same person."""

    name: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w.-]+$")]
    """What it is called; another name deals people out anew."""
    arms: dict[Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w.-]+$")], Arm]
    """Arms by name; the others are compared with the first one. Shares add up to 1."""

    @model_validator(mode="after")
    def _deals_everybody_out(self) -> Self:
        if not 2 <= len(self.arms) <= MOST_ARMS:
            raise ValueError(f"an experiment has 2 to {MOST_ARMS} arms")
        if abs(sum(arm.share for arm in self.arms.values()) - 1) > 1e-6:
            raise ValueError("the shares of the arms add up to 1")
        for name, arm in self.arms.items():
            for fixed in ("asks", "wants", "experiment"):
                if fixed in arm.changes:
                    raise ValueError(f"the arm {name} cannot change {fixed}")
        return self

    def arm_of(self, user_id: str) -> str:
        """The arm that a person is in: a hash of both names, so that it needs no memory and is the same everywhere."""
        digest = hashlib.blake2b(f"{self.name}\0{user_id}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
        place = int.from_bytes(digest, "big") / 2**64
        *others, last = self.arms.items()
        for name, arm in others:
            place -= arm.share
            if place < 0:
                return name
        return last[0]


class Placement(Strict):
    """One named way to answer. What it does not say is as the service's settings say."""

    title: str = Field(default="", max_length=200)
    """What it is for, in a line."""
    asks: Asks = "person"
    """What a question starts from: person (`user_id`, or `users`, `positive`, `vector`), recipient (one of
    `users`), product (one of `items`), basket (`items`), anybody, words (`text`)."""
    wants: Wants = "Product"
    """What is offered."""
    sources: dict[str, NonNegativeFloat] = {}
    """Candidate sources and what each one says is worth; empty for all that can answer, as the settings weigh them."""
    start: tuple[str, ...] = ()
    """Start from the newest product alone with which the person did one of these, not from all they chose."""
    filter: str | None = Field(default=None, max_length=10_000)
    """Only products that pass are offered."""
    leave_out: tuple[str, ...] | None = None
    """Products with which the person did one of these are not offered again; the setting `recommend.seen` where
    nothing is said."""
    diversity: Spacing | None = None
    """How many of one category and brand a page may hold; the settings' by default."""
    promotions: tuple[Promotion, ...] = Field(default=(), max_length=20)
    """What is shown whether or not it ranks among the best."""
    experiment: Experiment | None = None
    """Answers some people in another way, to find out which is better."""
    fallback: dict[str, NonNegativeFloat] = {"popular": 1.0}
    """Sources that fill what the others leave empty, behind all that they found; after them comes whatever may be
    offered, newest first."""
    explain: Explains = "full"
    """How much items say about why: all reasons, the first one's text alone, or nothing."""
    num_results: int = Field(default=200, ge=1, le=MOST_RANKED)
    """Items of one question over all its pages."""
    page_size: int = Field(default=20, ge=1, le=MOST_ITEMS)
    """Items of a page, where the question does not say."""

    @field_validator("start", "leave_out", "promotions", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("start", "leave_out")
    @classmethod
    def _are_actions(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for name in value or ():
            if name not in EVENT_NAMES:
                raise ValueError(f"{name!r} names no action; known: {', '.join(EVENT_NAMES)}")
        return value

    @field_validator("filter")
    @classmethod
    def _can_be_read(cls, value: str | None) -> str | None:
        return _readable(value)

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        if self.asks == "words" and (self.sources or self.wants != "Product"):
            raise ValueError("a placement that asks words searches products, and takes no sources")
        if self.wants != "Product" and (self.filter or self.promotions or self.diversity or self.start):
            raise ValueError("filter, promotions, diversity and start are for products")
        for name in (*self.sources, *(self.fallback if self.wants == "Product" else ())):
            self._check_source(name)
        return self

    def _check_source(self, name: str) -> None:
        known = {each.name: each for each in SOURCES}
        if name not in known:
            near = get_close_matches(name, known, 1)
            raise ValueError(f"{name!r} names no candidate source" + (f"; did you mean {near[0]}?" if near else ""))
        if self.question not in known[name].targets:
            able = ", ".join(each.name for each in SOURCES if self.question in each.targets)
            raise ValueError(f"the source {name} cannot answer this; those that can: {able}")

    @property
    def question(self) -> tuple[str, str]:
        """What is asked from and what is wanted, as in `CandidateSource.targets`."""
        return ("Product" if self.start else _ASKED_FROM.get(self.asks, "User")), self.wants

    def able(self, sources: tuple[CandidateSource, ...]) -> tuple[CandidateSource, ...]:
        """Those of all sources that are asked."""
        return tuple(
            each
            for each in sources
            if self.question in each.targets and (not self.sources or each.name in self.sources)
        )


def _readable(text: str | None) -> str | None:
    if text is not None:
        try:
            read_filter(text)
        except InvalidFilter as error:
            raise ValueError(str(error)) from error
    return text
