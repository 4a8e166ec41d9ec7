"""The forms of the answers about what people do at the moment."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field


class Rate(BaseModel, extra="forbid"):
    """How often one event type came."""

    type: str
    count: int
    before: Annotated[int | None, Field(description="In the window before; null where not all of it was seen.")]
    day_before: Annotated[int | None, Field(description="In the same window of the day before; likewise.")]


class Step(BaseModel, extra="forbid"):
    """One step from seeing to buying."""

    type: str
    events: int
    users: Annotated[int, Field(description="About how many different people, within some percent.")]
    of_step_before: Annotated[float | None, Field(description="Users, as a part of those of the step before.")]


class Riser(BaseModel, extra="forbid"):
    """A product with more actions than before."""

    product_id: str
    count: int
    before: int
    score: Annotated[float, Field(description="How surprising that is, in standard deviations of chance alone.")]


class Alert(BaseModel, extra="forbid"):
    """An event type that comes far more or far less often than expected."""

    type: str
    kind: Literal["jump", "drop"]
    count: int
    expected: int
    against: Literal["before", "day_before"]


class Monitoring(BaseModel, extra="forbid"):
    """The last minutes, up to now."""

    window_minutes: int
    events: list[Rate]
    active_users: Annotated[int, Field(description="About how many different people, within some percent.")]
    funnel: list[Step]
    rising: list[Riser]
    alerts: list[Alert]
