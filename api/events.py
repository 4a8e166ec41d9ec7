"""Events on their way in: read, checked one by one, handed over, and told what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from api.errors import InvalidBody, TooLarge
from api.known import Refuse, nothing
from api.settings import EventSettings
from api.writing.handover import Receipt
from graph.errors import InvalidEvent
from graph.log.events import check_event
from graph.log.told import note_told

AT_A_TIME = 500
"""Events that are checked before other requests have their turn."""
NEW_LINE_JSON = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")


@dataclass(slots=True)
class Checked:
    """The events of one request.

    Attributes:
        events: those that hold, in the log's form.
        places: the place in the request of each of them.
        told: by place in ``events``.
        rejected: reason by place in the request.
        ids: event id by place in the request, as far as there is one.
    """

    events: list[dict[str, Any]] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    told: dict[int, int | None] = field(default_factory=dict)
    rejected: dict[int, str] = field(default_factory=dict)
    ids: dict[int, str] = field(default_factory=dict)

    def add(self, place: int, body: Any, now: datetime, refuse: Refuse = nothing) -> None:
        """Check one; ``refuse`` gives a reason of its own against one that holds."""
        given = body.get("event_id") if isinstance(body, dict) else None
        if isinstance(given, str):
            self.ids[place] = given
        try:
            event = check_event(body, now)
        except InvalidEvent as error:
            self.rejected[place] = str(error)
            return
        reason = refuse(event)
        if reason is not None:
            self.rejected[place] = reason
            return
        self.ids[place] = event["event_id"]
        note_told(self.told, len(self.events), body, event, now)
        self.events.append(event)
        self.places.append(place)

    def answer(self, receipt: Receipt | None, count: int) -> dict[str, Any]:
        """The answer, in the form of `api.schemas.events.Taken`."""
        known = receipt.duplicates if receipt is not None else frozenset()
        duplicates = {self.places[each] for each in known}
        results = []
        for place in range(count):
            status = "rejected" if place in self.rejected else "duplicate" if place in duplicates else "accepted"
            results.append({"event_id": self.ids.get(place), "status": status, "reason": self.rejected.get(place)})
        return {
            "position": None if receipt is None else receipt.position,
            "accepted": len(self.events) - len(duplicates),
            "duplicates": len(duplicates),
            "rejected": len(self.rejected),
            "results": results,
        }


async def check_all(bodies: Sequence[Any], refuse: Refuse) -> Checked:
    """Check events, letting other requests have their turn in between."""
    checked, now = Checked(), datetime.now(UTC)
    for place, body in enumerate(bodies):
        if place % AT_A_TIME == AT_A_TIME - 1:
            await asyncio.sleep(0)
        if isinstance(body, Unreadable):
            checked.rejected[place] = body.reason
        else:
            checked.add(place, body, now, refuse)
    return checked


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is no JSON."""

    reason: str


async def read_body(chunks: AsyncIterator[bytes], content_type: str, limits: EventSettings) -> tuple[list[Any], bool]:
    """The events of a request's body, and whether it was a single one.

    Raises:
        TooLarge: it has more bytes, or more events, than one request may.
        InvalidBody: it is no JSON.
    """
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > limits.bytes:
            raise TooLarge(f"the body has more than {limits.bytes:,} bytes")
    if content_type.partition(";")[0].strip().lower() in NEW_LINE_JSON:
        found = [parsed_line(line) for line in bytes(body).split(b"\n") if line.strip()]
        single = False
    else:
        parsed = _parsed(bytes(body))
        found, single = (parsed, False) if isinstance(parsed, list) else ([parsed], True)
    if len(found) > limits.per_request:
        raise TooLarge(f"there are {len(found):,} events; one request may have {limits.per_request:,}")
    return found, single


def parsed_line(line: bytes) -> Any:
    """One line of JSON Lines."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Unreadable(f"is no JSON: {error}")


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidBody(str(error)) from error
