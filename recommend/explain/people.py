"""Who may be counted and who may be named in a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graph.snapshot.view import LiveView

NAMED = 3
"""Most people named in one reason."""
FEWEST_UNNAMED = 3
"""Somebody who does not want to be named is only counted among at least so many: else the count would tell."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """The people of one reason: how many, and those among them who may be named."""

    count: int
    named: list[dict[str, Any]]


def may_be_named(view: LiveView, row: int) -> bool:
    """False for people whose ``consent.name_in_reasons`` is false."""
    consent = view.json("User", "consent", row)
    return not (isinstance(consent, dict) and consent.get("name_in_reasons") is False)


def for_followers_only(view: LiveView, row: int) -> bool:
    """True for people whose ``visibility`` is ``followers``: to all others what they did is not shown."""
    return view.text("User", "visibility", row) == "followers"


def person(view: LiveView, row: int) -> dict[str, Any]:
    """Id and name of somebody who may be named."""
    name = view.text("User", "display_name", row) or view.text("User", "handle", row)
    return {"id": view.id_of("User", row), "name": name}


def crowd(view: LiveView, rows: list[int]) -> Crowd:
    """The people of a reason, in the order given; none of them may be silent or barred."""
    open_rows = [row for row in rows if may_be_named(view, row)]
    count = len(rows) if len(rows) >= FEWEST_UNNAMED else len(open_rows)
    return Crowd(count, [person(view, row) for row in open_rows[:NAMED]])
