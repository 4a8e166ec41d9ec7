"""The form of experiments and of what came of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

Metric = Literal["ctr", "conversion", "revenue_minor"]


class Running(BaseModel, extra="forbid"):
    """An experiment in force."""

    experiment: str
    placement: str
    arms: Annotated[dict[str, float], Field(description="Share of the people by arm.")]


class Experiments(BaseModel, extra="forbid"):
    """Those in force."""

    experiments: list[Running]


class Value(BaseModel, extra="forbid"):
    """An estimate with its interval of 95 %."""

    value: float
    low: float
    high: float


class ArmReport(BaseModel, extra="forbid"):
    """What came of one arm."""

    arm: str
    share: float
    people: int
    slates: int
    purchases: int
    ctr: Annotated[Value, Field(description="Slates that were clicked in, of those seen.")]
    conversion: Annotated[Value, Field(description="People who bought something that they had been shown.")]
    revenue_minor: Annotated[Value, Field(description="Brought by these purchases, a person.")]


class Difference(BaseModel, extra="forbid"):
    """How much more than the first arm; interval and p hold however often one looks."""

    arm: str
    metric: Metric
    value: float
    low: float | None
    high: float | None
    p: float | None


class ExperimentReport(BaseModel, extra="forbid"):
    """What came of an experiment so far."""

    placement: str
    experiment: str
    window_days: float
    currency: str | None
    arms: list[ArmReport]
    differences: list[Difference]
    warnings: list[str]
