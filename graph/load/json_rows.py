"""JSON files: an array of rows anywhere in a document, or one object a line. Read as a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import ijson
import orjson

from graph.errors import UnreadableFile
from graph.load.files import Opened, decoded, opened, undecodable
from graph.load.mapping import Source
from graph.load.rows import BATCH, BrokenRow, Rows


def read_json(source: Source, path: Path) -> Iterator[Rows]:
    """Read the array at ``records`` of one JSON document, without holding the document.

    Raises:
        UnreadableFile: it is no JSON, is cut off, or has no array there.
    """
    where = f"{source.records}.item" if source.records else "item"
    with opened(path) as file:
        items = ((number, row) for number, row in enumerate(_items(file, where), 1))
        seen = 0
        for rows in _batches(items, file):
            seen += len(rows) + len(rows.broken)
            yield rows
    if not seen:
        reason = f"has no array of rows at {source.records!r}" if source.records else "is no array of rows"
        raise UnreadableFile(path, reason, 'say where it is: records = "a.b"')


def _items(file: Opened, where: str) -> Iterator[Any]:
    try:
        yield from ijson.items(file.content, where, use_float=True)
    except ijson.IncompleteJSONError as error:
        raise UnreadableFile(file.path, f"is cut off or no JSON: {_first_line(error)}", "export it again") from error
    except ijson.JSONError as error:
        raise UnreadableFile(
            file.path, f"is no JSON: {_first_line(error)}", 'for one object a line say format = "jsonl"'
        ) from error
    except UnicodeDecodeError as error:
        raise undecodable(file.path, error, None) from error


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120]


def read_json_lines(source: Source, path: Path) -> Iterator[Rows]:
    """Read one JSON object a line; a line that is none is a broken row, a cut-off last one a broken file.

    Raises:
        UnreadableFile: wrong encoding, or cut off.
    """
    with opened(path) as file:
        yield from _batches(_lines(file, source.encoding), file)


def _lines(file: Opened, encoding: str) -> Iterator[tuple[int, Any]]:
    number = 0
    try:
        for number, line in enumerate(decoded(file, encoding), 1):
            if not line.strip():
                continue
            try:
                yield number, orjson.loads(line)
            except orjson.JSONDecodeError as error:
                if not line.endswith(("\n", "\r")):
                    reason = "is cut off in the middle of the last row"
                    raise UnreadableFile(file.path, reason, "copy it again, or remove that row", number) from error
                yield number, BrokenRow(number, "not JSON", line.rstrip("\r\n")[:1000])
    except UnicodeDecodeError as error:
        raise undecodable(file.path, error, number) from error


def _batches(items: Iterable[tuple[int, Any]], file: Opened) -> Iterator[Rows]:
    stream = iter(items)
    first = 0
    while batch := list(islice(stream, BATCH)):
        broken = [_broken(number, row) for number, row in batch if not isinstance(row, dict)]
        good = [(number, row) for number, row in batch if isinstance(row, dict)]
        rows = [row for _, row in good]
        yield Rows([number for number, _ in good], _columns(rows), broken, first, file.done())
        first += len(good)


def _broken(number: int, row: Any) -> BrokenRow:
    return row if isinstance(row, BrokenRow) else BrokenRow(number, "not a JSON object", row)


def _columns(rows: Sequence[dict[str, Any]]) -> dict[str, Sequence[Any]]:
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    return {name: [row.get(name) for row in rows] for name in names}
