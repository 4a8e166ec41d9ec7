"""A graph on a real server beside what an oracle knows of it, and the comparison of their answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from graph.queries import catalogue
from graph.query_parameters import checked
from graph.store.neo4j.connection import Neo4jServer
from graph.store.neo4j.store import Neo4jGraphStore
from tests.graph.store.following import follow
from tests.oracles import analyses, analyses_of_people
from tests.oracles.told import Graph
from tests.servers.neo4j import RunningNeo4j

LISTS = ("categories", "tags", "parent", "product_ids")
IN_SEGMENT = (
    "UNWIND $pairs AS pair MERGE (s:Segment {id: pair[0]}) WITH s, pair MATCH (u:User {id: pair[1]}) "
    "CREATE (u)-[:IN_SEGMENT]->(s)"
)
COMMUNITY = "UNWIND $pairs AS pair MATCH (u:User {id: pair[0]}) SET u.community = pair[1]"
ORDER = re.compile(r"(?s).*\nORDER BY ([^\n]+)")
Event = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One graph, on the server and in the oracle."""

    server: Neo4jServer
    graph: Graph
    newest_ms: int

    def rows(self, name: str, **given: Any) -> list[tuple[Any, ...]]:
        """What the server answers."""
        found = catalogue()[name]
        return self.server.rows(found.text, checked(name, found.parameters, given, self.newest_ms))

    def expected(self, name: str, **given: Any) -> list[tuple[Any, ...]]:
        """What the oracle says, without a limit, in no order."""
        oracle = getattr(analyses, name, None) or getattr(analyses_of_people, name)
        values = checked(name, catalogue()[name].parameters, given, self.newest_ms)
        return [tuple(row) for row in oracle(self.graph, **values)]

    def agree(self, name: str, **given: Any) -> int:
        """Assert that both say the same; how many rows there are."""
        found = catalogue()[name]
        actual, expected = self.rows(name, **given), self.expected(name, **given)
        limit = checked(name, found.parameters, given, self.newest_ms).get("limit", len(expected))
        assert len(actual) == min(limit, len(expected)), (name, given, actual[:3], expected[:3])
        unknown = Counter(map(rounded, actual)) - Counter(map(rounded, expected))
        assert not unknown, (name, given, list(unknown)[:3], expected[:3])
        assert actual == in_order(name, actual), (name, given)
        best = in_order(name, [rounded(row) for row in expected])[: len(actual)]
        first = next(iter(order_of(name)), None)
        if first is not None:  # whatever a limit cuts off is no better than what it leaves
            assert [rounded(row)[first[0]] for row in actual] == [row[first[0]] for row in best], (name, given)
        return len(actual)


def on_server(
    neo4j_server: RunningNeo4j,
    events: list[Event],
    community: Mapping[str, int] | None = None,
    segment: Mapping[str, list[str]] | None = None,
) -> Asked:
    """Put events onto an emptied server, and what models would have written back."""
    neo4j_server.empty()
    events = [{"event_id": f"e{number:06}", **event} for number, event in enumerate(events)]
    store = Neo4jGraphStore(neo4j_server.config())
    follow(store, events)
    store.close()
    server = Neo4jServer(neo4j_server.config())
    if community:
        server.rows(COMMUNITY, {"pairs": [list(pair) for pair in community.items()]}, write=True)
    if segment:
        pairs = [[name, person] for name, people in segment.items() for person in people]
        server.rows(IN_SEGMENT, {"pairs": pairs}, write=True)
    return Asked(server, Graph(events, community, segment), max((e["at"] or 0 for e in events), default=0))


def events_of_files(folder: Path) -> list[Event]:
    """The events of a written town, nodes first, in the form of the log."""
    nodes = {"users": "user", "products": "product", "categories": "category", "brands": "brand"}
    nodes["communities"] = "community"
    events: list[Event] = []
    for file, kind in nodes.items():
        for row in pq.read_table(folder / f"{file}.parquet").to_pylist():
            properties = {name: _read(name, value) for name, value in row.items() if name != "id" and value is not None}
            events.append({"type": kind, "at": None, f"{kind}_id": row["id"], "properties": properties})
    for path in sorted(folder.glob("*.parquet")):
        if path.stem not in nodes:
            for row in pq.read_table(path).to_pylist():
                event = {name: _read(name, value) for name, value in row.items() if name != "session_id"}
                events.append({"type": path.stem, **event})
    return events


def _read(name: str, value: Any) -> Any:
    if value is not None and name in LISTS:
        return value.split("|")
    return float(value) if name == "value" and value is not None else value


def order_of(name: str) -> list[tuple[int, bool]]:
    """Places of the columns that the answer is ordered by, and whether the greatest comes first."""
    columns = list(catalogue()[name].columns)
    found = ORDER.match(catalogue()[name].text)
    order = []
    for part in found[1].split(", ") if found else []:
        word, _, way = part.partition(" ")
        if word not in columns or way not in ("", "DESC"):
            break
        order.append((columns.index(word), way == "DESC"))
    return order


def in_order(name: str, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Sorted as the query sorts; equal keys stay as they are."""
    rows = list(rows)
    for place, descending in reversed(order_of(name)):
        rows.sort(key=lambda row: _key(row[place]), reverse=descending)
    return rows


def _key(value: Any) -> Any:
    return (value is not None, value) if value is not None else (False, 0)


def rounded(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Comparable by equality: floats to nine digits, lists as tuples."""
    return tuple(float(f"{x:.9g}") if isinstance(x, float) else tuple(x) if isinstance(x, list) else x for x in row)
