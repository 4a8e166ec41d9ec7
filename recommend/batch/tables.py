"""Reading the tab-separated files of a batch run: every fault is one error that names file and line."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from graph.errors import UnreadableFile

GZIP_MAGIC = b"\x1f\x8b"
MOST_ID_BYTES = 256
DELIMITERS = {",": "commas", ";": "semicolons", " ": "spaces", "|": "bars"}


@dataclass(frozen=True, slots=True)
class TextTable:
    """The rows of one file, every cell as text.

    Attributes:
        path: where it was read.
        header: names of the columns, as written.
        columns: one array of text a column, all alike in length.
    """

    path: Path
    header: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]

    def __len__(self) -> int:
        return len(self.columns[0])


def read_table(path: Path, *, least: int, most: int, form: str) -> TextTable:
    """Read a TSV with a header, plain or gzip.

    Args:
        path: the file.
        least: fewest columns that make sense.
        most: most columns that make sense.
        form: the columns in words, for the error (``user_id item_id [value] [timestamp]``).

    Raises:
        UnreadableFile: it cannot be opened, decompressed, decoded or split, or has no rows.
    """
    raw = _content(path)
    header = _header(path, raw, least, most, form)
    _refuse_missing_header(path, header, form)
    table = _split(path, raw, header)
    if not table.num_rows:
        raise UnreadableFile(path, "there is a header and no row", f"expected rows of {form}")
    return TextTable(path, header, tuple(table.columns))


def _content(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableFile(path, "there is no such file", "check the path") from error
    except IsADirectoryError as error:
        raise UnreadableFile(path, "it is a folder", "name the file in it") from error
    except OSError as error:
        raise UnreadableFile(path, f"it cannot be opened ({error.strerror})", "check its permissions") from error
    if raw.startswith(GZIP_MAGIC):
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableFile(path, f"it is not whole gzip ({error})", "copy or download it again") from error
    if not raw.strip():
        raise UnreadableFile(path, "it is empty", "expected a header and rows")
    return _decoded(path, raw)


def _decoded(path: Path, raw: bytes) -> bytes:
    """The bytes as UTF-8 without a byte-order mark."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableFile(path, "it is UTF-16", "save it as UTF-8")
    if b"\x00" in raw[:65536]:
        raise UnreadableFile(path, "it holds binary data", "expected tab-separated text, plain or gzip")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(path, "it is not UTF-8", "save it as UTF-8", line) from error
    return raw.removeprefix(codecs.BOM_UTF8)


def _header(path: Path, raw: bytes, least: int, most: int, form: str) -> tuple[str, ...]:
    first = raw.split(b"\n", 1)[0].decode("utf-8").rstrip("\r")
    header = tuple(cell.strip() for cell in first.split("\t"))
    if len(header) == 1 and least > 1:
        for sign, name in DELIMITERS.items():
            if sign in first:
                hint = f"expected tabs between {form}; turn the {name} into tabs"
                raise UnreadableFile(path, f"its columns are parted by {name}, not tabs", hint, 1)
    if not least <= len(header) <= most:
        raise UnreadableFile(path, f"its header has {len(header)} columns", f"expected a TSV of {form}", 1)
    return header


def _refuse_missing_header(path: Path, header: tuple[str, ...], form: str) -> None:
    if all(re.fullmatch(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?", cell) for cell in header):
        reason = f"its first line ({' '.join(header)}) looks like a row, not a header"
        raise UnreadableFile(path, reason, f"put a line with the names {form} on top", 1)


def _split(path: Path, raw: bytes, header: tuple[str, ...]) -> pa.Table:
    names = [str(place) for place in range(len(header))]
    faults: list[tuple[int, int]] = []

    def note(row: pa_csv.InvalidRow) -> str:
        faults.append((row.number or 0, row.actual_columns))
        return "error"

    try:
        return pa_csv.read_csv(
            io.BytesIO(raw),
            read_options=pa_csv.ReadOptions(column_names=names, skip_rows=1, use_threads=False),
            parse_options=pa_csv.ParseOptions(delimiter="\t", quote_char=False, invalid_row_handler=note),
            convert_options=pa_csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        if not faults:
            if "Empty CSV" in str(error):
                raise UnreadableFile(path, "there is a header and no row", "expected rows below it") from error
            raise UnreadableFile(path, str(error), "expected tab-separated text") from error
        number, found = faults[0]
        reason = f"{found} columns where the header has {len(header)}"
        raise UnreadableFile(path, reason, "the row is cut off or a tab is missing", number or None) from error


def first_line(mask: pa.ChunkedArray | pa.Array) -> int | None:
    """The line (the header is 1) of the first true cell, or None."""
    place: int = pc.index(mask, pa.scalar(True)).as_py()
    return None if place < 0 else place + 2


def ids_of(table: TextTable, column: int) -> pa.ChunkedArray:
    """A column of ids as a dictionary array, in order of first appearance.

    Raises:
        UnreadableFile: an id is empty or longer than `MOST_ID_BYTES`.
    """
    cells = table.columns[column]
    sizes = pc.binary_length(cells)
    line = first_line(pc.equal(sizes, 0))
    if line is not None:
        raise UnreadableFile(table.path, f"{table.header[column]} is empty", "every row needs its ids", line)
    line = first_line(pc.greater(sizes, MOST_ID_BYTES))
    if line is not None:
        longest = int(pc.max(sizes).as_py())
        reason = f"{table.header[column]} is {longest} bytes long" if longest else "an id is too long"
        raise UnreadableFile(table.path, reason, f"an id has at most {MOST_ID_BYTES} bytes", line)
    return cells


def numbers_of(table: TextTable, column: int) -> NDArray[np.float64]:
    """A column as finite numbers.

    Raises:
        UnreadableFile: a cell is not a number, or is NaN or infinite.
    """
    cells = pc.utf8_trim_whitespace(table.columns[column])
    try:
        values = pc.cast(cells, pa.float64()).to_numpy()
    except pa.ArrowInvalid as error:
        number = pc.match_substring_regex(cells, r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$")
        line = first_line(pc.invert(number))
        raise UnreadableFile(table.path, f"{table.header[column]} is not a number", "write 4 or 3.5", line) from error
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        reason = f"{table.header[column]} is {cells[int(wrong[0])].as_py()}"
        raise UnreadableFile(table.path, reason, "write a finite number or leave the row out", int(wrong[0]) + 2)
    return np.asarray(values, np.float64)
