"""``tastegraph models``: what can be trained and what has been, and two of them compared."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.console import print_json, results, step, table_of
from api.cli.options import Data, Json, Seed
from api.settings import Settings

SHOWN = ("model", "kind", "uses", "cost", "torch", "trained")
"""Columns of the table; JSON has summary, settings and source too."""


def commands() -> typer.Typer:
    """The group; without a command it lists."""
    group = typer.Typer(help="Every model; two of them compared.", invoke_without_command=True)
    group.callback()(models)
    group.command("compare")(compare)
    return group


def models(context: typer.Context, data: Data = None, json_: Json = False) -> None:
    """List every model: its kind, what it learns from beside choices, what it costs, and which version is trained.

    What it does, its settings and its paper stand in --json and in docs/reference/models.md.
    """
    if context.invoked_subcommand is not None:
        return
    from api.folders import open_folder
    from api.training import model_facts

    facts = model_facts(open_folder(Settings.read(data=data)))
    if json_:
        print_json(facts)
        return
    shown = (
        {**each, "torch": "yes" if each["torch"] else "", "trained": (each["trained"] or "")[:8]} for each in facts
    )
    results().print(table_of([{name: each[name] for name in SHOWN} for each in shown], SHOWN))


def compare(
    first: Annotated[str, typer.Argument(help="A model, or auto.", metavar="A")],
    second: Annotated[str, typer.Argument(help="Another.", metavar="B")],
    dataset: Annotated[str | None, typer.Option(help="A data set's name; your own data folder without.")] = None,
    data: Data = None,
    seed: Seed = 0,
    json_: Json = False,
) -> None:
    """Train two models on the same data and compare their lists person by person.

    The difference has a bootstrap interval, and a p by Fisher's randomisation test, corrected for the number of metrics
    (Holm).
    """
    from api.training import compare_named

    with step("Comparing") as progress:
        found = compare_named(Settings.read(data=data), (first, second), dataset, seed=seed, progress=progress)
    if json_:
        print_json(found.as_json())
    else:
        results().print(found.table())
