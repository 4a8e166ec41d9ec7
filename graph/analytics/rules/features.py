"""Traits of people, as items of a basket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from graph.snapshot.view import LiveView

TOLD = ("gender", "city", "country", "language", "occupation")
"""Properties whose values are traits as they stand."""
AGES = (18, 25, 35, 45, 55, 65)
"""Where one band of ages ends and the next begins."""
BELONGS = (("community", ("User", "MEMBER_OF", "Community")), ("segment", ("User", "IN_SEGMENT", "Segment")))
EPOCH_YEAR = 1970
YEAR_MINUTES = 365.2425 * 24 * 60


def features_of(view: LiveView, people: Sequence[int]) -> tuple[list[int], list[int], list[str]]:
    """What is known of people: rows and numbers of traits, as columns, and the names of the traits.

    A name is ``age=25-34``, ``country=DE``, ``community=running`` and so on: a property that the person stated, the
    band of their age at the time of the graph's newest edge, or what they belong to.
    """
    numbers: dict[str, int] = {}
    rows: list[int] = []
    found: list[int] = []
    for row in people:
        for name in _traits(view, row):
            rows.append(row)
            found.append(numbers.setdefault(name, len(numbers)))
    return rows, found, list(numbers)


def _traits(view: LiveView, row: int) -> Iterator[str]:
    for name in TOLD:
        if told := view.text("User", name, row):
            yield f"{name}={told}"
    if (band := age_band(view, row)) is not None:
        yield f"age={band}"
    for name, key in BELONGS:
        edges = view.edges(*key).out
        if row < edges.node_count:
            yield from (f"{name}={each}" for each in dict.fromkeys(view.ids_of(key[2], edges.neighbours(row))) if each)


def age_band(view: LiveView, row: int) -> str | None:
    """The band of a person's age, such as ``25-34``; None for one who states no year of birth, or one to come."""
    years = view.number("User", "birth_year")
    if years is None or row >= len(years) or np.isnan(years[row]):
        return None
    age = EPOCH_YEAR + int(view.latest_minutes / YEAR_MINUTES) - int(years[row])
    if age < 0:
        return None
    place = int(np.searchsorted(AGES, age, side="right"))
    if place == 0:
        return f"under-{AGES[0]}"
    return f"{AGES[place - 1]}-{AGES[place] - 1}" if place < len(AGES) else f"{AGES[-1]}-or-more"
