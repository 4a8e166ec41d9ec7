"""``tastegraph neo4j``: what only a Neo4j server has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import notes, print_json, step
from api.cli.options import Data, Json
from api.settings import Settings


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="Work with a Neo4j server (TASTEGRAPH_STORE__URL, …__PASSWORD say which).")
    group.command("sync")(sync)
    group.command("import-files")(import_files)
    return group


def sync(data: Data = None) -> None:
    """Bring the server's graph up to the end of the event log, from where it stopped.

    Safe to interrupt: what was applied stays, and the next run goes on behind it. With the embedded engine it
    keeps a second copy of the graph on the server, for analysts.
    """
    from api.steps import sync_store
    from api.wiring import open_folder, with_neo4j

    settings = Settings.read(data=data)
    with step("Bringing Neo4j up to date") as progress:
        applied = sync_store(with_neo4j(settings, open_folder(settings)), progress)
        progress.summary = f"{applied:,} events"


def import_files(
    folder: Annotated[Path, typer.Argument(help="Folder for the files; must be new or empty.", metavar="DIR")],
    data: Data = None,
    compress: Annotated[bool, typer.Option(help="Write gzip: smaller, slower.")] = False,
    json_: Json = False,
) -> None:
    """Write files for `neo4j-admin database import full`, and the script that runs it.

    The way for the first hundred million relationships; the imported database stands where the log does, so that
    `tastegraph neo4j sync` goes on from there.
    """
    from api.steps import write_files
    from api.wiring import embedded_folder

    with step("Writing files") as progress:
        written = write_files(embedded_folder(Settings.read(data=data)), folder, progress, compress=compress)
        progress.summary = f"{written.rows:,} rows, {written.bytes / 1e6:,.0f} MB"
    if json_:
        print_json(written.as_json())
        return
    typer.echo(written.as_json()["command"])
    notes().print(f"run it in {folder} while the server is stopped, or use {written.as_json()['script']}", markup=False)
    notes().print("then: tastegraph neo4j sync")
