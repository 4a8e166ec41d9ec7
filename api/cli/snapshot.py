"""``tastegraph snapshot``: the arrays that answers are read from."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.console import step, table_or_json
from api.cli.options import Data, Json
from api.settings import Settings


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="Build and list snapshots, and go back to an older one.")
    group.command("build")(build)
    group.command("list")(list_)
    group.command("rollback")(rollback)
    return group


def build(data: Data = None) -> None:
    """Build a snapshot from the store, prove it, and make it the current one; prints its id."""
    from api.folders import open_folder
    from api.writing.handover import build_now

    with step("Building the snapshot") as progress:
        snapshot_id = build_now(open_folder(Settings.read(data=data)), progress)
    typer.echo(snapshot_id)


def list_(data: Data = None, json_: Json = False) -> None:
    """List the snapshots that are kept, newest first."""
    from api.folders import open_folder
    from api.steps import snapshot_facts

    facts = snapshot_facts(open_folder(Settings.read(data=data)))
    table_or_json(facts, json_, title="Snapshots")


def rollback(
    snapshot_id: Annotated[str | None, typer.Argument(help="Which one; by default the one before the current.")] = None,
    data: Data = None,
) -> None:
    """Make an older snapshot the current one, proved first; prints its id.

    A running service takes it over within a second or so, and adds what happened since. People who were erased stay
    erased.
    """
    from api.folders import open_folder
    from api.steps import roll_back

    with step("Proving the snapshot") as progress:
        chosen = roll_back(open_folder(Settings.read(data=data)), snapshot_id)
        progress.summary = chosen.created_at
    typer.echo(chosen.id)
