"""One column of a file becomes one column of checked values: types, missing ones, impossible ones, repairs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import orjson

from graph.schema import Property, Type

ID_BYTES = 256
WIDEST = 4
"""Bytes of one character in UTF-8 at most."""

TRUE = frozenset({"true", "yes", "1", "t", "y"})
FALSE = frozenset({"false", "no", "0", "f", "n"})
INTEGER_BOUND = 1 << 63
DIGITS = 18


class Bad(Exception):
    """A value cannot be what its column needs; the text is the reason, without the value."""


class Times(Protocol):
    """Reads times into milliseconds since 1970."""

    def one(self, value: Any) -> tuple[int, bool]:
        """One time, and whether it was set back to now.

        Raises:
            Bad: it is none, or impossible.
        """

    def column(self, values: Sequence[Any]) -> list[Any] | None:
        """Whole numbers or texts of digits at once; None where one of them needs a closer look."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How the values of one column are read.

    Attributes:
        declared: name, type, range and choices.
        is_id: whether the text is an external id.
        text: whether values are text as it stood in a file.
        missing: texts that stand for no value.
        trim: cut white space around text.
        whole: ids were written as numbers.
        split: what separates the ids of a list.
        scale: numbers are multiplied by it.
        time: reads a time into milliseconds since 1970.
    """

    declared: Property
    is_id: bool = False
    text: bool = True
    missing: frozenset[str] = frozenset({""})
    trim: bool = True
    whole: bool = False
    split: str = ""
    scale: float = 1.0
    time: Times | None = None

    def of_values(self) -> Rule:
        """The same for values that are no text of a file."""
        return replace(self, text=False, trim=False)


@dataclass(frozen=True, slots=True)
class Converted:
    """Values of one column; None where there is none.

    Attributes:
        values: ``(n,)`` checked values.
        bad: index to reason, for values that cannot be.
        repaired: indexes of values that were mended.
    """

    values: list[Any]
    bad: dict[int, str] = field(default_factory=dict)
    repaired: set[int] = field(default_factory=set)


def convert(values: Sequence[Any], rule: Rule) -> Converted:
    """Check a column; the common case, in which nothing is wrong, is done a column at a time."""
    quick = _quick(values, rule)
    if quick is not None:
        return Converted(quick)
    result = Converted([None] * len(values))
    for index, value in enumerate(values):
        try:
            result.values[index], mended = _one(value, rule)
        except Bad as bad:
            result.bad[index] = f"{rule.declared.name} {bad}"
        else:
            if mended:
                result.repaired.add(index)
    return result


def _one(value: Any, rule: Rule) -> tuple[Any, bool]:
    mended = False
    if isinstance(value, str):
        cut = value.strip() if rule.text and rule.trim else value
        mended = cut != value and cut not in rule.missing
        value = cut
        if value in rule.missing:
            return None, False
    elif value is None or (isinstance(value, float) and math.isnan(value) and rule.declared.type is not Type.FLOAT):
        return None, False
    checked, changed = _ONE[rule.declared.type](value, rule)
    return _in_range(checked, rule.declared), mended or changed


def _in_range(value: Any, declared: Property) -> Any:
    if declared.minimum is not None and value < declared.minimum:
        raise Bad(f"is less than {declared.minimum:g}")
    if declared.maximum is not None and value > declared.maximum:
        raise Bad(f"is more than {declared.maximum:g}")
    if declared.choices and value not in declared.choices:
        raise Bad(f"is none of {', '.join(declared.choices)}")
    return value


def _string(value: Any, rule: Rule) -> tuple[str, bool]:
    if isinstance(value, bool | list | dict | bytes):
        raise Bad("is no text")
    mended = False
    if rule.is_id and (rule.whole or isinstance(value, float)):
        value, mended = _whole_text(value), not rule.whole
    text = value if isinstance(value, str) else str(value)
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise Bad("holds half a character") from error
    if rule.is_id and size > ID_BYTES:
        raise Bad(f"is longer than {ID_BYTES} bytes")
    if rule.is_id and not size:
        raise Bad("is empty")
    return text, mended


def _whole_text(value: Any) -> str:
    try:
        number = float(value)
        if number.is_integer():
            return str(int(number))
    except (ValueError, TypeError, OverflowError) as error:
        raise Bad("is no whole number") from error
    raise Bad("is no whole number")


def _number(value: Any, rule: Rule) -> float:
    if isinstance(value, bool | list | dict) or (isinstance(value, str) and "_" in value):
        raise Bad("is not a number")
    try:
        number = float(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise Bad("is not a number") from error
    if not math.isfinite(number):
        raise Bad("is not a number")
    return number * rule.scale


def _float(value: Any, rule: Rule) -> tuple[float, bool]:
    return _number(value, rule), False


def _integer(value: Any, rule: Rule) -> tuple[int, bool]:
    number = _number(value, rule)
    if rule.scale != 1.0:
        number = round(number)
    if number != math.floor(number):
        raise Bad("is not a whole number")
    if abs(number) >= INTEGER_BOUND:
        raise Bad("is too large")
    exact = isinstance(value, int) and rule.scale == 1.0
    return (value if exact else int(number)), False


def _boolean(value: Any, _rule: Rule) -> tuple[bool, bool]:
    text = str(value).lower()
    if text in TRUE or text in FALSE:
        return text in TRUE, False
    raise Bad("is neither true nor false")


def _time(value: Any, rule: Rule) -> tuple[int, bool]:
    assert rule.time is not None, "a plan gives every time column a reader"
    return rule.time.one(value)


def _ids(value: Any, rule: Rule) -> tuple[list[str], bool]:
    if isinstance(value, str):
        value = value.split(rule.split) if rule.split else [value]
    elif not isinstance(value, list | tuple):
        value = [value]
    known = [each.strip() if isinstance(each, str) and rule.text and rule.trim else each for each in value]
    texts = [_string(each, rule)[0] for each in known if each is not None and each not in rule.missing]
    return list(dict.fromkeys(texts)), len(texts) < len(value)


def _json(value: Any, rule: Rule) -> tuple[Any, bool]:
    if not rule.text or not isinstance(value, str):
        return _plain(value), False
    if value.lower() in {"true", "false"}:
        return value.lower() == "true", False
    if value[:1] in "{[":
        try:
            return orjson.loads(value), False
        except orjson.JSONDecodeError as error:
            raise Bad("is not JSON") from error
    return value, False


def _plain(value: Any) -> Any:
    """What JSON can hold: dates and the like become text."""
    try:
        return orjson.loads(orjson.dumps(value, default=str))
    except (TypeError, orjson.JSONEncodeError) as error:
        raise Bad("cannot be kept as JSON") from error


_ONE: dict[Type, Callable[[Any, Rule], tuple[Any, bool]]] = {
    Type.STRING: _string,
    Type.INTEGER: _integer,
    Type.FLOAT: _float,
    Type.BOOLEAN: _boolean,
    Type.TIME: _time,
    Type.IDS: _ids,
    Type.JSON: _json,
}


def _quick(values: Sequence[Any], rule: Rule) -> list[Any] | None:
    """A whole column at once; None where a value needs a closer look."""
    kinds = set(map(type, values))
    if kinds == {str}:
        return _QUICK[rule.declared.type](values, rule)
    return _quick_integers(values, rule) if kinds == {int} else None


def _quick_integers(values: Sequence[int], rule: Rule) -> list[Any] | None:
    kind = rule.declared.type
    if not -INTEGER_BOUND <= min(values) <= max(values) < INTEGER_BOUND or rule.scale != 1.0:
        return None
    if kind is Type.STRING and not rule.declared.choices:
        return list(map(str, values))
    if kind is Type.IDS:
        return [[text] for text in map(str, values)]
    if kind is Type.TIME and rule.time is not None:
        return rule.time.column(values)
    if kind in {Type.INTEGER, Type.FLOAT} and _all_in_range(values, rule.declared):
        return list(values) if kind is Type.INTEGER else list(map(float, values))
    return None


def short_digits(values: Sequence[str]) -> bool:
    """Whether all are whole numbers that fit into 64 bits; Python refuses to read very long ones."""
    return all(map(str.isdecimal, values)) and max(map(len, values), default=0) <= DIGITS


def _clean_text(values: Sequence[Any], rule: Rule) -> bool:
    """Whether no text is missing, padded, or wider than an id may be."""
    if rule.trim and any(value != value.strip() for value in values):
        return False
    return rule.missing.isdisjoint(values) and (not rule.is_id or max(map(len, values), default=0) * WIDEST <= ID_BYTES)


def _quick_string(values: Sequence[Any], rule: Rule) -> list[Any] | None:
    if rule.declared.choices or not _clean_text(values, rule):
        return None
    if rule.whole:
        return _quick_whole(values)
    try:
        "".join(values).encode()
    except UnicodeEncodeError:
        return None
    return list(values)


def _quick_whole(values: Sequence[Any]) -> list[Any] | None:
    if short_digits(values):
        return list(map(str, map(int, values)))
    numbers = _finite(values)
    return None if numbers is None or not all(map(float.is_integer, numbers)) else list(map(str, map(int, numbers)))


def _finite(values: Sequence[Any]) -> list[float] | None:
    try:
        numbers = list(map(float, values))
    except ValueError:
        return None
    return None if "_" in "".join(values) or not all(map(math.isfinite, numbers)) else numbers


def _quick_float(values: Sequence[Any], rule: Rule) -> list[Any] | None:
    if rule.scale != 1.0:
        return None
    numbers = _finite(values)
    return numbers if numbers is not None and _all_in_range(numbers, rule.declared) else None


def _quick_integer(values: Sequence[Any], rule: Rule) -> list[Any] | None:
    if rule.scale != 1.0 or not short_digits(values):
        return None
    numbers = list(map(int, values))
    in_range = max(numbers, default=0) < INTEGER_BOUND and _all_in_range(numbers, rule.declared)
    return numbers if in_range else None


def _all_in_range(numbers: Sequence[float], declared: Property) -> bool:
    return not numbers or (
        (declared.minimum is None or min(numbers) >= declared.minimum)
        and (declared.maximum is None or max(numbers) <= declared.maximum)
    )


def _quick_ids(values: Sequence[Any], rule: Rule) -> list[Any] | None:
    texts = None if rule.split else _quick_string(values, rule)
    return None if texts is None else [[text] for text in texts]


def _quick_times(values: Sequence[Any], rule: Rule) -> list[Any] | None:
    return rule.time.column(values) if rule.time is not None and short_digits(values) else None


def _never_quick(_values: Sequence[Any], _rule: Rule) -> list[Any] | None:
    return None


_QUICK: dict[Type, Callable[[Sequence[Any], Rule], list[Any] | None]] = {
    Type.STRING: _quick_string,
    Type.INTEGER: _quick_integer,
    Type.FLOAT: _quick_float,
    Type.BOOLEAN: _never_quick,
    Type.TIME: _quick_times,
    Type.IDS: _quick_ids,
    Type.JSON: _never_quick,
}
