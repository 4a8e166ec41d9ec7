"""``tastegraph cypher``: named queries, and Cypher of one's own."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.console import print_json
from api.cli.options import Json

Name = Annotated[str, typer.Argument(help="Name of a query; `tastegraph cypher list` has them.", metavar="NAME")]


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="Ask the graph in Cypher.")
    group.command("list")(list_)
    group.command("show")(show)
    return group


def list_(json_: Json = False) -> None:
    """List the named queries: what each answers and what it costs."""
    from api.queries_page import public_queries

    if json_:
        print_json([{"name": each.name, "answers": each.summary, "cost": each.cost} for each in public_queries()])
        return
    for each in public_queries():
        typer.echo(f"{each.name:<28} {each.summary}")


def show(name: Name, json_: Json = False) -> None:
    """Show one query: its parameters, its columns and its text."""
    from api.asking import described, named

    found = named(name)
    if json_:
        print_json(described(found))
        return
    facts = described(found)
    typer.echo(f"{found.name}: {found.summary}\ncost: {found.cost}")
    for kind in ("parameters", "columns"):
        for each in facts[kind]:
            typer.echo(f"{kind.removesuffix('s'):<10} {each['name']:<16} {each['type']:<14} {each['meaning']}")
    typer.echo(f"\n{found.text}")
