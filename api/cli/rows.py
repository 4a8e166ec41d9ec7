"""Rows on the way out: a table for people, CSV, JSON or Parquet for programs."""

from __future__ import annotations

import csv
import json
import sys
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from api.cli.console import table_of


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def write_rows(answer: dict[str, Any], format_: Format, out: Path | None) -> None:
    """Write ``answer["rows"]`` under ``answer["columns"]`` to a file or to stdout; JSON gets all of the answer."""
    columns, rows = answer["columns"], answer["rows"]
    if format_ is Format.PARQUET:
        if out is None:
            raise typer.BadParameter("parquet is no text; name a file", param_hint="--out")
        _write_parquet(columns, rows, out)
        return
    with out.open("w", encoding="utf-8", newline="") if out else nullcontext(sys.stdout) as file:
        if format_ is Format.JSON:
            file.write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")
        elif format_ is Format.CSV:
            writer = csv.writer(file)
            writer.writerows([columns, *([_cell(value) for value in row] for row in rows)])
        else:
            shown = [dict(zip(columns, map(_cell, row), strict=True)) for row in rows]
            Console(file=file, soft_wrap=True).print(table_of(shown, columns))


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _write_parquet(columns: list[str], rows: list[list[Any]], out: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    listed = {name: [row[place] for row in rows] for place, name in enumerate(columns)}
    try:
        table = pa.table({name: pa.array(values) for name, values in listed.items()})
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # a column of more than one type
        table = pa.table({name: pa.array(map(json.dumps, values)) for name, values in listed.items()})
    pq.write_table(table, out)
