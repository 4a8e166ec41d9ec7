"""``tastegraph neo4j``: what only a Neo4j server has."""

from __future__ import annotations

import typer

from api.cli.console import step
from api.cli.options import Data
from api.settings import Settings


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="Work with a Neo4j server (TASTEGRAPH_STORE__URL, …__PASSWORD say which).")
    group.command("sync")(sync)
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
