"""The one check that every event passes on its way into the log, and the forms of ids and times."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any
from uuid import UUID

import orjson

from graph.errors import InvalidEvent
from graph.schema import EDGE_TYPES, EVENTS, KNOWN, NODES, RELATED, EventType, NodeType, Property, Type

ID_BYTES = 256
IDS_IN_LIST = 10_000
AHEAD = timedelta(minutes=5)
"""How far a time may lie behind the moment of receipt, for clocks that run fast; later ones are set back to it."""

SHOWN_CHARACTERS = 80
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INTEGER_BOUND = 1 << 63

_RFC_3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_EVERYWHERE = ("event_id", "type", "user_id", "at", "session_id")
_FIELDS = {name: dict.fromkeys((*_EVERYWHERE, *(f.name for f in event.fields))) for name, event in EVENTS.items()}
"""Fields that an event of a type may have, in their order."""
_NAMING = {(edge.source, edge.from_property) for edge in EDGE_TYPES if edge.from_property}
"""Properties that name other nodes, so that their text is an id."""

_WITHOUT_PERSON = ("deleted",)


def check_event(body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Check one event of INTERFACES (the JSON of ``POST /v1/events``) and bring it into the log's form.

    Args:
        body: as it came.
        now: the moment of receipt.

    Returns:
        The event with an ``event_id`` (made when there was none), ``at`` in milliseconds since 1970 (``now`` when
        there was none, at most `AHEAD` of it), optional fields that were null left out, and undeclared properties of a
        node under ``attributes``.

    Raises:
        InvalidEvent: which field, and what is wrong with it.
    """
    if not isinstance(body, Mapping):
        raise InvalidEvent("event", "must be a JSON object")
    event = EVENTS.get(body["type"]) if isinstance(body.get("type"), str) else None
    if event is None:
        raise InvalidEvent("type", f"{_shown(body.get('type'))} is no event type; known: {', '.join(EVENTS)}")
    _refuse_unknown_fields(event, body)
    checked = {
        "event_id": _event_id(body, now),
        "type": event.name,
        "at": _time_of_event(body.get("at"), now),
        **_actor(event, body),
    }
    for declared in event.fields:
        value = body.get(declared.name)
        if value is not None:
            checked[declared.name] = check_value(declared, value)
        elif declared.required:
            raise InvalidEvent(declared.name, f"is missing; {event.name} needs it: {declared.summary}")
    _check_together(event, checked)
    return checked


def _refuse_unknown_fields(event: EventType, body: Mapping[str, Any]) -> None:
    known = _FIELDS[event.name]
    if body.keys() <= known.keys():
        return
    for name in body:
        if name not in known:
            raise InvalidEvent(_shown(name), f"{event.name} has no such field; it has {', '.join(known)}")


def _event_id(body: Mapping[str, Any], now: datetime) -> str:
    given = body.get("event_id")
    return new_id(now) if given is None else check_id("event_id", given)


def _actor(event: EventType, body: Mapping[str, Any]) -> dict[str, Any]:
    optional = event.node or event.name in _WITHOUT_PERSON
    given = {name: body[name] for name in ("user_id", "session_id") if body.get(name) is not None}
    if "user_id" not in given and not optional:
        raise InvalidEvent("user_id", f"is missing; {event.name} needs it")
    return {name: check_id(name, value) for name, value in given.items()}


def latest(now: datetime) -> int:
    """The latest time of an event that is received now, in milliseconds since 1970: clocks may be `AHEAD`."""
    return milliseconds(now + AHEAD)


def _time_of_event(value: Any, now: datetime) -> int:
    if value is None:
        return milliseconds(now)
    if not isinstance(value, str):
        raise InvalidEvent("at", "must be a time as in RFC 3339, such as 2026-11-22T10:00:00Z")
    return min(parse_time("at", value), latest(now))


def _check_together(event: EventType, checked: dict[str, Any]) -> None:
    """What fields say about each other."""
    if checked.get("other_id") is not None and checked["other_id"] == checked.get("user_id"):
        raise InvalidEvent("other_id", f"is the person's own id; nobody is {event.name} by themselves")
    if event.name == "shared" and ("product_id" in checked) == ("post_id" in checked):
        raise InvalidEvent("product_id", "shared needs either product_id or post_id")
    if event.name == "deleted" and checked["label"] not in NODES:
        raise InvalidEvent("label", f"{_shown(checked['label'])} is no label; known: {', '.join(NODES)}")
    if event.node:
        checked["properties"] = check_properties(NODES[event.node], checked.get("properties", {}))


def check_properties(node: NodeType, properties: Any) -> dict[str, Any]:
    """Check a node's properties; null stays (it removes one), undeclared ones move under ``attributes``.

    Raises:
        InvalidEvent: which property, and what is wrong with it.
    """
    if not isinstance(properties, Mapping):
        raise InvalidEvent("properties", "must be a JSON object")
    checked: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for name, value in properties.items():
        declared = node.property(name)
        if declared is None:
            others[name] = _json(name, value)
        else:
            checked[name] = None if value is None else check_value(declared, value)
            if value is not None and declared.type is Type.STRING and (node.label, name) in _NAMING:
                check_id(name, value)
    if not isinstance(checked.get("attributes") or {}, Mapping):
        raise InvalidEvent("attributes", "must be a JSON object")
    if checked.get(RELATED.name) is not None:
        _check_related(checked[RELATED.name])
    if others:
        checked["attributes"] = {**(checked.get("attributes") or {}), **others}
    return checked


