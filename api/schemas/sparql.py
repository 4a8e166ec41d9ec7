"""The form of rows and truths: SPARQL 1.1 Query Results JSON."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Term(BaseModel):
    """One value: an IRI, a text with its language or datatype, or a node without a name."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    type: str
    value: str
    language: Annotated[str | None, Field(alias="xml:lang")] = None
    datatype: str | None = None


class Head(BaseModel, extra="forbid"):
    """The names of the columns; none of a truth."""

    vars: list[str] = []


class Bindings(BaseModel, extra="forbid"):
    """Rows: values by column; what is not bound is left out."""

    bindings: list[dict[str, Term]]


class SparqlRows(BaseModel, extra="forbid"):
    """Rows of a SELECT, or the truth of an ASK."""

    head: Head
    results: Bindings | None = None
    boolean: bool | None = None
