"""The relationships of an embedded store as CSV, for Neo4j's offline import: SQLite itself writes the lines.

A line made by SQLite costs a third of one that is fetched into Python and put together there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from graph.schema import EDGE_TYPES, EDGES, NODES, EdgeType, Keeping, Type
from graph.store.neo4j.registers import SINCE
from graph.store.neo4j.schema import ENDED
from graph.store.tables import edge_table, node_table, property_table
from graph.store.values import RELATED_TYPE

FIRST_SPAN = 64
BLOCK_BYTES = 4 << 20
"""Lines are taken from SQLite in blocks of about this size."""

INTERACTED = EDGES["User", "INTERACTED", "User"]
TIES = """(
SELECT source, target, sum(count) AS count, max(last_at) AS last_at, sum(direct_count) AS direct_count,
  max(direct_last_at) AS direct_last_at, max(first_at) AS first_at
FROM (
  SELECT source, target, iif(source = target, 0, count) AS count, iif(source = target, -1, last_at) AS last_at,
    count AS direct_count, last_at AS direct_last_at, first_at
  FROM edge_user_interacted_user WHERE stands AND source >= :first AND source < :last
  UNION ALL
  SELECT c.source, p.source, 1, c.at, 0, -1, -1 FROM edge_user_commented_post c
  JOIN edge_user_posted_post p ON p.target = c.target AND p.source <> c.source
  WHERE c.source >= :first AND c.source < :last
  UNION ALL
  SELECT l.source, p.source, l.count, l.last_at, 0, -1, -1 FROM edge_user_liked_post l
  JOIN edge_user_posted_post p ON p.target = l.target AND p.source <> l.source
  WHERE l.stands AND l.source >= :first AND l.source < :last
) GROUP BY source, target)"""
"""`graph.store.reading.TIES` of a range of people, the direct part apart."""

HEADER_TYPES = {
    Type.STRING: "string",
    Type.INTEGER: "long",
    Type.FLOAT: "double",
    Type.BOOLEAN: "boolean",
    Type.TIME: "long",
    Type.JSON: "string",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name and type for the importer, and the SQL that gives its value."""

    header: str
    value: str
    is_text: bool = False
    may_lack: bool = True


@dataclass(frozen=True, slots=True)
class RelationshipSheet:
    """All relationships of one type between two labels.

    Attributes:
        name: of its files.
        label: of the source; its rows are divided among parts.
        of: the type, as it is called in Neo4j.
        columns: the two ends first, then numbers, then texts.
        rows: what SQL selects from, for source rows from ``:first`` to before ``:last``.
    """

    kind: ClassVar[str] = "relationships"
    name: str
    label: str
    of: str
    columns: tuple[Column, ...]
    rows: str

    def header(self) -> str:
        """The line of the header file."""
        return ",".join(column.header for column in self.columns)

    def line(self) -> str:
        """The SQL of one line. What is missing is left empty; an empty text is a pair of quotes."""
        numbers = [column for column in self.columns if not column.is_text]
        texts = [column for column in self.columns if column.is_text]
        places = ",".join("%s" if column.may_lack else "%d" for column in numbers)
        values = ", ".join(column.value for column in numbers)
        if not texts or texts[0].may_lack:
            return f"printf('{places}', {values})" + "".join(map(_text, texts))
        first, *others = texts  # the quote before a text that is always there costs nothing in the numbers' format
        quoted = f"""printf('{places},"', {values}) || replace({first.value}, '"', '""') || '"'"""
        return quoted + "".join(map(_text, others))

    def blocks(self, connection: sqlite3.Connection, first: int, last: int) -> Iterator[tuple[int, bytes]]:
        """Lines for source rows from ``first`` to before ``last``, as counts and text without a last newline."""
        statement = f"SELECT count(*), CAST(group_concat({self.line()}, char(10)) AS BLOB) FROM {self.rows}"  # noqa: S608
        span = FIRST_SPAN
        while first < last:
            count, block = connection.execute(statement, {"first": first, "last": min(first + span, last)}).fetchone()
            if count:
                yield count, block
            first += span
            size = len(block or b"")
            span = span * 2 if size < BLOCK_BYTES // 2 else max(1, span // 2) if size > BLOCK_BYTES * 2 else span


def _text(column: Column) -> str:
    return f""" || ',' || ifnull('"' || replace({column.value}, '"', '""') || '"', '')"""


def sheets() -> Iterator[RelationshipSheet]:
    """The sheets of every edge set that the store holds."""
    for edge in EDGE_TYPES:
        if edge.type == RELATED_TYPE:
            yield _related(edge)
        elif edge.keeping is Keeping.DERIVED:
            yield _derived(edge)
        elif edge is INTERACTED:
            yield _interacted()
        elif edge.keeping is Keeping.PAIR:
            yield _pairs(edge, stands=True)
            yield _pairs(edge, stands=False)
        else:
            yield _history(edge)


