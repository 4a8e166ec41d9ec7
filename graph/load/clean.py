"""Rows become checked columns of events or nodes, and rejected rows with their reasons."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import compress
from typing import Any

import orjson

from graph.load.mapping import EventTable, Mapping, NodeTable
from graph.load.plan import Field, Plan, Planner, column_of, has_column
from graph.load.rows import Rows
from graph.load.values import Converted, convert
from graph.model import MISSING
from graph.schema import EVENTS, NODES

ID_SIZE = 12
"""Bytes of the ids that are made for rows: in 10^9 rows two meet with a chance of 10^-11."""


@dataclass(slots=True)
class Cleaned:
    """A batch of one event type or label, still with the rows that it came from.

    Attributes:
        plan: the table and type.
        rows: the rows that it came from.
        columns: checked values by field, each as long as ``rows``; None where there is none.
        rejected: index to reason.
        repaired: indexes of rows with a mended or dropped value.
        repairs: how often each repair was made.
    """

    plan: Plan
    rows: Rows
    columns: dict[str, list[Any]] = field(default_factory=dict)
    rejected: dict[int, str] = field(default_factory=dict)
    repaired: set[int] = field(default_factory=set)
    repairs: Counter[str] = field(default_factory=Counter)

    def reject(self, index: int, reason: str) -> None:
        """Give up a row; the first reason stands."""
        self.rejected.setdefault(index, reason)

    def reject_all(self, indexes: Sequence[int], reason: str) -> None:
        """Give up rows for one reason."""
        for index in indexes:
            self.reject(index, reason)

    def kept(self) -> list[int]:
        """Indexes of the rows that stand."""
        return [index for index in range(len(self.rows)) if index not in self.rejected]

    def standing(self) -> dict[str, list[Any]]:
        """The columns without the rejected rows."""
        if not self.rejected:
            return self.columns
        mask = [index not in self.rejected for index in range(len(self.rows))]
        return {name: list(compress(values, mask)) for name, values in self.columns.items()}


class Cleaner:
    """Cleans the rows of one table.

    Args:
        mapping: where the table is from.
        where: its place in the mapping.
        table: as written.
        planner: works out the plans.

    Raises:
        InvalidMapping: the table says what cannot be.
    """

    def __init__(self, mapping: Mapping, where: str, table: EventTable | NodeTable, planner: Planner) -> None:
        self._mapping = mapping
        self._where = where
        self._table = table
        if isinstance(table, NodeTable):
            self._plans = {table.label: planner.node_plan(where, table)}
        else:
            self._plans = planner.event_plans(where, table)

    def clean(self, rows: Rows, file: str) -> Iterator[Cleaned]:
        """Check a batch of rows; every row is in exactly one of the results.

        Raises:
            InvalidMapping: the file has no column of a name that the mapping says.
        """
        if isinstance(self._table, EventTable) and self._table.type_column:
            for plan, part, unknown in self._by_type(rows, file):
                cleaned = self._cleaned(plan, part, file)
                if unknown:
                    cleaned.reject_all(range(len(part)), f"{self._table.type_column} names no event type")
                yield cleaned
        else:
            yield self._cleaned(next(iter(self._plans.values())), rows, file)

    def _by_type(self, rows: Rows, file: str) -> Iterator[tuple[Plan, Rows, bool]]:
        assert isinstance(self._table, EventTable)
        column = self._table.type_column
        values: list[Any] = [None] * len(rows)
        if "" not in self._table.types or has_column(rows, column):
            values = column_of(rows, column, self._mapping, f"{self._where}, type_column", file)
        types = {name.casefold(): kind for name, kind in self._table.types.items()}
        groups: dict[str, list[int]] = defaultdict(list)
        for index, value in enumerate(values):
            name = "" if value is None else str(value).strip()
            groups[types.get(name.casefold(), "") if types else name].append(index)
        if not groups:
            yield from ((plan, rows, False) for plan in self._plans.values())
        for kind, indexes in groups.items():
            plan = self._plans.get(kind)
            yield plan or next(iter(self._plans.values())), rows.at(indexes), plan is None

    def _cleaned(self, plan: Plan, rows: Rows, file: str) -> Cleaned:
        cleaned = Cleaned(plan, rows)
        for each in plan.fields:
            cleaned.columns[each.declared.name] = self._column(each, cleaned, file)
        if isinstance(plan.table, NodeTable):
            self._keep_extras(cleaned, file)
        else:
            _refuse_impossible(cleaned)
        return cleaned

    def _column(self, each: Field, cleaned: Cleaned, file: str) -> list[Any]:
        rows = cleaned.rows
        if not each.column:
            return [each.constant] * len(rows)
        if each.may_lack and not has_column(rows, each.column):
            return [None] * len(rows)
        values = column_of(rows, each.column, self._mapping, f"{self._where}, columns.{each.declared.name}", file)
        converted = _converted(each, values, text=rows.text and not each.column.startswith("#"))
        name = each.declared.name
        for index, reason in converted.bad.items():
            if each.rejects:
                cleaned.reject(index, reason)
            else:
                cleaned.repaired.add(index)
                cleaned.repairs[f"{reason}: dropped"] += 1
        if converted.repaired:
            cleaned.repaired |= converted.repaired
            cleaned.repairs[f"{name} mended"] += len(converted.repaired)
        if each.declared.required and None in converted.values:
            missing = [index for index, value in enumerate(converted.values) if value is None]
            cleaned.reject_all(missing, f"{name} is missing")
        return converted.values

    def _keep_extras(self, cleaned: Cleaned, file: str) -> None:
        if not cleaned.plan.extras:
            return
        columns = {each.declared.name: self._column(each, cleaned, file) for each in cleaned.plan.extras}
        given = cleaned.columns.get("attributes") or [None] * len(cleaned.rows)
        merged = []
        for index, attributes in enumerate(given):
            known = {name: values[index] for name, values in columns.items() if values[index] is not None}
            known = {**(attributes if isinstance(attributes, dict) else {}), **known}
            merged.append(known or None)
        cleaned.columns["attributes"] = merged


def _converted(each: Field, values: list[Any], *, text: bool) -> Converted:
    if each.lookup is not None:
        values = [None if value in each.rule.missing else each.lookup.get(str(value)) for value in values]
        text = False
    if each.stands_for:
        values = [each.stands_for.get(str(value).strip().casefold(), value) for value in values]
        text = False
    return convert(values, each.rule if text else each.rule.of_values())


def _refuse_impossible(cleaned: Cleaned) -> None:
    """Rules over several fields of one event."""
    columns = cleaned.columns
    if "other_id" in columns:
        pairs = zip(columns["user_id"], columns["other_id"], strict=True)
        themselves = [index for index, (user, other) in enumerate(pairs) if user == other and user is not None]
        cleaned.reject_all(themselves, "other_id is the person themself")
    if cleaned.plan.kind == "deleted":
        wrong = [index for index, label in enumerate(columns["label"]) if label not in NODES]
        cleaned.reject_all(wrong, "label is none of the schema's")
    if cleaned.plan.kind == "shared":
        nothing: list[Any] = [None] * len(cleaned.rows)
        pairs = zip(columns.get("product_id", nothing), columns.get("post_id", nothing), strict=True)
        wrong = [index for index, (product, post) in enumerate(pairs) if (product is None) == (post is None)]
        cleaned.reject_all(wrong, "needs either product_id or post_id")


def event_ids(kind: str, columns: dict[str, list[Any]]) -> list[str]:
    """An id for each row: its own where it has one, else a hash of its type and all its values.

    So rows that say the same are the same event, in one file and in the next.
    """
    names = sorted(name for name in columns if name != "event_id")
    prefix = orjson.dumps([kind, *names])
    made = [
        blake2b(prefix + orjson.dumps(row, default=_said), digest_size=ID_SIZE).hexdigest()
        for row in zip(*(columns[name] for name in names), strict=True)
    ]
    own = columns.get("event_id")
    return made if own is None else [mine or hashed for mine, hashed in zip(own, made, strict=True)]


def _said(value: Any) -> None:
    assert value is MISSING


def event_fields(kind: str, columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The columns that are fields of the type."""
    return {each.name: columns[each.name] for each in EVENTS[kind].fields if each.name in columns}
