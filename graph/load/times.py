"""Times as files write them, into milliseconds since 1970, UTC."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from graph.errors import InvalidEvent
from graph.load.values import Bad, short_digits
from graph.log.events import AHEAD, milliseconds, parse_time

IMPOSSIBLY_AHEAD = timedelta(days=1)
"""Times further in the future than that are mistakes; nearer ones come from clocks that run fast."""

GO = re.compile(r"(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d+)?) ([+-]\d{2})(\d{2})(?: .*)?")
UNIX = {"unix_s": 1000.0, "unix_ms": 1.0}


class TimeReader:
    """Reads one column's times; implements `graph.load.values.Times`.

    Args:
        form: unix_s, unix_ms, rfc3339, go, or a strptime format; empty: rfc3339.
        zone: name of the zone of times that carry none.
        now: times behind it are set back to it, or refused when they are far behind it.

    Raises:
        ZoneInfoNotFoundError: there is no such zone.
    """

    def __init__(self, form: str, zone: str, now: datetime) -> None:
        self._form = form
        self._zone = ZoneInfo(zone) if zone else None
        self._latest = milliseconds(now + AHEAD)
        self._limit = milliseconds(now + IMPOSSIBLY_AHEAD)

    def one(self, value: Any) -> tuple[int, bool]:
        """One time, and whether it was set back to now."""
        at = _milliseconds(value, self._form, self._zone)
        if at < 0:
            raise Bad("is before 1970")
        if at > self._limit:
            raise Bad("is in the future")
        return (self._latest, True) if at > self._latest else (at, False)

    def column(self, values: Sequence[Any]) -> list[Any] | None:
        """Whole numbers of seconds or milliseconds at once; None where one needs a closer look."""
        if self._form not in UNIX:
            return None
        factor = int(UNIX[self._form])
        times = [int(value) * factor for value in values]
        return times if 0 <= min(times) <= max(times) <= self._latest else None


def _milliseconds(value: Any, form: str, zone: tzinfo | None) -> int:
    if isinstance(value, datetime):
        return _of_moment(value, zone)
    if isinstance(value, date):
        return _of_moment(datetime(value.year, value.month, value.day), zone or UTC)
    if form in UNIX:
        return _of_number(value, UNIX[form])
    if not isinstance(value, str):
        raise Bad('is a number: say time = "unix_s" or "unix_ms"')
    if form in {"", "rfc3339"}:
        return _of_text(value)
    if form == "go":
        return _of_go(value)
    try:
        moment = datetime.strptime(value, form)
    except (ValueError, OverflowError) as error:
        raise Bad(f"is not in the form {form}") from error
    return _of_moment(moment, zone)


def _of_moment(moment: datetime, zone: tzinfo | None) -> int:
    if moment.tzinfo is None:
        if zone is None:
            raise Bad('has no zone: say zone = "UTC" or whichever it is')
        moment = moment.replace(tzinfo=zone)
    try:
        return milliseconds(moment)
    except OverflowError as error:
        raise Bad("is no time") from error


def _of_number(value: Any, factor: float) -> int:
    if isinstance(value, str) and short_digits([value]):
        return int(value) * int(factor)
    try:
        number = float(value) * factor
        return round(number)
    except (ValueError, TypeError, OverflowError) as error:
        raise Bad("is not a number of seconds or milliseconds") from error


def _of_go(value: str) -> int:
    """`2020-01-01 01:01:01.000000001 +0000 UTC`, as Go's time.Time prints itself."""
    parts = GO.fullmatch(value)
    if parts is None:
        raise Bad("is no time as Go prints it")
    day, clock, hours, minutes = parts.groups()
    return _of_text(f"{day}T{clock}{hours}:{minutes}")


def _of_text(value: str) -> int:
    try:
        return parse_time("at", value)
    except InvalidEvent as error:
        if "before 1970" in error.reason:
            raise Bad("is before 1970") from error
        raise Bad("is no RFC 3339 time with a zone") from error
