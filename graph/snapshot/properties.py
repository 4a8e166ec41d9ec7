"""Properties of nodes in the types that JSON has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from graph.schema import NODES, Property, Type
from graph.snapshot.view import LiveView


def properties(view: LiveView, label: str, row: int) -> dict[str, Any]:
    """Every property that the node has, in JSON types; times as `time_text`."""
    values = ((each.name, _value(view, label, each, row)) for each in NODES[label].properties)
    return {name: value for name, value in values if value is not None}


def time_text(milliseconds: int) -> str:
    """RFC 3339 in UTC with ``Z`` of milliseconds since 1970."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat().replace("+00:00", "Z")


def _value(view: LiveView, label: str, declared: Property, row: int) -> Any:
    if declared.type is Type.STRING:
        return view.text(label, declared.name, row)
    if declared.type in {Type.JSON, Type.IDS}:
        return view.json(label, declared.name, row)
    column = view.number(label, declared.name)
    return None if column is None or row >= len(column) else _number(declared, float(column[row]))


def _number(declared: Property, value: float) -> Any:
    if np.isnan(value):
        return None
    if declared.type is Type.BOOLEAN:
        return bool(value)
    if declared.type is Type.TIME:
        return time_text(int(value))
    return float(value) if declared.type is Type.FLOAT else int(value)
