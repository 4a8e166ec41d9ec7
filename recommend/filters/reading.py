"""From a filter's text to a tree that has been checked against the schema."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import VisitError

from graph.schema import NODES, Type
from graph.snapshot.actions import EVENT_NAMES
from recommend.errors import InvalidFilter

LONGEST = 10_000
REMEMBERED = 1024
MINUTES = {"m": 1.0, "h": 60.0, "d": 1440.0, "w": 10080.0}
NAMING = {"category": "categories", "categories": "categories", "brand": "brand", "tag": "tags", "tags": "tags"}
"""Names of things that products are joined to."""
PARTED = {"Product": ("attributes", "available"), "User": ("attributes",)}
"""Properties by label that are compared by their parts."""
Operator = Literal["<=", ">=", "!=", "=", "<", ">"]


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, text, truth, or a span of time in minutes."""

    value: Any
    kind: Literal["number", "text", "truth", "span", "null"]


@dataclass(frozen=True, slots=True)
class Subtree:
    """A category and all below it."""

    category_id: str


@dataclass(frozen=True, slots=True)
class Now:
    """The moment of the question, shifted by minutes."""

    shift_minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class Field:
    """A property: of the product that is looked at, of the page's (``current``), or of the asking person (``user``)."""

    owner: Literal["item", "current", "user"]
    name: str


@dataclass(frozen=True, slots=True)
class Given:
    """A value, or a list of values, that comes with the question: ``$name``."""

    name: str


