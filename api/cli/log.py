"""``tastegraph log``: the event log itself."""

from __future__ import annotations

import typer

from api.cli.console import notes, print_json, step
from api.cli.options import Data, Json
from api.errors import DAMAGED
from api.settings import Settings


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="The event log itself.", rich_markup_mode=None)
    group.command("verify")(verify)
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
