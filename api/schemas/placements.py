"""The forms of placements, and of a question to one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field, FiniteFloat, StrictBool, StrictFloat, StrictInt, StrictStr

from recommend.asked import Asked, Context
from recommend.placements import Placement, Promotion

Id = Annotated[str, Field(min_length=1, max_length=256)]
Scalar = StrictBool | StrictInt | StrictFloat | Annotated[StrictStr, Field(max_length=256)] | None
MOST = 100
"""Ids that one list of a question may have."""


class Where(BaseModel, extra="forbid"):
    """Where and when the question is asked."""

    session: Annotated[str | None, Field(description="Id of the visit.", max_length=256)] = None
    device: Annotated[str | None, Field(description="Such as `phone`.", max_length=64)] = None
    time: Annotated[
        AwareDatetime | None,
        Field(description="What `now()` is, and ages are counted from; that of the newest event by default."),
    ] = None
    place: Annotated[
        str | None, Field(description="A market: what `available` says is not sold there is left out.", max_length=64)
    ] = None


class Question(BaseModel, extra="forbid"):
    """A question to a placement; what it must name follows from what the placement `asks`."""

    placement: Annotated[str, Field(description="Its name.", max_length=64)] = "feed"
    user_id: Annotated[Id | None, Field(description="Who asks.")] = None
    items: Annotated[list[Id], Field(description="Products: the page's, or a basket.", max_length=MOST)] = []
    users: Annotated[
        list[Id], Field(description="People for whom it is asked: a group, or who gets the gift.", max_length=20)
    ] = []
    text: Annotated[str, Field(description="Words, for a placement that searches.", max_length=500)] = ""
    vector: Annotated[
        list[FiniteFloat],
        Field(description="A point in the space of a model with so many dimensions.", max_length=4096),
    ] = []
    context: Where = Where()
    positive: Annotated[
        list[Id], Field(description="Products to start from as if chosen just now.", max_length=MOST)
    ] = []
    negative: Annotated[
        list[Id], Field(description="Products that are not wanted, nor what is like them.", max_length=MOST)
    ] = []
    num_results: Annotated[int | None, Field(description="Items over all pages.", ge=1, le=1000, strict=True)] = None
    filter: Annotated[
        str | None, Field(description='Such as `price_minor <= $most and not event("bought")`.', max_length=10_000)
    ] = None
    filter_values: Annotated[
        dict[Annotated[str, Field(max_length=64)], Scalar | Annotated[list[Scalar], Field(max_length=1000)]],
        Field(description="What `$name` stands for in the filters of question and placement.", max_length=MOST),
    ] = {}
    promotions: Annotated[list[Promotion], Field(description="Beside the placement's own.", max_length=20)] = []
    fields: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=64)]],
        Field(description="Properties or attributes that items show beside the usual ones.", max_length=50),
    ] = []
    explain: Annotated[bool, Field(description="Whether items carry reasons.", strict=True)] = True
    paths: Annotated[bool, Field(description="Whether they carry the best path too.", strict=True)] = False
    page_size: Annotated[int | None, Field(description="Items of a page.", ge=1, le=100, strict=True)] = None
    page_token: Annotated[str | None, Field(description="`next_page` of the answer before.", max_length=65_536)] = None

    def asked(self) -> Asked:
        """As the pipeline takes it."""
        return Asked(
            placement=self.placement,
            user_id=self.user_id,
            items=tuple(self.items),
            users=tuple(self.users),
            vector=tuple(self.vector),
            positive=tuple(self.positive),
            negative=tuple(self.negative),
            filter=self.filter,
            filter_values=self.filter_values,
            promotions=tuple(self.promotions),
            context=Context(self.context.session, self.context.device, _minutes(self.context.time), self.context.place),
            fields=tuple(self.fields),
            num_results=self.num_results,
            page_size=self.page_size,
            explain=self.explain,
            paths=self.paths,
            page_token=self.page_token,
        )


def _minutes(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() // 60)


class InForce(BaseModel, extra="forbid"):
    """The placements that answer now."""

    version: Annotated[int, Field(description="0: what comes with the program alone.")]
    placements: Annotated[dict[str, Placement], Field(description="All of them, in full.")]
    own: Annotated[dict[str, Any], Field(description="What was said beyond what comes with the program.")]


class Version(BaseModel, extra="forbid"):
    """One version that is kept."""

    version: int
    created_at: str | None
    in_force: bool
    placements: Annotated[list[str], Field(description="Names that it says something of.")]


class Versions(BaseModel, extra="forbid"):
    """The versions that are kept, newest first."""

    versions: list[Version]


class Back(BaseModel, extra="forbid"):
    """Which version shall be in force again."""

    version: Annotated[int, Field(ge=0, strict=True)]
