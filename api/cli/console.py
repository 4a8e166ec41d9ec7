"""Where commands write: results to stdout, progress and errors to stderr, one line an error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import StringIO
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from graph.errors import TastegraphError


def results() -> Console:
    """The console of results: stdout."""
    return Console(soft_wrap=True)


def notes() -> Console:
    """The console of progress and remarks: stderr."""
    return Console(stderr=True, soft_wrap=True, highlight=False)


def tell(error: TastegraphError) -> None:
    """Print an error as one line on stderr."""
    print(f"error[{error.code}]: {_one_line(str(error))}", file=sys.stderr)  # noqa: T201 rich would wrap and mark up


def _one_line(text: str) -> str:
    return " ".join(text.split())


class Step:
    """One long step on the screen; call it with the finished part in ``[0, 1]`` and a short note."""

    def __init__(self, progress: Progress, title: str) -> None:
        self._progress = progress
        self._task = progress.add_task(title, total=1.0, note="")
        self.summary = ""
        """What is printed behind the time when the step is done."""

    def __call__(self, done: float, note: str = "") -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=done, note=note)


@contextmanager
def step(title: str) -> Iterator[Step]:
    """A progress bar while the block runs, and a line with its time when it is done."""
    console = notes()
    began = perf_counter()
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    note = TextColumn("{task.fields[note]}")
    quiet = not console.is_terminal
    with Progress(*columns, note, console=console, transient=True, disable=quiet) as progress:
        running = Step(progress, title)
        yield running
    seconds = perf_counter() - began
    console.print(f"{title:<32} {seconds:7.1f} s  {running.summary}", markup=False)


def print_json(value: object) -> None:
    """Print JSON on stdout, neither wrapped nor marked up."""
    print(json.dumps(value, indent=2, ensure_ascii=False))  # noqa: T201 rich would wrap and mark up


def table_or_json(rows: Sequence[Mapping[str, Any]], as_json: bool, title: str) -> None:
    """Print rows of equal keys on stdout: as a table, or as JSON for programs."""
    if as_json:
        print_json(rows)
        return
    results().print(table_of(rows, tuple(rows[0]) if rows else ("nothing yet",), title))


def table_of(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], title: str | None = None) -> Table:
    """Rows of equal keys as a table."""
    table = Table(title=title, title_justify="left")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    return table


def table_text(table: Table, width: int = 120) -> str:
    """A table as text, to be kept and printed again."""
    out = StringIO()
    Console(file=out, width=width).print(table)
    return out.getvalue()
