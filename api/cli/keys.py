"""``tastegraph keys``: who may ask the service."""

from __future__ import annotations

from typing import Annotated

import typer

from api.access.keys import SCOPES, ApiKeys, Scope
from api.cli.console import print_json, results, table_of
from api.cli.options import Data, Json
from api.settings import Settings


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="API keys: who may ask the service, and what.", no_args_is_help=True)
    for command in (create, list_, revoke):
        group.command(command.__name__.rstrip("_"))(command)
    return group


def create(
    name: Annotated[str, typer.Argument(help="What you call it, such as the program that uses it.")],
    scope: Annotated[list[str] | None, typer.Option(help=f"{', '.join(SCOPES)}; may be repeated.")] = None,
    user: Annotated[
        str | None, typer.Option(help="One person's key: it asks and tells about that person alone.", metavar="ID")
    ] = None,
    data: Data = None,
    json_: Json = False,
) -> None:
    """Make a key and print it: the only time that it is shown. A running service takes it at once."""
    scopes: list[Scope] = [_scope(each) for each in scope or ["read"]]
    key, made = _keys(data).create(name, scopes, user)
    if json_:
        print_json({"key": key} | made.told())
    else:
        typer.echo(key)


def list_(data: Data = None, json_: Json = False) -> None:
    """List the keys: id, name, scopes and whose they are; what is kept of a key does not tell the key."""
    found = [each.told() for each in _keys(data).all()]
    if json_:
        print_json(found)
    elif found:
        rows = [{**each, "scopes": " ".join(each["scopes"]), "user_id": each["user_id"] or ""} for each in found]
        results().print(table_of(rows, list(rows[0])))
    else:
        typer.echo("there are none; `tastegraph serve` makes a first one, or `tastegraph keys create`")


def revoke(
    key_id: Annotated[str, typer.Argument(help="Of the key, as `list` tells it.", metavar="ID")], data: Data = None
) -> None:
    """Let a key be valid no more, from the next request on."""
    _keys(data).revoke(key_id)
    typer.echo(f"{key_id} is valid no more")


def _scope(name: str) -> Scope:
    for each in SCOPES:
        if each == name:
            return each
    raise typer.BadParameter(f"{name!r} is none of {', '.join(SCOPES)}", param_hint="--scope")


def _keys(data: object) -> ApiKeys:
    from api.folders import open_folder

    return ApiKeys(open_folder(Settings.read(data=data)).api_keys)
