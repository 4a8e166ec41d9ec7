"""Text files with one row a line: CSV, TSV, columns apart by white space, lists, and bare lines."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from graph.errors import UnreadableFile
from graph.load.files import Opened, decoded, opened, undecodable
from graph.load.mapping import Format, Source
from graph.load.rows import BATCH, BrokenRow, Rows

Record = tuple[int, list[str]]
"""The line where a row begins, and its fields."""

NEVER_CLOSED = ("unexpected end of data", "field larger than field limit")
"""What Python's reader says when a quote swallows the rest of the file, or 128 KiB of it."""

LIST_NAMES = ("user", "item")
LINE_NAMES = ("line",)


def read_delimited(source: Source, kind: Format, path: Path) -> Iterator[Rows]:
    """Read a text file in batches; the first batch may be empty, and still names the columns.

    Raises:
        UnreadableFile: see `graph.load.files.opened`; also wrong encodings, quotes that never close, a last
            row that is cut off, and a header that names a column twice.
    """
    with opened(path) as file:
        lines = _Lines(file, source.encoding)
        if kind == "lists":
            yield from _lists(lines, source)
            return
        records = _RECORDS[kind](lines, source)
        names = _names(source, kind, records, path)
        first = 0
        while True:
            batch = _batch(records, names, first, lines)
            first += len(batch)
            if batch.lines or batch.broken or first == 0:
                yield batch
            if lines.ended:
                return


class _Lines:
    """Lines of a text file, counted; knows whether the last one was whole."""

    def __init__(self, file: Opened, encoding: str) -> None:
        self.file = file
        self.number = 0
        self.whole = True
        self.ended = False
        self._text = decoded(file, encoding)

    def __iter__(self) -> Iterator[str]:
        line = "\n"
        try:
            for line in self._text:
                self.number += 1
                yield line
        except UnicodeDecodeError as error:
            raise undecodable(self.file.path, error, self.number) from error
        self.whole = line.endswith(("\n", "\r"))


def _names(source: Source, kind: Format, records: Iterator[Record | BrokenRow], path: Path) -> tuple[str, ...]:
    if source.names:
        if source.header:
            next(records, None)
        return source.names
    if kind == "lines":
        return LINE_NAMES
    header = next(records, None)
    if not isinstance(header, tuple):
        raise UnreadableFile(path, "has no header line", "name its columns in the mapping: names = [...]", line=1)
    names = tuple(name.strip() for name in header[1])
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        hint = "name them apart in the mapping: names = [...] and header = true"
        raise UnreadableFile(path, f"the header names the column {twice[0]!r} twice", hint, line=1)
    return names


def _batch(records: Iterator[Record | BrokenRow], names: Sequence[str], first: int, lines: _Lines) -> Rows:
    numbers: list[int] = []
    rows: list[list[str]] = []
    broken: list[BrokenRow] = []
    width = len(names)
    for record in records:
        if isinstance(record, BrokenRow):
            broken.append(record)
        elif len(record[1]) == width:
            numbers.append(record[0])
            rows.append(record[1])
        else:
            broken.append(BrokenRow(record[0], _width_reason(record[1], width), record[1]))
        if len(rows) + len(broken) >= BATCH:
            break
    else:
        lines.ended = True
        _refuse_a_cut_off_end(lines, broken)
    columns: dict[str, Sequence[Any]] = (
        dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True))
        if rows
        else {name: [] for name in names}
    )
    return Rows(numbers, columns, broken, first, lines.file.done(), text=True)


def _lists(lines: _Lines, source: Source) -> Iterator[Rows]:
    """`user item item …` a line: one row for each item."""
    names = source.names or LIST_NAMES
    numbers: list[int] = []
    heads: list[str] = []
    items: list[str] = []
    first = 0
    for number, line in enumerate(lines, 1):
        fields = line.split(source.delimiter)
        items += fields[1:]
        heads += fields[:1] * (len(fields) - 1)
        numbers += [number] * (len(fields) - 1)
        if len(items) >= BATCH:
            yield Rows(numbers, dict(zip(names, (heads, items), strict=True)), (), first, lines.file.done(), text=True)
            first += len(items)
            numbers, heads, items = [], [], []
    yield Rows(numbers, dict(zip(names, (heads, items), strict=True)), (), first, lines.file.done(), text=True)


def _width_reason(fields: Sequence[str], width: int) -> str:
    return "too few columns" if len(fields) < width else "too many columns"


def _refuse_a_cut_off_end(lines: _Lines, broken: Sequence[BrokenRow]) -> None:
    if not lines.whole and broken and broken[-1].line == lines.number and broken[-1].reason == "too few columns":
        reason = "is cut off in the middle of the last row"
        raise UnreadableFile(lines.file.path, reason, "copy it again, or remove that row", line=lines.number)


def _csv_records(lines: _Lines, source: Source) -> Iterator[Record | BrokenRow]:
    return _separated(lines, csv.reader(lines, delimiter=source.delimiter or ",", strict=True))


def _tsv_records(lines: _Lines, source: Source) -> Iterator[Record | BrokenRow]:
    """Tab-separated: a quote is a character like any other."""
    delimiter = source.delimiter or "\t"
    return _separated(lines, csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE))


def _separated(lines: _Lines, reader: Any) -> Iterator[Record | BrokenRow]:
    before = 0
    while True:
        try:
            for fields in reader:
                if fields:
                    yield before + 1, fields
                before = reader.line_num
        except csv.Error as error:
            if any(sign in str(error) for sign in NEVER_CLOSED):
                reason = f"a quote is opened and never closed ({error})"
                hint = 'close it, or say format = "tsv" with a delimiter where quotes mean nothing'
                raise UnreadableFile(lines.file.path, reason, hint, before + 1) from error
            yield BrokenRow(before + 1, f"not CSV: {error}", None)
            before = reader.line_num
            continue
        return


def _text_records(lines: _Lines, source: Source) -> Iterator[Record | BrokenRow]:
    for number, line in enumerate(lines, 1):
        fields = line.split(source.delimiter)
        if fields:
            yield number, fields


def _line_records(lines: _Lines, _source: Source) -> Iterator[Record | BrokenRow]:
    for number, line in enumerate(lines, 1):
        yield number, [line.rstrip("\r\n")]


_RECORDS: dict[str, Callable[[_Lines, Source], Iterator[Record | BrokenRow]]] = {
    "csv": _csv_records,
    "tsv": _tsv_records,
    "text": _text_records,
    "lines": _line_records,
}
