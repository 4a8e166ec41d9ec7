"""Rows of somebody's graph in pages of columns, with plain Python values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from neo4j.spatial import Point
from neo4j.time import Date, DateTime, Duration, Time

from graph.store.neo4j.connection import Neo4jServer

PLAIN = (str, int, float, bool, type(None))


def pages(
    server: Neo4jServer, query: str, parameters: Mapping[str, Any], *, size: int, page_s: float, lasts_s: float
) -> Iterator[list[Sequence[Any]]]:
    """Stream what a reading query returns, in a transaction that cannot write.

    Args:
        server: where.
        query: returns records of one width.
        parameters: its values.
        size: records in a page, and fetched at a time.
        page_s: longest time that one page may take.
        lasts_s: longest time that all of it may take.

    Yields:
        One sequence a column, each as long as the page.

    Raises:
        StoreError: the server does not answer, or refuses.
    """
    with server.transaction(query_s=page_s, lasts_s=lasts_s, fetch_size=size) as transaction:
        records = transaction.stream(query, **parameters)
        while page := list(islice(records, size)):
            yield [_plain_column(column) for column in zip(*page, strict=True)]


def _plain_column(column: Sequence[Any]) -> Sequence[Any]:
    if all(type(value) in PLAIN for value in column):
        return column
    return [_plain(value) for value in column]


def _plain(value: Any) -> Any:
    """A driver's value as one of Python's; times finer than microseconds are cut."""
    if isinstance(value, DateTime | Date | Time):
        return value.to_native()
    if isinstance(value, Duration):
        return value.iso_format()
    if isinstance(value, Point):
        return list(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value if type(value) in PLAIN else str(value)
