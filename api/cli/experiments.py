"""``tastegraph experiments``: those in force, and what came of them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.console import print_json, results, table_of
from api.cli.options import Data, Json
from api.settings import Settings


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="Experiments: placements answered in several ways.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("report")(report)
    return group


def list_(data: Data = None, json_: Json = False) -> None:
    """List the experiments in force; each is a part of its placement."""
    from api.experiments import listed

    _, placements = _opened(data)
    found = listed(placements)
    if json_:
        print_json(found)
    elif found:
        rows = [
            {**each, "arms": ", ".join(f"{arm} {share:g}" for arm, share in each["arms"].items())} for each in found
        ]
        results().print(table_of(rows, list(rows[0])))
    else:
        typer.echo("no placement has an experiment")


def report(
    name: Annotated[str, typer.Argument(help="Of the experiment.")],
    window_days: Annotated[float, typer.Option(min=0.01, max=365, help="Days in which a purchase counts.")] = 7.0,
    data: Data = None,
    json_: Json = False,
) -> None:
    """Tell what came of an experiment: clicks, purchases and revenue by arm, and differences to the first arm."""
    from api.experiments import report as report_of

    folder, placements = _opened(data)
    told = report_of(folder, placements, name, window_days)
    if json_:
        print_json(told)
        return
    arms = [
        {
            "arm": each["arm"],
            "people": f"{each['people']:,}",
            "slates": f"{each['slates']:,}",
            **{metric: _value(each[metric]) for metric in ("ctr", "conversion", "revenue_minor")},
        }
        for each in told["arms"]
    ]
    results().print(table_of(arms, list(arms[0])))
    against = told["arms"][0]["arm"]
    for each in told["differences"]:
        sure = (
            "nothing can be said"
            if each["p"] is None
            else f"{each['low']:+.4g} … {each['high']:+.4g}, p {each['p']:.2g}"
        )
        typer.echo(f"{each['arm']} over {against}: {each['metric']} {each['value']:+.4g} ({sure})")
    for warning in told["warnings"]:
        typer.echo(f"warning: {warning}")


def _value(told: dict[str, float]) -> str:
    return f"{told['value']:.4g} ({told['low']:.4g} … {told['high']:.4g})"


def _opened(data: Any) -> tuple[Any, Any]:
    from api.folders import open_folder
    from recommend.placements import PlacementShelf

    folder = open_folder(Settings.read(data=data))
    return folder, PlacementShelf(folder.placements).now()
