"""``tastegraph log``: the event log itself."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer

from api.cli.console import notes, print_json, step
from api.cli.options import Data, Json
from api.errors import DAMAGED, NoBackup
from api.settings import Settings

WAIT_S = 10.0
"""Longest wait for a folder that another command has."""


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="The event log itself.", rich_markup_mode=None)
    group.command("verify")(verify)
    group.command("trim")(trim)
    group.callback()(lambda: None)
    return group


def verify(data: Data = None, json_: Json = False) -> None:
    """Read the whole log and its imports through; exit code 5 says that something is damaged.

    Harmless at any time, also while the folder is served.
    """
    from api.folders import open_folder
    from graph.log.verify import verify_log

    folder = open_folder(Settings.read(data=data))
    with step("Reading the log") as progress:
        found = verify_log(folder.log, folder.imports, folder.keys)
        progress.summary = f"{found.records:,} records, {found.rows:,} imported rows"
    if json_:
        print_json(found.as_dict())
    else:
        for problem in found.problems:
            notes().print(problem, markup=False)
        typer.echo("whole" if not found.count else f"{found.count:,} problems")
    if found.count:
        raise typer.Exit(DAMAGED)


def trim(
    days: Annotated[int, typer.Option(min=31, help="Younger ones stay.", metavar="DAYS")],
    data: Data = None,
) -> None:
    """Let go of impressions, their outcomes and searches that are old and that a proved backup holds.

    No store, snapshot or model is made of them, so all others stay as they are, and the log can be replayed from
    anywhere. Everything else in the log stays for good: it is what stores are made of.
    """
    from api.folders import open_folder
    from graph.people.retention import trim_old

    folder = open_folder(Settings.read(data=data))
    if not folder.backed_up.exists():
        raise NoBackup(str(folder.path))
    with step("Trimming the log") as progress, folder.owned(wait_s=WAIT_S), closing(folder.open_log()) as log:
        gone = trim_old(folder, log, datetime.now(UTC), days)
        progress.summary = f"{gone:,} events let go"
    typer.echo(f"{gone}")
