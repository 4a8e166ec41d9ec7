"""``tastegraph inspect``: look into a data folder."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any

import typer

from api.cli.console import print_json, results
from api.cli.options import Data, Json
from api.settings import Settings


class Kind(StrEnum):
    """What can be looked at by id."""

    USER = "user"
    PRODUCT = "product"


def inspect(
    kind: Annotated[Kind | None, typer.Argument(help="user or product; the whole folder without.")] = None,
    key: Annotated[str | None, typer.Argument(help="Its id.", metavar="ID")] = None,
    data: Data = None,
    json_: Json = False,
) -> None:
    """Show what the data folder holds, or what is known of one person or product."""
    from api import nodes
    from api.folders import open_folder
    from api.steps import folder_facts
    from api.wiring import open_view

    folder = open_folder(Settings.read(data=data))
    if kind is None:
        _show(folder_facts(folder), json_)
        return
    if key is None:
        raise typer.BadParameter(f"name the id of the {kind}", param_hint="ID")
    view = open_view(folder)
    _show(nodes.user(view, key) if kind is Kind.USER else nodes.product(view, key), json_)


def _show(facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        results().print(
            f"{name:<12} {json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value}", markup=False
        )
