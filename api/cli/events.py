"""``tastegraph events``: what happened, from files, one event a line."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from api.cli.console import notes, print_json, step
from api.cli.options import Data, Json
from api.settings import Settings

if TYPE_CHECKING:
    from api.events import Checked
    from api.known import Refuse
    from graph.folder import DataFolder

STANDARD_INPUT = "-"
AT_A_TIME = 5_000
EXAMPLES = 10
"""Rejected lines that are shown."""


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="Single events, as POST /v1/events takes them.")
    group.command("import")(import_)
    return group


def import_(
    file: Annotated[str, typer.Argument(help="JSON Lines, one event a line; - for standard input.", metavar="FILE")],
    data: Data = None,
    json_: Json = False,
) -> None:
    """Append the events of a file to the log, whether the folder is served at the moment or not.

    A line that is rejected stops nothing; exit code 1 says that there were some. Running it again is harmless where
    events carry an event_id.
    """
    from api.folders import open_folder
    from api.known import refusing
    from api.steps import sync_store
    from graph.errors import StoreLocked

    settings = Settings.read(data=data)
    folder = open_folder(settings)
    refused = refusing(folder, settings.events.known_only)
    counts: Counter[str] = Counter(accepted=0, duplicates=0, rejected=0)
    examples: list[str] = []
    with step("Appending events") as progress, _opened(file) as stream, refused as refuse:
        for first, lines in _parts(stream):
            _append(folder, _checked(lines, first, refuse), counts, examples)
            progress(0.0, f"{sum(counts.values()):,} events")
        progress.summary = f"{sum(counts.values()):,} events"
    with suppress(StoreLocked):  # whoever serves the folder brings the store along
        sync_store(folder)
    if json_:
        print_json({**counts, "examples": examples})
    else:
        typer.echo("\n".join(f"{name:<12} {count:>10,}" for name, count in counts.items()))
        for each in examples:
            notes().print(each, markup=False)
    if counts["rejected"]:
        raise typer.Exit(1)


@contextmanager
def _opened(file: str) -> Iterator[IO[bytes]]:
    if file == STANDARD_INPUT:
        yield sys.stdin.buffer
    else:
        with Path(file).open("rb") as stream:
            yield stream


def _parts(stream: Iterable[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """Number of the first line, and lines."""
    rest, first = iter(stream), 1
    while lines := list(islice(rest, AT_A_TIME)):
        yield first, lines
        first += len(lines)


def _checked(lines: list[bytes], first: int, refuse: Refuse) -> Checked:
    from api.events import Checked, Unreadable, parsed_line

    checked, now = Checked(), datetime.now(UTC)
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        body = parsed_line(line)
        if isinstance(body, Unreadable):
            checked.rejected[number] = body.reason
        else:
            checked.add(number, body, now, refuse)
    return checked


def _append(folder: DataFolder, checked: Checked, counts: Counter[str], examples: list[str]) -> None:
    from api.writing.handover import append_now

    receipt = append_now(folder, checked.events, checked.told) if checked.events else None
    duplicates = len(receipt.duplicates) if receipt is not None else 0
    counts.update(accepted=len(checked.events) - duplicates, duplicates=duplicates, rejected=len(checked.rejected))
    for number, reason in islice(checked.rejected.items(), EXAMPLES - len(examples)):
        examples.append(f"line {number}: {reason}")
