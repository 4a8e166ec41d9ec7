"""Writes the reference page of the schema: ``python -m graph.schema_page > docs/reference/schema.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence

from graph.schema import EDGE_TYPES, EVENT_TYPES, NODE_TYPES, EdgeType, EventType, Keeping, NodeType, Property

TITLE = """# The schema

Every label, relationship type, event type and property, with what it may hold. This page is written from
`graph/schema.py`, from which the stores make their tables and the validators their rules.

## Values

| type | what it holds |
| --- | --- |
| string | text in UTF-8; what ends in `_id`, and `id`, is an external id of 1 to 256 bytes |
| integer | a whole number of at most 64 bits |
| float | a finite number |
| boolean | true or false |
| time | RFC 3339 with a zone in events, such as `2026-11-22T10:00:00Z`; milliseconds since 1970 inside |
| ids | a list of external ids |
| json | a JSON value, kept as it came |

Each property is a register: of two events that set it, the one with the later time stands, and of equal times the
one with the greater event id, in whatever order they arrive. `null` removes a property. What is known of a node beyond
its declared properties is kept under `attributes`, each name a register of its own.
"""
KEEPING = {
    Keeping.PAIR: "one edge a pair: count of distinct events, first and last time, and whether it stands",
    Keeping.EVENT: "one edge an event",
    Keeping.DERIVED: "made from a property",
}


def schema_page() -> str:
    """The whole page, as Markdown."""
    return "\n".join([TITLE, *_nodes(), *_edges(), *_events()])


def _nodes() -> Iterator[str]:
    yield "## Labels\n"
    for node in NODE_TYPES:
        yield from _node(node)


def _node(node: NodeType) -> Iterator[str]:
    yield f"### {node.label}\n\n{_sentence(node.summary)}\n"
    yield _table(("property", "type", "meaning"), (_property(p) for p in node.properties))


def _edges() -> Iterator[str]:
    yield "## Relationship types\n"
    yield "The same type between other labels is an edge set of its own.\n"
    yield _table(("edge set", "meaning", "kept as", "own properties"), map(_edge, EDGE_TYPES))


def _edge(edge: EdgeType) -> tuple[str, ...]:
    kept = KEEPING[edge.keeping] + (f", `{edge.from_property}`" if edge.from_property else "")
    names = ", ".join(f"`{p.name}`" for p in edge.properties)
    return f"`({edge.source})-[{edge.type}]->({edge.target})`", edge.summary, kept, names


def _events() -> Iterator[str]:
    yield "## Event types\n"
    yield "Every event may also carry `event_id`, `at` and `session_id`. Fields in bold have to be there, and so has"
    yield "`user_id`, except in `deleted` and in events that say what a node is.\n"
    yield _table(("type", "meaning", "fields", "writes"), map(_event, EVENT_TYPES))


def _event(event: EventType) -> tuple[str, ...]:
    fields = ", ".join(f"**`{f.name}`**" if f.required else f"`{f.name}`" for f in event.fields)
    edges = ", ".join(f"`{source}-{kind}-{target}`" for source, kind, target in event.edges)
    writes = edges + ("" if event.stands else ", takes the edge away")
    return f"`{event.name}`", event.summary, fields, writes or (f"`{event.node}`" if event.node else "")


def _property(declared: Property) -> tuple[str, ...]:
    return f"`{declared.name}`", declared.type.value, declared.summary + _bounds(declared)


def _bounds(declared: Property) -> str:
    if declared.choices:
        return f": {', '.join(declared.choices)}"
    if declared.minimum is not None and declared.maximum is not None:
        return f", {declared.minimum:g} to {declared.maximum:g}"
    return "" if declared.minimum is None else f", at least {declared.minimum:g}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_page())
