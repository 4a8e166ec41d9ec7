"""From a filter's tree to a mask over all products."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import Any

import numpy as np

from graph.schema import Type
from graph.snapshot.actions import CODE_COUNT, codes_of, minutes_of
from graph.snapshot.view import LiveView
from recommend.errors import InvalidFilter
from recommend.filters.columns import LISTED, NUMERIC, Columns, Mask, Numbers, kind_of, part_of
from recommend.filters.reading import (
    Acted,
    All,
    AnyOf,
    Comparison,
    Constant,
    Field,
    Filter,
    Given,
    Membership,
    Not,
    Now,
    Operator,
    Subtree,
    Value,
)
from recommend.query import NOBODY

COMPARE: dict[Operator, Callable[[Any, Any], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "=": np.equal,
    "!=": np.not_equal,
}
FLIPPED: dict[Operator, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class FilterContext:
    """Who filters, when, and on which page.

    Attributes:
        columns: of the view's products.
        now_minutes: minutes since 1970 that ``now()`` means.
        user_row: who asks, or `NOBODY`.
        current_row: the product of the page, or `NOBODY`.
        values: what ``$name`` stands for: numbers, texts, truths, None, or lists of these.
    """

    columns: Columns
    now_minutes: int
    user_row: int = NOBODY
    current_row: int = NOBODY
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def view(self) -> LiveView:
        """The graph."""
        return self.columns.view


def mask_of(wanted: Filter, context: FilterContext) -> Mask:
    """``(n,)`` which products pass; ended ones are not told apart.

    A comparison with what a product does not have is false, but for ``!=``, which is ``not`` of ``=``.

    Raises:
        InvalidFilter: values are compared that have no order, or are of different kinds.
    """
    match wanted:
        case All(parts):
            return reduce(np.logical_and, (mask_of(each, context) for each in parts))
        case AnyOf(parts):
            return reduce(np.logical_or, (mask_of(each, context) for each in parts))
        case Not(inner):
            return ~mask_of(inner, context)
        case Acted():
            return _acted(wanted, context)
        case Membership(field, values):
            return _among(field, values, context)
        case Comparison():
            return _compared(wanted, context)


def _acted(wanted: Acted, context: FilterContext) -> Mask:
    mask = np.zeros(context.columns.count, np.bool_)
    out = context.view.actions.out
    if context.user_row == NOBODY or context.user_row >= out.node_count:
        return mask
    stamps = out.stamps_of(context.user_row)
    counted = codes_of((wanted.event,))[stamps & np.uint32(CODE_COUNT - 1)]
    if wanted.days is not None:
        counted &= minutes_of(stamps) >= context.now_minutes - wanted.days * 24 * 60
    rows = out.neighbours(context.user_row)[counted]
    mask[rows[rows < len(mask)]] = True
    return mask


def _among(field: Field, values: tuple[Value, ...], context: FilterContext) -> Mask:
    told = [each for value in values for each in _told(value, context)]
    if field.owner == "item":
        return _has_any(field.name, told, context)
    own = _told(field, context)
    return _everywhere(any(_same(each, one) for each in told for one in own), context)


def _compared(wanted: Comparison, context: FilterContext) -> Mask:
    left, operator, right = wanted.left, wanted.operator, wanted.right
    if _of_item(right) and not _of_item(left):
        left, operator, right = right, FLIPPED[operator], left
    if _of_item(left) and _of_item(right):
        return _two_properties(left, operator, right, context)
    told = _told(right, context)
    if not _of_item(left):
        return _everywhere(_two_values(_told(left, context), operator, told), context)
    assert isinstance(left, Field)
    if operator == "=":
        return _has_any(left.name, told, context)
    if operator == "!=":
        return ~_has_any(left.name, told, context)
    return _ordered(left.name, operator, told, context)


def _of_item(value: Value) -> bool:
    return isinstance(value, Field) and value.owner == "item"


def _everywhere(holds: bool, context: FilterContext) -> Mask:
    return np.full(context.columns.count, holds)


def _told(value: Value, context: FilterContext) -> list[Any]:
    """The values that something other than a product's property stands for: numbers, texts, truths, None, subtrees."""
    match value:
        case Constant(told, kind):
            if kind == "span":
                raise InvalidFilter("a span of time, such as 30d, has to be added to now() or taken from it")
            return [told]
        case Now(shift):
            return [(context.now_minutes + shift) * MINUTE_MS]
        case Subtree():
            return [value]
        case Given(name):
            if name not in context.values:
                raise InvalidFilter(f"${name} has no value; give it in filter_values")
            found = context.values[name]
            return found if isinstance(found, list) else [found]
        case Field("user", name):
            return _own("User", context.user_row, name, context)
        case Field(_, name):
            return _own("Product", context.current_row, name, context)


