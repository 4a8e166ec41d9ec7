"""Times that events came with and were not given: what a retry of one is known by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from graph.log.events import latest, parse_time

Told = Mapping[int, int | None]
"""By place among events, for those that were given the time of their receipt: the time that they came with, in
milliseconds since 1970, or None. A retry comes with that one again, and is given another."""

NOTHING_TOLD: Told = MappingProxyType({})


def note_told(
    told: dict[int, int | None], place: int, body: Mapping[str, Any], event: Mapping[str, Any], now: datetime
) -> None:
    """Take note of the time that an event came with, where it was not given that.

    Args:
        told: gets it.
        place: of the event.
        body: as it came.
        event: what `check_event` made of it.
        now: the moment of receipt.
    """
    if body.get("at") is None:
        told[place] = None
    elif event["at"] >= latest(now):
        told[place] = parse_time("at", body["at"])
