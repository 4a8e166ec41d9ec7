"""Questions in Cypher: named ones and one's own, for command line and HTTP alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from api.errors import NeedsNeo4j, UnknownQuery
from api.queries_page import public_queries
from graph.errors import InvalidValue
from graph.queries import NamedQuery
from graph.query_parameters import checked, parameter

if TYPE_CHECKING:
    from graph.store.neo4j.connection import Neo4jServer
    from graph.store.neo4j.fenced import FencedResult, FenceLimits


def named(name: str) -> NamedQuery:
    """The query of that name.

    Raises:
        UnknownQuery: the catalogue has none.
    """
    for each in public_queries():
        if each.name == name:
            return each
    raise UnknownQuery(name)


def described(found: NamedQuery) -> dict[str, Any]:
    """What there is to know of a query, in JSON types."""
    read = [parameter(found.name, name, line) for name, line in found.parameters.items()]
    columns = [(name, *line.partition(", ")[::2]) for name, line in found.columns.items()]
    return {
        "name": found.name,
        "summary": found.summary,
        "cost": found.cost,
        "same_as": found.same_as or None,
        "parameters": [
            {"name": each.name, "type": each.type, "meaning": each.described(), "required": each.required}
            for each in read
        ],
        "columns": [{"name": name, "type": kind, "meaning": meaning} for name, kind, meaning in columns],
        "query": found.text,
    }


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks one Neo4j server; to be made once and used by many requests.

    Args:
        server: which is asked; None where the settings name none.
        newest_ms: time of the newest event in the graph, in milliseconds since 1970: the default of ``now``.
        limits: on the answer of one question.
    """

    server: Neo4jServer | None
    newest_ms: int
    limits: FenceLimits

    def ask_named(
        self, name: str, given: Mapping[str, Any], *, limit: int | None = None, offset: int = 0
    ) -> dict[str, Any]:
        """The answer of a named query, or a page of it.

        Args:
            name: of the query.
            given: its parameters.
            limit: rows of a page; the query's own ``limit`` by default. The service has a limit of its own.
            offset: rows before the page. The query is asked again for every page, up to its own greatest ``limit``.

        Raises:
            UnknownQuery: the catalogue has none of that name.
            InvalidValue: a parameter is unknown, missing or wrong.
            NeedsNeo4j: the settings name no server.
            CypherRefused: the server cannot run it, such as for want of an index.
            StoreError: the server does not answer.
        """
        from graph.store.neo4j.fenced import run_named

        found = named(name)
        server = self._server(f"the query {name}")
        values = checked(found.name, found.parameters, given, self.newest_ms)
        limits = self._limited(limit)
        if found.text.count("$limit") == 1:  # and so for nothing but to end its answer
            if limit is None or "limit" in given:
                limits = self._limited(values["limit"])
            values["limit"] = _reaching(found, offset + limits.rows + 1, offset)
        answer = _answer(run_named(server, found.text, values, replace(limits, rows=offset + limits.rows)))
        return answer | {"rows": answer["rows"][offset:], "offset": offset}

    def plan(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """The server's plan of a named query.

        Raises:
            UnknownQuery, InvalidValue, NeedsNeo4j, StoreError: as `ask_named`.
        """
        from graph.store.neo4j.fenced import plan_of

        found = named(name)
        values = checked(found.name, found.parameters, given, self.newest_ms)
        return plan_of(self._server(f"the query {name}"), found.text, values)

    def ask(
        self, query: str, parameters: Mapping[str, Any], *, limit: int | None = None, drawing: bool = False
    ) -> dict[str, Any]:
        """The answer to Cypher of one's own, read-only and within the limits.

        Args:
            query: what is asked.
            parameters: values of its parameters.
            limit: most rows, if fewer than the limits admit.
            drawing: add the nodes and relationships of the answer, each once.

        Raises:
            CypherRefused: it is not a bounded, reading query; with the position.
            NeedsNeo4j: the settings name no server.
            StoreError: the server does not answer.
        """
        from graph.store.neo4j.fenced import run_fenced

        found = run_fenced(self._server("Cypher"), query, parameters, self._limited(limit))
        answer = _answer(found)
        if drawing:
            nodes, relationships = found.drawing.nodes.values(), found.drawing.relationships.values()
            answer["graph"] = {"nodes": list(nodes), "relationships": list(relationships)}
        return answer

    def close(self) -> None:
        """Close the connections."""
        if self.server is not None:
            self.server.close()

    def _server(self, what: str) -> Neo4jServer:
        if self.server is None:
            raise NeedsNeo4j(what)
        return self.server

    def _limited(self, limit: int | None) -> FenceLimits:
        return self.limits if limit is None else replace(self.limits, rows=min(limit, self.limits.rows))


def _reaching(found: NamedQuery, wanted: int, offset: int) -> int:
    """A ``limit`` for the query that shows whether there is a row beyond the page."""
    most = int(parameter(found.name, "limit", found.parameters["limit"]).maximum or wanted)
    if offset >= most:
        raise InvalidValue("offset", f"{found.name} has no more than {most} rows; narrow the question instead")
    return min(most, wanted)


def _answer(found: FencedResult) -> dict[str, Any]:
    return {
        "columns": list(found.columns),
        "rows": found.rows,
        "truncated": found.truncated,
        "took_ms": round(found.took_s * 1000, 3),
    }
