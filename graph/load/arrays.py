"""Files that come in columns: Parquet, and MATLAB matrices of version 5."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from scipy.io import loadmat, whosmat

from graph.errors import UnreadableFile
from graph.load.files import opened
from graph.load.mapping import Source
from graph.load.rows import BATCH, Rows


def read_parquet(source: Source, path: Path) -> Iterator[Rows]:
    """Read a Parquet file in batches.

    Raises:
        UnreadableFile: it is none, or is cut off.
    """
    with opened(path) as file:
        try:
            parquet = pq.ParquetFile(pa.PythonFile(file.content, mode="r"))
        except (pa.ArrowException, OSError) as error:
            raise UnreadableFile(path, f"is no whole Parquet file: {error}", "export it again") from error
        names = list(source.names or parquet.schema_arrow.names)
        total = parquet.metadata.num_rows
        yield Rows([], {name: [] for name in names}, done=0.0 if total else 1.0)
        first = 0
        for batch in parquet.iter_batches(batch_size=BATCH):
            columns: dict[str, Sequence[Any]] = {
                name: _values(column) for name, column in zip(names, batch.columns, strict=True)
            }
            lines = range(first + 1, first + batch.num_rows + 1)
            yield Rows(lines, columns, first=first, done=lines[-1] / total)
            first += batch.num_rows


def _values(column: Any) -> list[Any]:
    """Python values; times finer than Python's are cut to microseconds."""
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    return list(column.to_pylist())


def read_matrix(source: Source, path: Path) -> Iterator[Rows]:
    """Read one matrix of a MATLAB file; the whole matrix is held in memory.

    Raises:
        UnreadableFile: it is no such file, has no such matrix, or its columns and ``names`` differ.
    """
    with opened(path):
        try:
            shapes = {name: shape for name, shape, _ in whosmat(path)}
            matrix = (
                loadmat(path, variable_names=[source.records])[source.records] if source.records in shapes else None
            )
        except (ValueError, TypeError, NotImplementedError) as error:
            raise UnreadableFile(path, f"is no MATLAB file of version 5: {error}", "export it again") from error
    names = source.names or ()
    if matrix is None or matrix.ndim != 2 or matrix.shape[1] != len(names):
        reason = f"has no matrix {source.records!r} with {len(names)} columns; it has {shapes}"
        raise UnreadableFile(path, reason, "say records = the matrix's name and names = [its columns]")
    for first in range(0, max(len(matrix), 1), BATCH):
        part = matrix[first : first + BATCH]
        lines = range(first + 1, first + len(part) + 1)
        columns = {name: part[:, number].tolist() for number, name in enumerate(names)}
        yield Rows(lines, columns, first=first, done=(first + len(part)) / max(len(matrix), 1))