def _check_related(related: Any) -> None:
    """Knowledge: ``{origin: {predicate: [label:id]}}``."""
    if not isinstance(related, Mapping) or not all(isinstance(told, Mapping) for told in related.values()):
        raise InvalidEvent(RELATED.name, "must be a JSON object {origin: {predicate: [label:id]}}")
    for origin, told in related.items():
        for predicate, named in told.items():
            what = f"{RELATED.name}.{_shown(origin)}.{_shown(predicate)}"
            check_id(what, predicate)
            if not isinstance(named, list) or len(named) > IDS_IN_LIST:
                raise InvalidEvent(what, f"must be a list of at most {IDS_IN_LIST} texts label:id")
            for each in named:
                label, colon, node_id = each.partition(":") if isinstance(each, str) else ("", "", "")
                if not colon or label not in KNOWN:
                    known = ", ".join(KNOWN)
                    raise InvalidEvent(what, f"{_shown(each)} is no label:id with a label of {known}")
                check_id(what, node_id)


def check_value(declared: Property, value: Any) -> Any:
    """Check one value, not null, against its declaration.

    Returns:
        The value in the log's form: times in milliseconds, whole numbers as int.

    Raises:
        InvalidEvent: what is wrong with it.
    """
    checked = _CHECKS[declared.type](declared.name, value)
    if declared.choices and checked not in declared.choices:
        raise InvalidEvent(declared.name, f"{_shown(checked)} is none of {', '.join(declared.choices)}")
    if declared.minimum is not None and checked < declared.minimum:
        raise InvalidEvent(declared.name, f"{checked} is less than {declared.minimum:g}")
    if declared.maximum is not None and checked > declared.maximum:
        raise InvalidEvent(declared.name, f"{checked} is more than {declared.maximum:g}")
    return checked


def check_id(name: str, value: Any) -> str:
    """An id: text of 1 to 256 bytes in UTF-8.

    Raises:
        InvalidEvent: it is none.
    """
    if not isinstance(value, str):
        raise InvalidEvent(name, "must be text")
    size = len(value) if value.isascii() else len(_bytes(name, value))
    if not 1 <= size <= ID_BYTES:
        raise InvalidEvent(name, f"has {size} bytes; an id has 1 to {ID_BYTES}")
    return value


def parse_time(name: str, text: str) -> int:
    """Milliseconds since 1970 of a time as in RFC 3339, with its zone.

    Raises:
        InvalidEvent: it is none, has no zone, or lies before 1970.
    """
    parts = _RFC_3339.fullmatch(text)
    if parts is None:
        raise InvalidEvent(name, f"{_shown(text)} is no time with a zone as in RFC 3339, such as 2026-11-22T10:00:00Z")
    day, clock, fraction, zone = parts.groups()
    leap = clock.endswith(":60")
    try:
        moment = datetime.fromisoformat(f"{day}T{clock[:-2] + '59' if leap else clock}{zone.upper()}")
        found = milliseconds(moment) + (999 if leap else int(f"{fraction or '0':0<3.3}"))
    except (ValueError, OverflowError) as error:
        raise InvalidEvent(name, f"{_shown(text)} is in no calendar ({error})") from error
    if found < 0:
        raise InvalidEvent(name, f"{_shown(text)} lies before 1970")
    return found


def format_time(at: int) -> str:
    """RFC 3339 in UTC of milliseconds since 1970."""
    moment = EPOCH + timedelta(milliseconds=at)
    return moment.isoformat(timespec="milliseconds" if at % 1000 else "seconds").replace("+00:00", "Z")


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware time."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def new_id(now: datetime) -> str:
    """A UUIDv7 (RFC 9562): ids made later sort later, to the millisecond."""
    bits = (milliseconds(now) & ((1 << 48) - 1)) << 80 | 7 << 76 | secrets.randbits(12) << 64
    return str(UUID(int=bits | 2 << 62 | secrets.randbits(62)))


def _shown(value: Any) -> str:
    """A value as an error may show it, however long it is."""
    text = repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]} …"


def _bytes(name: str, value: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise InvalidEvent(name, "holds half a surrogate pair, which is no Unicode character") from error


def _text(name: str, value: Any) -> str:
    if name == "id" or name.endswith("_id"):
        return check_id(name, value)
    if not isinstance(value, str):
        raise InvalidEvent(name, "must be text")
    if not value.isascii():
        _bytes(name, value)
    return value


def _integer(name: str, value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidEvent(name, "must be a whole number")
    if not -INTEGER_BOUND <= value < INTEGER_BOUND:
        raise InvalidEvent(name, "does not fit into 64 bits")
    return value


def _float(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InvalidEvent(name, "must be a number")
    try:
        number = float(value)
    except OverflowError as error:
        raise InvalidEvent(name, "is too large") from error
    if not isfinite(number):
        raise InvalidEvent(name, "must be a finite number")
    return number


def _boolean(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidEvent(name, "must be true or false")
    return value


def _time(name: str, value: Any) -> int:
    if not isinstance(value, str):
        raise InvalidEvent(name, "must be a time as in RFC 3339, such as 2026-11-22T10:00:00Z")
    return parse_time(name, value)


def _ids(name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > IDS_IN_LIST:
        raise InvalidEvent(name, f"must be a list of at most {IDS_IN_LIST} ids")
    return list(dict.fromkeys(check_id(name, each) for each in value))


def _json(name: str, value: Any) -> Any:
    try:
        orjson.dumps(value)
    except TypeError as error:
        raise InvalidEvent(name, f"cannot be kept as JSON ({error})") from error
    return value


_CHECKS: Mapping[Type, Callable[[str, Any], Any]] = {
    Type.STRING: _text,
    Type.INTEGER: _integer,
    Type.FLOAT: _float,
    Type.BOOLEAN: _boolean,
    Type.TIME: _time,
    Type.IDS: _ids,
    Type.JSON: _json,
}
