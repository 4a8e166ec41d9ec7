"""Answers to SPARQL in the forms of the protocol: rows as JSON, XML, CSV or TSV, statements as RDF."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any

import pyoxigraph as ox
from rdflib import BNode, Literal, URIRef, Variable
from rdflib.query import Result

from graph.errors import InvalidValue

ROWS_AS = {
    "application/sparql-results+json": "json",
    "application/json": "json",
    "application/sparql-results+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}
"""By media type: what rows and truths may be written as."""

STATEMENTS_AS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "text/plain": ox.RdfFormat.N_TRIPLES,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}
"""By media type: what statements may be written as."""

Cell = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may hold, and take.

    Attributes:
        rows: most rows or statements.
        bytes: about how many bytes of text they may have.
        query_s: longest time, in seconds.
        memory_bytes: most memory of the process that answers.
    """

    rows: int = 10_000
    bytes: int = 10_000_000
    query_s: float = 10.0
    memory_bytes: int = 2 << 30


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it leaves.

    Attributes:
        content: its bytes.
        media_type: what they are.
        truncated: ``rows`` or ``bytes`` when a limit cut it off.
    """

    content: bytes
    media_type: str
    truncated: str | None


def chosen(accept: str, offered: Iterable[str]) -> str | None:
    """The offered media type that an ``Accept`` header likes best; None when it likes none (RFC 9110, 12.5.1)."""
    known = list(dict.fromkeys(offered))
    best: tuple[float, int, int] | None = None
    found = None
    for part in accept.split(",") if accept.strip() else ["*/*"]:
        name, *parameters = (each.strip().lower() for each in part.split(";"))
        quality = next((_number(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
        for place, each in enumerate(known):
            if quality > 0 and name in (each, f"{each.partition('/')[0]}/*", "*/*"):
                rank = (quality, 2 - name.count("*"), -place)
                if best is None or rank > best:
                    best, found = rank, each
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def write_answer(found: Any, accept: str, limits: Limits) -> Answer:
    """Write what Oxigraph found.

    Args:
        found: solutions, statements or a truth.
        accept: the header that says which forms are wanted.
        limits: where to stop.

    Raises:
        InvalidValue: none of the forms can be written.
    """
    if isinstance(found, ox.QueryTriples):
        return _statements(found, accept, limits)
    media_type = chosen(accept, ROWS_AS)
    if media_type is None:
        raise InvalidValue("Accept", f"{accept!r} allows none of {', '.join(ROWS_AS)}")
    form = ROWS_AS[media_type]
    if isinstance(found, ox.QueryBoolean):
        return Answer(_truth(bool(found), form), _told(media_type, form), None)
    names = [variable.value for variable in found.variables]
    rows, truncated = _bounded((list(row) for row in found), limits)
    return Answer(_rows(names, rows, form), _told(media_type, form), truncated)


def _told(media_type: str, form: str) -> str:
    """The media type of an answer: the general ones are told as the special ones that they are."""
    special = {"json": "application/sparql-results+json", "xml": "application/sparql-results+xml"}
    return special.get(form, f"{media_type}; charset=utf-8")


def _statements(found: Iterable[ox.Triple], accept: str, limits: Limits) -> Answer:
    media_type = chosen(accept, STATEMENTS_AS)
    if media_type is None:
        raise InvalidValue("Accept", f"{accept!r} allows none of {', '.join(STATEMENTS_AS)}")
    triples, truncated = _bounded(([t.subject, t.predicate, t.object] for t in found), limits)
    out = BytesIO()
    ox.serialize((ox.Triple(*each) for each in triples), out, STATEMENTS_AS[media_type])
    return Answer(out.getvalue(), media_type, truncated)


def _bounded(rows: Iterator[list[Any]], limits: Limits) -> tuple[list[list[Any]], str | None]:
    kept: list[list[Any]] = []
    size = 0
    for row in rows:
        if len(kept) == limits.rows:
            return kept, "rows"
        size += sum(len(str(each)) for each in row)
        if size > limits.bytes:
            return kept, "bytes"
        kept.append(row)
    return kept, None


def _truth(value: bool, form: str) -> bytes:
    if form in ("csv", "tsv"):
        return b"true\n" if value else b"false\n"
    result = Result("ASK")
    result.askAnswer = value
    return _serialized(result, form)


def _rows(names: Sequence[str], rows: Sequence[Sequence[Cell]], form: str) -> bytes:
    if form == "csv":
        return _csv(names, rows)
    if form == "tsv":
        lines = ["\t".join(f"?{name}" for name in names)]
        lines += ["\t".join("" if cell is None else str(cell) for cell in row) for row in rows]
        return ("\n".join(lines) + "\n").encode()
    result = Result("SELECT")
    variables = [Variable(name) for name in names]
    result.vars = variables
    result.bindings = [
        {name: _term(cell) for name, cell in zip(variables, row, strict=True) if cell is not None} for row in rows
    ]
    return _serialized(result, form)


def _csv(names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """SPARQL 1.1 Query Results CSV: plain values, lines that end in CRLF."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow("" if cell is None else _csv_cell(cell) for cell in row)
    return out.getvalue().encode()


def _csv_cell(cell: Any) -> str:
    return str(cell) if isinstance(cell, ox.BlankNode | ox.Triple) else str(cell.value)


def _term(cell: Any) -> URIRef | BNode | Literal:
    if isinstance(cell, ox.NamedNode):
        return URIRef(cell.value)
    if isinstance(cell, ox.BlankNode):
        return BNode(cell.value)
    if isinstance(cell, ox.Literal):
        language = cell.language
        datatype = None if language or cell.datatype.value.endswith("#string") else URIRef(cell.datatype.value)
        return Literal(cell.value, lang=language, datatype=datatype, normalize=False)
    return Literal(str(cell))


def _serialized(result: Result, form: str) -> bytes:
    found = result.serialize(format=form)
    assert found is not None
    return found
