"""Properties of all products as columns that filters compare; each is made at the first question about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.schema import NODES, Type
from graph.snapshot.view import LiveView
from recommend.filters import kernels
from recommend.query import Rows

Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]

LISTED = {"categories": ("Product", "IN_CATEGORY", "Category"), "tags": ("Product", "TAGGED", "Tag")}
"""Properties that are edges."""
NUMERIC = {Type.INTEGER, Type.FLOAT, Type.BOOLEAN, Type.TIME}
PARENT = ("Category", "SUBCATEGORY_OF", "Category")
MOST_MASKS = 32
"""Filters whose products are remembered."""


@dataclass(frozen=True, slots=True)
class Loose:
    """A property of JSON: numbers, truths and texts, one or several a product.

    Attributes:
        numbers: ``(n,)`` float64; 1 and 0 for true and false, NaN where there is none.
        rows: ``(k,)`` products with texts, one entry a text.
        codes: ``(k,)`` which text.
        known: codes by text.
    """

    numbers: Numbers
    rows: Rows
    codes: Rows
    known: dict[str, int]

    def equal(self, text: str) -> Mask:
        """``(n,)`` where it is, or holds, this text."""
        mask = np.zeros(len(self.numbers), np.bool_)
        mask[self.rows[self.codes == self.known.get(text, -1)]] = True
        return mask

    def missing(self) -> Mask:
        """``(n,)`` where it is neither a number nor a text."""
        mask = np.isnan(self.numbers)
        mask[self.rows] = False
        return mask


@dataclass(slots=True)
class Columns:
    """The columns of the products that a view had when these were made, as filters ask for them.

    Attributes:
        view: the graph.
        count: products, those that are ended included.
    """

    view: LiveView
    count: int = field(init=False)
    _loose: dict[str, Loose] = field(default_factory=dict)
    _masks: dict[str, Mask] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Count now; products that come later are in none of the columns."""
        self.count = self.view.count("Product")

    def kept(self, name: str, made: Callable[[], Mask]) -> Mask:
        """A mask that is made once for all who ask for it, until any product changes; the last `MOST_MASKS` stay."""
        found = self._masks.get(name)
        if found is None:
            while len(self._masks) >= MOST_MASKS:
                self._masks.pop(next(iter(self._masks)), None)
            found = self._masks[name] = made()
        return found

    def numbers(self, name: str) -> Numbers:
        """``(n,)`` a declared property that is a number, truth or time, NaN where missing; times in milliseconds."""
        found = self.view.number("Product", name)
        if found is None:
            return np.full(self.count, np.nan)
        missing = self.count - len(found)
        return np.pad(found, (0, missing), constant_values=np.nan) if missing > 0 else found[: self.count]

    def text_is(self, name: str, text: str) -> Mask:
        """``(n,)`` where a property of type string is this text."""
        mask = np.zeros(self.count, np.bool_)
        column = self.view.snapshot.texts.get(("Product", name))
        if column is not None:
            wanted = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
            kernels.equal_texts(column.blob, column.offsets, wanted, mask)
        for row in self._told_since(name):
            mask[row] = self.view.text("Product", name, row) == text
        return mask

    def text_missing(self, name: str) -> Mask:
        """``(n,)`` where a property of type string, or JSON, is not there."""
        mask = np.ones(self.count, np.bool_)
        column = self.view.snapshot.texts.get(("Product", name))
        if column is not None:
            mask[: len(column)] = np.diff(column.offsets) == 0
        for row in self._told_since(name):
            mask[row] = self.view.is_missing("Product", name, row)
        return mask

    def _told_since(self, name: str) -> list[int]:
        return [row for row in self.view.told_since("Product", name) if row < self.count]

    def listed_has(self, name: str, ids: list[str], below: list[str]) -> Mask:
        """``(n,)`` products in one of these categories, or with one of these tags.

        Args:
            name: ``categories`` or ``tags``.
            ids: of the things themselves.
            below: categories of which all that is below counts too.
        """
        key = LISTED[name]
        rows = self.view.rows_of(key[2], ids)
        wanted = np.union1d(rows[rows >= 0], self.subtree(below)) if below else rows[rows >= 0]
        mask = np.zeros(self.count, np.bool_)
        into = self.view.edges(*key).into
        for row in wanted.tolist():
            found = into.neighbours(row)
            mask[found[found < self.count]] = True
        return mask

    def listed_missing(self, name: str) -> Mask:
        """``(n,)`` products without any category, or tag."""
        return np.asarray(self.view.edges(*LISTED[name]).out.degrees(np.arange(self.count, dtype=np.int32)) == 0)

    def subtree(self, category_ids: list[str]) -> Rows:
        """``(k,)`` rows of these categories and of all below them; ids that nothing has are left out."""
        rows = self.view.rows_of("Category", category_ids)
        below = self.view.edges(*PARENT).into
        found = set(rows[rows >= 0].tolist())
        todo = list(found)
        while todo:
            for each in below.neighbours(todo.pop()).tolist():
                if each not in found:
                    found.add(each)
                    todo.append(each)
        return np.array(sorted(found), np.int32)

    def loose(self, name: str) -> Loose:
        """A part of a property of type JSON, such as ``attributes.colour`` or ``available.DE``."""
        if name not in self._loose:
            self._loose[name] = self._read(*name.partition(".")[::2])
        return self._loose[name]

    def _read(self, name: str, inner: str) -> Loose:
        numbers = np.full(self.count, np.nan)
        rows: list[int] = []
        codes: list[int] = []
        known: dict[str, int] = {}
        for row in self.view.rows_with("Product", name):
            if row >= self.count:
                continue
            value = part_of(self.view.json("Product", name, row), inner)
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, str):
                    rows.append(row)
                    codes.append(known.setdefault(each, len(known)))
                elif isinstance(each, int | float):
                    numbers[row] = each
        return Loose(numbers, np.array(rows, np.int32), np.array(codes, np.int32), known)


def part_of(value: Any, inner: str) -> Any:
    """A part of a JSON value by name.

    Without a name of ``{market: true or false}`` whether any is true; with one, of plain true or false just that.
    """
    if not inner:
        return any(value.values()) if isinstance(value, dict) else value
    return value.get(inner) if isinstance(value, dict) else value if isinstance(value, bool) else None


def kind_of(label: str, name: str) -> Type:
    """What type a property, or part of one, is compared as."""
    declared = NODES[label].property(name)
    if declared is None:
        return Type.STRING if name == "id" else Type.JSON
    return declared.type
