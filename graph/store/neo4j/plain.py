"""The driver's values as JSON has them, and the graph that they show."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from neo4j.graph import Node, Path, Relationship
from neo4j.spatial import Point
from neo4j.time import Date, DateTime, Duration, Time
from neo4j.vector import Vector

from graph.errors import CypherRefused

MAX_DEPTH: Final = 100
"""Lists and maps inside one another."""


@dataclass(slots=True)
class Drawing:
    """The nodes and relationships of an answer, by the server's element id, each once."""

    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    relationships: dict[str, dict[str, Any]] = field(default_factory=dict)


def plain(value: Any, drawing: Drawing, depth: int = 0) -> Any:
    """A value of the driver as JSON has it.

    A node is ``{"element_id", "labels", "properties"}``, a relationship ``{"element_id", "type", "start", "end",
    "properties"}`` with its ends' element ids, a path ``{"nodes", "relationships"}``; times are ISO 8601, a point has
    ``srid`` and ``coordinates``, a number that is none is null, and bytes are base64.

    Args:
        value: what a record holds.
        drawing: takes the nodes and relationships that are seen.
        depth: how many lists and maps it is inside of.

    Raises:
        CypherRefused: it is nested deeper than `MAX_DEPTH`.
    """
    if depth > MAX_DEPTH:
        raise CypherRefused(f"the answer has lists or maps more than {MAX_DEPTH} deep in one another")
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Node():
            return _node(value, drawing)
        case Relationship():
            return _relationship(value, drawing)
        case Path():
            return {
                "nodes": [_node(each, drawing) for each in value.nodes],
                "relationships": [_relationship(each, drawing) for each in value.relationships],
            }
        case Point():
            return {"srid": value.srid, "coordinates": list(value)}
        case list():
            return [plain(each, drawing, depth + 1) for each in value]
        case dict():
            return {key: plain(each, drawing, depth + 1) for key, each in value.items()}
        case _:
            return _scalar(value)


def size(row: list[Any]) -> int:
    """Bytes of a row as JSON."""
    return len(orjson.dumps(row))


def _scalar(value: Any) -> Any:
    if isinstance(value, Date | DateTime | Duration | Time):
        return value.iso_format()
    if isinstance(value, Vector):
        return value.to_native()
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    return str(value)


def _node(node: Node, drawing: Drawing) -> dict[str, Any]:
    seen = drawing.nodes.get(node.element_id)
    if seen is None:
        properties = {key: plain(value, drawing) for key, value in node.items()}
        seen = {"element_id": node.element_id, "labels": sorted(node.labels), "properties": properties}
        drawing.nodes[node.element_id] = seen
    return seen


def _relationship(each: Relationship, drawing: Drawing) -> dict[str, Any]:
    seen = drawing.relationships.get(each.element_id)
    if seen is None:
        start, end = each.nodes
        seen = {
            "element_id": each.element_id,
            "type": each.type,
            "start": start.element_id if start else None,
            "end": end.element_id if end else None,
            "properties": {key: plain(value, drawing) for key, value in each.items()},
        }
        drawing.relationships[each.element_id] = seen
    return seen