def _ends(edge: EdgeType) -> tuple[Column, Column]:
    start, end = f":START_ID({edge.source})", f":END_ID({edge.target})"
    return Column(start, "source", may_lack=False), Column(end, "target", may_lack=False)


def _time(name: str, column: str) -> Column:
    """A time, left out where it is unknown."""
    return Column(f"{name}:long", f"nullif({column}, -1)")


def _count(name: str) -> Column:
    return Column(f"{name}:long", name, may_lack=False)


def _register() -> tuple[Column, Column]:
    """When the newest event of the pair was, and its id."""
    return _time("_at", "at"), Column("_event_id:string", "event_id", is_text=True, may_lack=False)


def _pairs(edge: EdgeType, *, stands: bool) -> RelationshipSheet:
    since = (_time("since", "at"),) if edge.type in SINCE else ()
    times = (_time("first_at", "first_at"), _time("last_at", "last_at"))
    columns = (*_ends(edge), _count("count"), *times, *since, *_register())
    kind = "stands" if stands else "NOT stands"
    rows = f"{edge_table(edge)} WHERE {kind} AND source >= :first AND source < :last"
    prefix = "" if stands else ENDED
    return RelationshipSheet(_name(edge, prefix), edge.source, prefix + edge.type, columns, rows)


def _interacted() -> RelationshipSheet:
    direct = (_count("direct_count"), _time("direct_last_at", "direct_last_at"))
    times = (_time("first_at", "first_at"), _time("last_at", "last_at"))
    columns = (*_ends(INTERACTED), _count("count"), *times, *direct)
    return RelationshipSheet(_name(INTERACTED), INTERACTED.source, INTERACTED.type, columns, TIES)


def _history(edge: EdgeType) -> RelationshipSheet:
    numbers, texts = [_time("at", "at")], [Column("event_id:string", "event_id", is_text=True, may_lack=False)]
    for declared in edge.properties:
        header = f"{declared.name}:{HEADER_TYPES[declared.type]}"
        if declared.type is Type.FLOAT:
            exact = f"CASE WHEN {declared.name} IS NULL THEN '' ELSE printf('%!.17g', {declared.name}) END"
            numbers.append(Column(header, exact))
        elif declared.type in {Type.STRING, Type.JSON}:
            texts.append(Column(header, declared.name, is_text=True))
        else:
            numbers.append(Column(header, declared.name))
    rows = f"{edge_table(edge)} WHERE source >= :first AND source < :last"
    return RelationshipSheet(_name(edge), edge.source, edge.type, (*_ends(edge), *numbers, *texts), rows)


def _derived(edge: EdgeType) -> RelationshipSheet:
    """Edges that a property stands for; ids of nodes that are gone, and empty ones, name nothing."""
    values, targets = property_table(edge.source), node_table(edge.target)
    chosen = f"p.name = '{edge.from_property}' AND p.value IS NOT NULL AND p.row >= :first AND p.row < :last"
    several = f"{values} p, json_each(p.value) each JOIN {targets} t ON t.id = each.value WHERE {chosen} AND t.id <> ''"
    one = f"{values} p JOIN {targets} t ON t.id = p.value WHERE {chosen} AND t.id <> ''"
    named = several if _is_list(edge) else one
    rows = f"(SELECT DISTINCT p.row AS source, t.row AS target FROM {named})"  # noqa: S608 - our own names
    return RelationshipSheet(_name(edge), edge.source, edge.type, _ends(edge), rows)


def _related(edge: EdgeType) -> RelationshipSheet:
    """Edges that knowledge stands for: ``{origin: {predicate: [label:id]}}``, the label before the first colon."""
    values, targets = property_table(edge.source), node_table(edge.target)
    named = f"substr(each.value, {len(edge.target) + 2})"
    rows = f"""(SELECT DISTINCT p.row AS source, t.row AS target, told.key AS predicate, origin.key AS origin
      FROM {values} p, json_each(p.value) origin, json_each(origin.value) told, json_each(told.value) each
      JOIN {targets} t ON t.id = {named}
      WHERE p.name = '{edge.from_property}' AND p.value IS NOT NULL AND p.row >= :first AND p.row < :last
        AND each.value LIKE '{edge.target}:_%')"""  # noqa: S608 - our own names
    texts = [Column(f"{each.name}:string", each.name, is_text=True) for each in edge.properties]
    return RelationshipSheet(_name(edge), edge.source, edge.type, (*_ends(edge), *texts), rows)


def _is_list(edge: EdgeType) -> bool:
    declared = NODES[edge.source].property(edge.from_property)
    return declared is not None and declared.type is Type.IDS


def _name(edge: EdgeType, prefix: str = "") -> str:
    return f"relationships-{edge.source}-{prefix.replace('_', '-')}{edge.type}-{edge.target}".lower().replace("_", "-")
