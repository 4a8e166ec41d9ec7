"""Typed parameters of named queries: read from front matter, and values checked against them.

A parameter's line says ``TYPE, meaning``; the meaning may begin with a range (``1 to 500``) and end with a default as
JSON (``, default 20``; ``default newest`` for a time means that of the newest event in the graph).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from graph.errors import InvalidValue

TYPES = ("STRING", "INTEGER", "FLOAT", "BOOLEAN", "TIME", "LIST<STRING>", "LIST<FLOAT>", "MAP<FLOAT>")
NEWEST = "newest"
RANGE = re.compile(r"(-?[\d.]+) to (-?[\d.]+)(?:, )?")
DEFAULT = re.compile(r",? ?default (.+)$")
LONGEST_TEXT = 10_000
LONGEST_LIST = 5_000
INT64 = 2**63
TRUTH = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a named query.

    Attributes:
        name: its name in the query's text.
        type: one of `TYPES`.
        meaning: what it stands for.
        minimum: smallest value, if there is one.
        maximum: greatest value, if there is one.
        default: as JSON, ``newest``, or None where a value must be given.
    """

    name: str
    type: str
    meaning: str
    minimum: float | None = None
    maximum: float | None = None
    default: str | None = None

    @property
    def required(self) -> bool:
        """Whether a value must be given."""
        return self.default is None

    def described(self) -> str:
        """Meaning, range and default in one line."""
        parts = [self.meaning]
        if self.minimum is not None and self.maximum is not None:
            parts.append(f"{self.minimum:g} to {self.maximum:g}")
        if self.default is not None:
            parts.append("default: the newest event" if self.default == NEWEST else f"default {self.default}")
        return ", ".join(filter(None, parts))


def parameter(query: str, name: str, line: str) -> Parameter:
    """Read one line of front matter.

    Raises:
        InvalidValue: it breaks the form.
    """
    kind, _, rest = line.partition(", ")
    if kind not in TYPES:
        raise InvalidValue(query, f"the parameter {name} has the type {kind!r}; known: {', '.join(TYPES)}")
    default = DEFAULT.search(rest)
    rest = DEFAULT.sub("", rest)
    limits = RANGE.match(rest)
    minimum, maximum = (float(limits[1]), float(limits[2])) if limits else (None, None)
    meaning = RANGE.sub("", rest, count=1) if limits else rest
    return Parameter(name, kind, meaning, minimum, maximum, default[1] if default else None)


def checked(query: str, declared: Mapping[str, str], given: Mapping[str, Any], newest_ms: int) -> dict[str, Any]:
    """Values for a query: those given, in the types that it declares, and defaults for the rest.

    Args:
        query: its name, for errors.
        declared: the query's parameters, as its front matter says.
        given: JSON values, or texts as a command line has them.
        newest_ms: what the default ``newest`` stands for, in milliseconds since 1970.

    Raises:
        InvalidValue: one is unknown, missing, of another type, or out of its range.
    """
    parameters = {name: parameter(query, name, line) for name, line in declared.items()}
    unknown = sorted(given.keys() - parameters.keys())
    if unknown:
        known = ", ".join(parameters) or "none"
        raise InvalidValue(unknown[0], f"{query} has no such parameter; it has {known}")
    values = {}
    for name, each in parameters.items():
        if given.get(name) is not None:
            values[name] = _in_range(each, _converted(each, given[name]))
        elif each.default is None:
            raise InvalidValue(name, f"{query} needs it: {each.type}, {each.meaning}")
        else:
            values[name] = newest_ms if each.default == NEWEST else json.loads(each.default)
    return values


def _converted(each: Parameter, value: Any) -> Any:
    if each.type.startswith("LIST"):
        return _list(each, value)
    if each.type.startswith("MAP"):
        return _map(each, value)
    if each.type == "STRING":
        if isinstance(value, str) and len(value) <= LONGEST_TEXT:
            return value
    elif each.type == "BOOLEAN":
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in TRUTH:
            return TRUTH[value.lower()]
    elif each.type == "TIME":
        return _time(each, value)
    elif not isinstance(value, bool):
        return _number(each, value)
    raise InvalidValue(each.name, f"{_shown(value)} is no {each.type}")


def _number(each: Parameter, value: Any) -> int | float:
    kind: type[int] | type[float] = int if each.type == "INTEGER" else float
    try:
        if isinstance(value, str) or (isinstance(value, int | float) and (kind is float or value == int(value))):
            number = kind(value)
            if number == number and abs(number) < INT64:  # neither NaN nor too great
                return number
    except (ValueError, OverflowError):
        pass
    raise InvalidValue(each.name, f"{_shown(value)} is no {each.type}")


def _list(each: Parameter, value: Any) -> list[Any]:
    if isinstance(value, str):
        value = _listed(value)
    if not isinstance(value, list) or len(value) > LONGEST_LIST:
        raise InvalidValue(each.name, f"{_shown(value)} is no list of at most {LONGEST_LIST} values")
    of = Parameter(each.name, each.type.removeprefix("LIST<").removesuffix(">"), each.meaning)
    return [_converted(of, item) for item in value]


def _map(each: Parameter, value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = _from_json(value)
    if not isinstance(value, dict) or len(value) > LONGEST_LIST:
        raise InvalidValue(each.name, f"{_shown(value)} is no object of at most {LONGEST_LIST} values")
    of = Parameter(each.name, each.type.removeprefix("MAP<").removesuffix(">"), each.meaning)
    return {str(key): _converted(of, item) for key, item in value.items()}


def _listed(text: str) -> Any:
    return _from_json(text) if text.startswith("[") else [part.strip() for part in text.split(",")]


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _time(each: Parameter, value: Any) -> int:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        at = None
    if at is None or at.tzinfo is None:
        raise InvalidValue(each.name, f"{_shown(value)} is no time such as 2026-11-22T10:00:00Z")
    return round(at.astimezone(UTC).timestamp() * 1000)


def _in_range(each: Parameter, value: Any) -> Any:
    if each.minimum is not None and each.maximum is not None and not each.minimum <= value <= each.maximum:
        raise InvalidValue(each.name, f"{value} is not within {each.minimum:g} to {each.maximum:g}")
    return value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