def _own(label: str, row: int, name: str, context: FilterContext) -> list[Any]:
    """What one node has; ``[None]`` for nothing."""
    if row == NOBODY:
        return [None]
    view = context.view
    outer, _, inner = name.partition(".")
    kind = kind_of(label, outer)
    if name == "id":
        found: Any = view.id_of(label, row)
    elif kind in NUMERIC:
        column = view.number(label, name)
        found = None if column is None or np.isnan(column[row]) else float(column[row])
    elif kind is Type.STRING:
        found = view.text(label, name, row)
    else:
        value = view.json(label, outer, row)
        found = value if kind is Type.IDS or value is None else part_of(value, inner)
    return (found or [None]) if isinstance(found, list) else [found]


def _has_any(name: str, told: list[Any], context: FilterContext) -> Mask:
    """``(n,)`` where the property is, or holds, one of these values."""
    columns = context.columns
    outer = name.partition(".")[0]
    kind = kind_of("Product", outer)
    masks = [_missing(name, kind, columns)] if None in told else []
    values = [each for each in told if each is not None]
    if name in LISTED:
        below = [each.category_id for each in values if isinstance(each, Subtree)]
        _only(name, "categories", bool(below))
        ids = [each for each in values if not isinstance(each, Subtree)]
        masks.append(columns.listed_has(name, [_text(name, each) for each in ids], below))
    elif name == "id":
        rows = context.view.rows_of("Product", [_text(name, each) for each in values])
        mask = np.zeros(columns.count, np.bool_)
        mask[rows[(rows >= 0) & (rows < columns.count)]] = True
        masks.append(mask)
    elif kind is Type.STRING:
        masks += [columns.text_is(name, _text(name, each)) for each in values]
    elif kind in NUMERIC:
        numbers = columns.numbers(name)
        masks += [numbers == _number(name, kind, each) for each in values]
    else:
        loose = columns.loose(name)
        _only(name, "categories", any(isinstance(each, Subtree) for each in values))
        masks += [loose.equal(each) if isinstance(each, str) else loose.numbers == float(each) for each in values]
    return reduce(np.logical_or, masks) if masks else _everywhere(False, context)


def _missing(name: str, kind: Type, columns: Columns) -> Mask:
    if name in LISTED:
        return columns.listed_missing(name)
    if name == "id":
        return np.zeros(columns.count, np.bool_)
    if kind is Type.STRING:
        return columns.text_missing(name)
    return np.isnan(columns.numbers(name)) if kind in NUMERIC else columns.loose(name).missing()


def _ordered(name: str, operator: Operator, told: list[Any], context: FilterContext) -> Mask:
    numbers, kind = _numbers(name, context.columns)
    bounds = [_number(name, kind, each) for each in told if each is not None]
    with np.errstate(invalid="ignore"):
        masks = [COMPARE[operator](numbers, each) for each in bounds]
    return reduce(np.logical_or, masks) if masks else _everywhere(False, context)


def _numbers(name: str, columns: Columns) -> tuple[Numbers, Type]:
    kind = kind_of("Product", name.partition(".")[0])
    if kind in NUMERIC:
        return columns.numbers(name), kind
    if kind is Type.JSON:
        return columns.loose(name).numbers, kind
    raise InvalidFilter(f"{name} has no order; compare it by =, != or in")


def _two_properties(left: Value, operator: Operator, right: Value, context: FilterContext) -> Mask:
    assert isinstance(left, Field)
    assert isinstance(right, Field)
    one, other = _numbers(left.name, context.columns)[0], _numbers(right.name, context.columns)[0]
    with np.errstate(invalid="ignore"):
        found: Mask = COMPARE["=" if operator == "!=" else operator](one, other)
    return ~found if operator == "!=" else found


def _two_values(left: list[Any], operator: Operator, right: list[Any]) -> bool:
    if operator in ("=", "!="):
        return any(_same(one, other) for one in left for other in right) == (operator == "=")
    pairs = [(one, other) for one in left for other in right if one is not None and other is not None]
    if not all(isinstance(each, int | float) for pair in pairs for each in pair):
        raise InvalidFilter(f"texts have no order; compare them by =, != or in, not by {operator}")
    return any(COMPARE[operator](one, other) for one, other in pairs)


def _same(one: Any, other: Any) -> bool:
    return bool(one == other)


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Subtree):
        raise InvalidFilter(_SUBTREE)
    told = f"{value:g}" if isinstance(value, float) else json.dumps(value)
    raise InvalidFilter(f'{name} holds texts, and {told} is none; write "{told}" where a text is meant')


_SUBTREE = 'only categories have a subtree, as in category in ("shoes"/*)'


def _only(name: str, allowed: str, asked: bool) -> None:
    if asked and name != allowed:
        raise InvalidFilter(_SUBTREE)


def _number(name: str, kind: Type, value: Any) -> float:
    if isinstance(value, Subtree):
        raise InvalidFilter(_SUBTREE)
    if not isinstance(value, str):
        return float(value)
    if kind is Type.TIME:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise InvalidFilter(f"{name} is a time; {value!r} is none, such as 2026-11-22T10:00:00Z") from error
        if moment.tzinfo is None:
            raise InvalidFilter(f"{name} is a time; {value!r} has no zone, such as the Z of 2026-11-22T10:00:00Z")
        return moment.timestamp() * 1000
    raise InvalidFilter(f"{name} holds numbers; {value!r} is a text")
