"""The forms of questions in Cypher and of their answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field


class Parameter(BaseModel, extra="forbid"):
    """One parameter of a named query."""

    name: str
    type: Annotated[str, Field(description="STRING, INTEGER, FLOAT, BOOLEAN, TIME (RFC 3339), LIST<…> or MAP<…>.")]
    meaning: str
    required: Annotated[bool, Field(description="Whether a value must be given.")]


class Column(BaseModel, extra="forbid"):
    """One column of a named query's answer."""

    name: str
    type: str
    meaning: str


class Query(BaseModel, extra="forbid"):
    """One named query."""

    name: str
    summary: str
    cost: Annotated[str, Field(description="What it goes over.")]
    same_as: Annotated[str | None, Field(description="The in-memory code that gives the same.")]
    parameters: list[Parameter]
    columns: list[Column]
    query: Annotated[str, Field(description="Its text, which runs as it is in Neo4j Browser.")]


class Catalogue(BaseModel, extra="forbid"):
    """All named queries."""

    queries: list[Query]


class Asked(BaseModel, extra="forbid"):
    """A named query's parameters, and what is wanted."""

    parameters: Annotated[dict[str, Any], Field(description="Values by name.")] = {}
    limit: Annotated[int | None, Field(ge=1, description="Rows of a page; the query's own limit by default.")] = None
    offset: Annotated[int, Field(ge=0, le=10_000, description="Rows before the page.")] = 0
    plan: Annotated[bool, Field(description="Answer with the server's plan instead of rows.")] = False


class Own(BaseModel, extra="forbid"):
    """Cypher of one's own: one bounded, reading query."""

    query: Annotated[str, Field(min_length=1, description="The text.")]
    parameters: Annotated[dict[str, Any], Field(description="Values of its parameters.")] = {}
    limit: Annotated[int | None, Field(ge=1, description="Most rows; the service has a limit of its own.")] = None
    graph: Annotated[bool, Field(description="Add nodes and relationships, each once, for drawing.")] = False


class Graph(BaseModel, extra="forbid"):
    """The nodes and relationships of an answer, each once."""

    nodes: list[dict[str, Any]]
    relationships: list[dict[str, Any]]


class Rows(BaseModel, extra="forbid"):
    """The rows of an answer, and what was cut."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: Annotated[
        Literal["rows", "bytes", "time"] | None, Field(description="Which limit cut the answer; null if it is whole.")
    ]
    took_ms: float
    offset: Annotated[int, Field(description="Rows before these; of named queries.")] = 0
    graph: Graph | None = None


class Plan(BaseModel, extra="forbid"):
    """The server's plan of a query."""

    plan: Annotated[dict[str, Any], Field(description="operator, details, rows (estimated) and from: what feeds it.")]
