"""Times as files write them, into milliseconds since 1970, UTC."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from graph.errors import InvalidEvent
from graph.load.values import Bad
from graph.log.events import AHEAD, milliseconds, parse_time

TimeReader = Callable[[Any], tuple[int, bool]]
"""Milliseconds since 1970, and whether the time was set back to now."""

IMPOSSIBLY_AHEAD = timedelta(days=1)
"""Times further in the future than that are mistakes; nearer ones come from clocks that run fast."""

GO = re.compile(r"(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d+)?) ([+-]\d{2})(\d{2})(?: .*)?")
UNIX = {"unix_s": 1000.0, "unix_ms": 1.0}


def time_reader(form: str, zone: str, now: datetime) -> TimeReader:
    """How one column's times are read.

    Args:
        form: unix_s, unix_ms, rfc3339, go, or a strptime format; empty: rfc3339.
        zone: name of the zone of times that carry none.
        now: times behind it are set back to it, or refused when they are far behind it.

    Raises:
        ZoneInfoNotFoundError: there is no such zone.
    """
    where = ZoneInfo(zone) if zone else None
    latest = milliseconds(now + AHEAD)
    limit = milliseconds(now + IMPOSSIBLY_AHEAD)

    def read(value: Any) -> tuple[int, bool]:
        at = _milliseconds(value, form, where)
        if at < 0:
            raise Bad("is before 1970")
        if at > limit:
            raise Bad("is in the future")
        return (latest, True) if at > latest else (at, False)

    return read


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
    if isinstance(value, str) and value.isdecimal():
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