Value = Constant | Subtree | Now | Field | Given


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values and how they are compared."""

    left: Value
    operator: Operator
    right: Value


@dataclass(frozen=True, slots=True)
class Membership:
    """A field whose value, or one of whose values, is among these."""

    field: Field
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Acted:
    """The asking person did something with it, in the last days where said."""

    event: str
    days: float | None


@dataclass(frozen=True, slots=True)
class Not:
    """The other way round."""

    inner: Filter


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Filter, ...]


Filter = Comparison | Membership | Acted | Not | All | AnyOf


@lru_cache(REMEMBERED)
def read_filter(text: str) -> Filter:
    """Read a filter.

    Raises:
        InvalidFilter: it is none, with the place; or it names what products do not have.
    """
    if len(text) > LONGEST:
        raise InvalidFilter(f"has {len(text):,} characters; a filter has at most {LONGEST:,}")
    try:
        tree = _parser().parse(text)
        found: Filter = _Reader().transform(tree)
    except UnexpectedInput as error:
        shown = error.get_context(text, 20).splitlines()[0].strip()
        raise InvalidFilter(f"cannot be read near {shown!r}", error.line, error.column) from error
    except VisitError as error:
        if isinstance(error.orig_exc, InvalidFilter):
            raise error.orig_exc from error
        raise
    except RecursionError as error:
        raise InvalidFilter("is nested too deeply") from error
    return _condition(found)


def depends_on_asker(wanted: Filter) -> bool:
    """Whether the same filter means something else for another person, another page, or with other values."""
    match wanted:
        case All(parts) | AnyOf(parts):
            return any(depends_on_asker(each) for each in parts)
        case Not(inner):
            return depends_on_asker(inner)
        case Acted():
            return True
        case Membership(field, values):
            return any(_is_told(each) for each in (field, *values))
        case Comparison(left, _, right):
            return _is_told(left) or _is_told(right)


def _is_told(value: Value) -> bool:
    return isinstance(value, Given) or (isinstance(value, Field) and value.owner != "item")


@cache
def _parser() -> Lark:
    grammar = files("recommend.filters").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", maybe_placeholders=False)


def _condition(found: Any) -> Filter:
    """A field alone is true where its value is."""
    if isinstance(found, Field):
        label, outer = "User" if found.owner == "user" else "Product", found.name.partition(".")[0]
        declared = NODES[label].property(outer)
        if declared is None or declared.type not in (Type.BOOLEAN, Type.JSON):
            raise InvalidFilter(f"{found.name} alone is no condition; compare it, as in {found.name} != null")
        return Comparison(found, "=", Constant(True, "truth"))
    if not isinstance(found, Filter):
        raise InvalidFilter("is a value, and no condition")
    return found


@v_args(inline=True)
class _Reader(Transformer[Token, Any]):
    def any(self, *parts: Any) -> Filter:
        return AnyOf(tuple(map(_condition, parts)))

    def all(self, *parts: Any) -> Filter:
        return All(tuple(map(_condition, parts)))

    def negation(self, inner: Any) -> Filter:
        return Not(_condition(inner))

    def comparison(self, left: Value, operator: Token, right: Value) -> Filter:
        return Comparison(left, operator.value, right)

    def membership(self, field: Field, *values: Value) -> Filter:
        return Membership(field, values)

    def absence(self, field: Field, *values: Value) -> Filter:
        return Not(Membership(field, values))

    def call(self, name: Token, days: Token | None = None) -> Filter:
        event = _text(name)
        if event not in EVENT_NAMES:
            raise InvalidFilter(f"{event!r} is no event; known: {', '.join(EVENT_NAMES)}", name.line, name.column)
        return Acted(event, None if days is None else float(days))

    def number(self, token: Token) -> Constant:
        return Constant(float(token), "number")

    def negative(self, token: Token) -> Constant:
        return Constant(-float(token), "number")

    def duration(self, token: Token) -> Constant:
        return Constant(float(token[:-1]) * MINUTES[token[-1]], "span")

    def string(self, token: Token) -> Constant:
        return Constant(_text(token), "text")

    def subtree(self, token: Token) -> Subtree:
        return Subtree(_text(token))

    def yes(self) -> Constant:
        return Constant(True, "truth")

    def no(self) -> Constant:
        return Constant(False, "truth")

    def null(self) -> Constant:
        return Constant(None, "null")

    def given(self, name: Token) -> Given:
        return Given(name.value)

    def now(self) -> Now:
        return Now()

    def plus(self, left: Value, right: Value) -> Value:
        return _shifted(left, right, 1)

    def minus(self, left: Value, right: Value) -> Value:
        return _shifted(left, right, -1)

    def field(self, *names: Token) -> Field:
        words = [each.value for each in names]
        owner = words.pop(0) if len(words) > 1 and words[0] in ("current", "user") else "item"
        name = NAMING.get(".".join(words), ".".join(words))
        label = "User" if owner == "user" else "Product"
        if not _is_property(label, name):
            known = ", ".join(each for each in (*_plain(label), *(f"{part}.NAME" for part in PARTED[label])))
            place = names[0].line, names[0].column
            raise InvalidFilter(f"a {label.lower()} has no {name!r} to compare; it has {known}", *place)
        return Field(owner, name)  # type: ignore[arg-type]


def _is_property(label: str, name: str) -> bool:
    outer, _, inner = name.partition(".")
    return outer in PARTED[label] if inner else name in _plain(label)


@cache
def _plain(label: str) -> tuple[str, ...]:
    """Properties that are compared by their name alone."""
    declared = (each.name for each in NODES[label].properties if each.type is not Type.JSON)
    return ("id", *declared, *(("available",) if label == "Product" else ()))


def _shifted(left: Value, right: Value, sign: int) -> Value:
    if isinstance(left, Now) and isinstance(right, Constant) and right.kind == "span":
        return Now(left.shift_minutes + sign * right.value)
    if isinstance(left, Constant) and isinstance(right, Constant) and left.kind == right.kind in ("number", "span"):
        return Constant(left.value + sign * right.value, left.kind)
    raise InvalidFilter("only numbers, spans of time, and now() with a span can be added")


def _text(token: Token) -> str:
    try:
        found: str = json.loads(token.value)
    except ValueError as error:
        raise InvalidFilter(f"{token.value} is no text in the form of JSON", token.line, token.column) from error
    return found
