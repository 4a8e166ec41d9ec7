"""``tastegraph cypher``: named queries, and Cypher of one's own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.console import notes, print_json
from api.cli.options import Data, Json
from api.cli.rows import Format, write_rows
from api.settings import Settings

OWN = "-"
"""In the place of a name: the query comes on standard input."""


Name = Annotated[str, typer.Argument(help="Name of a query; `tastegraph cypher list` has them.", metavar="NAME")]


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="Ask the graph in Cypher.")
    group.command("list")(list_)
    group.command("show")(show)
    group.command("run")(run)
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


def run(
    name: Annotated[str, typer.Argument(help="Name of a query, or - for one on standard input.", metavar="NAME")],
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", help="A parameter, again for each.", metavar="NAME=VALUE")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Most rows.")] = None,
    offset: Annotated[int, typer.Option(min=0, help="Rows to leave out before them (named queries).")] = 0,
    format_: Annotated[Format, typer.Option("--format", help="How rows are written.")] = Format.TABLE,
    out: Annotated[Path | None, typer.Option(help="File to write to; parquet needs one.", metavar="FILE")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Show the server's plan instead (named queries).")] = False,
    data: Data = None,
) -> None:
    """Ask the Neo4j server a named query, or one of your own on standard input.

    Your own may only read, and has limits on time, rows and bytes; exit code 3 says that it was refused.
    """
    from api.folders import open_folder
    from api.wiring import newest_of, open_asker

    settings = Settings.read(data=data)
    given = dict(_parameters(param or []))
    with closing(open_asker(settings, newest_of(open_folder(settings)))) as asker:
        if plan and name != OWN:
            print_json(asker.plan(name, given))
            return
        if name == OWN:
            answer = asker.ask(sys.stdin.read(), {key: _from_json(text) for key, text in given.items()}, limit=limit)
        else:
            answer = asker.ask_named(name, given, limit=limit, offset=offset)
    write_rows(answer, format_, out)
    if answer["truncated"] == "rows" and name != OWN:
        notes().print(f"there are more rows: --offset {offset + len(answer['rows'])} shows the next")
    elif answer["truncated"]:
        notes().print(f"the answer was cut: more {answer['truncated']} than TASTEGRAPH_CYPHER__… or --limit admits")


def _parameters(texts: list[str]) -> Iterator[tuple[str, str]]:
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--param")
        yield name, value


def _from_json(text: str) -> Any:
    """A value for a parameter of a query of one's own: JSON, or else a text as it is."""
    try:
        return json.loads(text)
    except ValueError:
        return text
