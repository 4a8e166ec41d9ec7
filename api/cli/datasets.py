"""``tastegraph datasets``: public data sets that can be loaded by name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from api.cli.console import print_json, results
from api.cli.options import Json
from api.settings import Settings
from graph.errors import DatasetUnavailable

if TYPE_CHECKING:
    from graph.datasets import Dataset


def commands() -> typer.Typer:
    """The group; without a subcommand it lists."""
    group = typer.Typer(help="Public data sets that can be loaded by name.", invoke_without_command=True)
    group.callback()(default)
    group.command("list")(list_)
    group.command("show")(show)
    return group


def default(context: typer.Context) -> None:
    """Public data sets that can be loaded by name; without a command, list them."""
    if context.invoked_subcommand is None:
        list_()


def list_(json_: Json = False) -> None:
    """List every data set: name, size, licence, citation."""
    from graph.datasets import datasets

    if json_:
        print_json([_facts(each) for each in datasets()])
        return
    table = Table("name", "title", "size", "licence", "citation", title="Data sets", show_lines=True)
    for each in datasets():
        table.add_row(each.name, each.title, f"{each.bytes / 1e6:.1f} MB", each.licence, each.citation)
    results().print(table)


def show(name: Annotated[str, typer.Argument(help="A name that `datasets list` prints.")], json_: Json = False) -> None:
    """Show one data set: what it holds, where it is from, its terms, and where it lies."""
    from graph.datasets import dataset, default_places

    places = replace(default_places(Settings.read().datasets), public="")
    found = dataset(name, places)
    facts = _facts(found) | {"folder": _folder(found)}
    if json_:
        print_json(facts)
        return
    for key, value in facts.items():
        results().print(f"{key:<10} {_said(value)}", markup=False, highlight=False)


def _facts(each: Dataset) -> dict[str, Any]:
    return {
        "name": each.name,
        "title": each.title,
        "summary": " ".join(each.summary.split()),
        "bytes": each.bytes,
        "licence": each.licence,
        "citation": each.citation,
        "source": each.source,
        "split": each.has_split,
    }


def _folder(each: Dataset) -> str | None:
    try:
        return str(each.locate())
    except DatasetUnavailable:
        return None


def _said(value: object) -> str:
    if value is None:
        return "not here; it is downloaded when it is needed"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
