"""What a message holds: one event of ``POST /v1/events`` in JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import orjson

from api.consuming.letters import Letter
from api.known import Refuse, nothing
from api.writing.handover import append_now
from graph.errors import InvalidEvent
from graph.folder import DataFolder
from graph.log.events import check_event, milliseconds
from graph.log.told import Told, note_told

Events = Sequence[Mapping[str, Any]]
Append = Callable[[Events, Told], int]
"""Appends checked events to the log, durable on return; how many of them were known already."""

ID_BYTES = 16
LONGEST = 1 << 20
"""Bytes of one message; an event is far smaller."""


def appending(folder: DataFolder) -> Append:
    """Takes events into a folder's log."""

    def append(events: Events, told: Told) -> int:
        return len(append_now(folder, events, told).duplicates)

    return append


class Message(Protocol):
    """What is asked of a message; confluent-kafka's has it."""

    def topic(self) -> str | None:
        """Where it came from."""

    def partition(self) -> int | None:
        """Likewise."""

    def offset(self) -> int | None:
        """Likewise."""

    def key(self) -> bytes | str | None:
        """As it came."""

    def value(self) -> bytes | str | None:
        """As it came."""

    def timestamp(self) -> tuple[int, int]:
        """Kind of its time, and that in milliseconds since 1970; below 0 where it has none."""


@dataclass(slots=True)
class Sorted:
    """Messages, those that hold apart from those that do not.

    Attributes:
        events: in the log's form.
        told: by place in ``events``.
        letters: the others, with reasons.
    """

    events: list[dict[str, Any]] = field(default_factory=list)
    told: dict[int, int | None] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)


def sort_out(messages: Sequence[Message], now: datetime, refuse: Refuse = nothing) -> Sorted:
    """Check messages one by one; ``refuse`` gives a reason of its own against an event that holds."""
    found = Sorted()
    for message in messages:
        try:
            told: dict[int, int | None] = {}
            event = event_of(message, now, told, len(found.events))
        except InvalidEvent as error:
            found.letters.append(letter_of(message, str(error), now))
            continue
        reason = refuse(event)
        if reason is None:
            found.told |= told
            found.events.append(event)
        else:
            found.letters.append(letter_of(message, reason, now))
    return found


def event_of(message: Message, now: datetime, told: dict[int, int | None], place: int) -> dict[str, Any]:
    """The event that a message holds.

    Without an ``event_id`` its id is made of the message's place and time, so that the same message is the same event
    however often it is delivered; without ``at`` its time is the message's.

    Args:
        message: as it came.
        now: the moment of receipt.
        told: gets the time that it came with, where it was not given that.
        place: of the event there.

    Raises:
        InvalidEvent: it holds none.
    """
    body = read_event(_bytes(message.value()))
    _kind, sent = message.timestamp()
    event = check_event(body, now)
    if body.get("event_id") is None:
        event["event_id"] = place_id(message.topic(), message.partition(), message.offset(), sent)
    note_told(told, place, body, event, now)
    if body.get("at") is None and sent >= 0:
        event["at"] = min(event["at"], sent)
        told[place] = sent
    return event


def read_event(value: bytes | None) -> dict[str, Any]:
    """The JSON object of a message.

    Raises:
        InvalidEvent: it is none.
    """
    if value is None or not value.strip():
        raise InvalidEvent("message", "is empty")
    if len(value) > LONGEST:
        raise InvalidEvent("message", f"has {len(value):,} bytes; one may have {LONGEST:,}")
    try:
        body = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise InvalidEvent("message", f"is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise InvalidEvent("message", "is no JSON object: a message holds one event")
    return body


def place_id(topic: str | None, partition: int | None, offset: int | None, sent: int) -> str:
    """The id of an event that came without one; ``sent`` tells a topic from an earlier one of the same name."""
    place = f"{topic}\n{partition}\n{offset}\n{sent}".encode()
    return f"kafka-{hashlib.blake2b(place, digest_size=ID_BYTES).hexdigest()}"


def letter_of(message: Message, reason: str, now: datetime) -> Letter:
    """A message that could not be taken."""
    _kind, sent = message.timestamp()
    at = sent if sent >= 0 else milliseconds(now)
    place = (message.topic() or "", message.partition() or 0, message.offset() or 0)
    return Letter(*place, _bytes(message.key()), _bytes(message.value()), reason, at)


def _bytes(text: bytes | str | None) -> bytes | None:
    return text.encode() if isinstance(text, str) else text
