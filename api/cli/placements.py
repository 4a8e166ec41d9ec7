"""``tastegraph placements``: the named ways to answer, and their versions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import print_json, results, table_of
from api.cli.options import Data, Json
from api.settings import Settings
from recommend.placements import Placements, PlacementShelf, read_placements
from recommend.placements.shelf import read_file

PlacementFile = Annotated[Path, typer.Argument(help="TOML, a table by name; or JSON.", metavar="FILE")]


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="Named ways to answer: what they are, and their versions.", no_args_is_help=True)
    for command in (list_, check, publish, rollback, versions):
        group.command(command.__name__.rstrip("_"))(command)
    return group


def list_(data: Data = None, json_: Json = False) -> None:
    """List the placements in force; --json has all that they say."""
    _show(_shelf(data).now(), json_=json_)


def check(file: PlacementFile, json_: Json = False) -> None:
    """Check a file of placements without putting it in force."""
    _show(read_placements(read_file(file)), json_=json_)


def publish(
    file: PlacementFile,
    data: Data = None,
    expected: Annotated[int | None, typer.Option(help="Refuse where another version than this is in force.")] = None,
) -> None:
    """Put a file of placements in force as a new version; a running service answers by it from the next request on.

    It says all that is to hold beyond the shipped placements: one that it does not name is as shipped.
    """
    found = _shelf(data).publish(read_file(file), expected)
    typer.echo(f"version {found.version} is in force")


def rollback(
    version: Annotated[int, typer.Argument(min=0, help="0 is what comes with the program.")], data: Data = None
) -> None:
    """Put what an older version says in force again, as a new version."""
    found = _shelf(data).roll_back(version)
    typer.echo(f"version {found.version} is in force, and says what version {version} says")


def versions(data: Data = None, json_: Json = False) -> None:
    """List the versions that are kept, newest first."""
    found = _shelf(data).versions()
    if json_:
        print_json(found)
        return
    rows = [
        {
            "version": str(each["version"]),
            "created": each["created_at"] or "shipped",
            "in force": "yes" if each["in_force"] else "",
            "says something of": ", ".join(each["placements"]),
        }
        for each in found
    ]
    results().print(table_of(rows, list(rows[0])))


def _shelf(data: Path | None) -> PlacementShelf:
    from api.folders import open_folder

    return PlacementShelf(open_folder(Settings.read(data=data)).placements)


def _show(placements: Placements, *, json_: bool) -> None:
    if json_:
        shown = {name: each.model_dump(mode="json") for name, each in placements.by_name.items()}
        print_json({"version": placements.version, "placements": shown, "own": dict(placements.own)})
        return
    rows = [
        {
            "placement": name,
            "asks": each.asks,
            "offers": each.wants,
            "own": "yes" if name in placements.own else "",
            "for": each.title,
        }
        for name, each in placements.by_name.items()
    ]
    results().print(table_of(rows, list(rows[0])))
