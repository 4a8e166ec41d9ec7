"""From a source to its files and rows, whatever their format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from graph.errors import InvalidMapping
from graph.load.arrays import read_matrix, read_parquet
from graph.load.delimited import read_delimited
from graph.load.json_rows import read_json, read_json_lines
from graph.load.mapping import EventTable, Format, Mapping, NodeTable, Source, Table
from graph.load.rows import Rows

ENDINGS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".mat": "mat",
}
COMPRESSED = (".gz", ".zst", ".zstd")


@dataclass(frozen=True, slots=True)
class TablePart:
    """A table's rows of one place, such as one file.

    Attributes:
        name: of the place, for reports.
        place: where it is, for errors.
        size: how much there is to read, in the unit of all parts.
        rows: the rows in batches; may be asked for once.
    """

    name: str
    place: Path
    size: int
    rows: Iterator[Rows]


class Origin(Protocol):
    """Where the rows of a mapping's tables come from."""

    def parts(self, where: str, table: EventTable | NodeTable) -> Iterator[TablePart]:
        """The rows of the table that stands at this place in the mapping; may be asked for again."""


class Files:
    """Rows from the files that the tables name.

    Args:
        mapping: whose tables.
    """

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping

    def parts(self, where: str, table: EventTable | NodeTable) -> Iterator[TablePart]:
        """A part for each file.

        Raises:
            InvalidMapping: there is none, or its format cannot be told.
            UnreadableFile: a file is not what it should be.
        """
        for path in files_of(table, self._mapping, where):
            name = str(path.relative_to(self._mapping.base))
            yield TablePart(name, path, path.stat().st_size, read_rows(table, path, self._mapping, where))


def files_of(source: Source, mapping: Mapping, where: str) -> list[Path]:
    """The files that a source names, in order of name; none where the table is optional.

    Raises:
        InvalidMapping: there is none.
    """
    optional = isinstance(source, Table) and source.optional
    if not any(sign in source.file for sign in "*?["):
        path = mapping.base / source.file
        if not path.exists() and optional:
            return []
        if not path.exists():
            raise InvalidMapping(mapping.path, f"{where}, file", f"there is no file {path}", _neighbours(path))
        return [path]
    found = sorted(path for path in mapping.base.glob(source.file) if path.is_file())
    if not found and not optional:
        reason = f"no file matches {source.file!r} in {mapping.base}"
        raise InvalidMapping(mapping.path, f"{where}, file", reason, "paths are relative to the mapping")
    return found


def _neighbours(path: Path) -> str:
    if not path.parent.is_dir():
        return f"nor a folder {path.parent}"
    names = sorted(each.name for each in path.parent.iterdir())[:8]
    return f"beside it are: {', '.join(names)}" if names else "its folder is empty"


def format_of(source: Source, path: Path) -> Format | None:
    """The format that is stated, or the one that the name's ending tells."""
    if source.format:
        return source.format
    suffixes = [suffix.lower() for suffix in path.suffixes]
    while suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
    return ENDINGS.get(suffixes[-1]) if suffixes else None


def read_rows(source: Source, path: Path, mapping: Mapping, where: str) -> Iterator[Rows]:
    """Read one file in batches of rows.

    Raises:
        InvalidMapping: the format is not stated and cannot be told.
        UnreadableFile: the file is not what it should be.
    """
    kind = format_of(source, path)
    if kind is None:
        reason = f"the name {path.name!r} does not tell its format"
        hint = 'say format = "csv", "tsv", "text", "lists", "lines", "json", "jsonl", "parquet" or "mat"'
        raise InvalidMapping(mapping.path, f"{where}, format", reason, hint)
    if kind == "parquet":
        return read_parquet(source, path)
    if kind == "mat":
        return read_matrix(source, path)
    if kind == "json":
        return read_json(source, path)
    if kind == "jsonl":
        return read_json_lines(source, path)
    return read_delimited(source, kind, path)
