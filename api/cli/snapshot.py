"""``tastegraph snapshot``: the arrays that answers are read from."""

from __future__ import annotations

import typer

from api.cli.console import step, table_or_json
from api.cli.options import Data, Json
from api.settings import Settings


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="Build and list snapshots.")
    group.command("build")(build)
    group.command("list")(list_)
    return group


def build(data: Data = None) -> None:
    """Build a snapshot from the store, prove it, and make it the current one; prints its id."""
    from api.steps import build_current
    from api.wiring import open_folder

    with step("Building the snapshot") as progress:
        snapshot = build_current(open_folder(Settings.read(data=data)), progress)
    typer.echo(snapshot.id)


def list_(data: Data = None, json_: Json = False) -> None:
    """List the snapshots that are kept, newest first."""
    from api.steps import snapshot_facts
    from api.wiring import open_folder

    facts = snapshot_facts(open_folder(Settings.read(data=data)))
    table_or_json(facts, json_, title="Snapshots")
