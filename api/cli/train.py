"""``tastegraph train``: models from the current snapshot."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.console import step
from api.cli.options import Data, Seed
from api.settings import Settings


def train(
    names: Annotated[
        list[str] | None, typer.Argument(help="Models; all that are served without any.", metavar="MODEL")
    ] = None,
    data: Data = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the model, such as dim=128.", metavar="NAME=VALUE")
    ] = None,
    seed: Seed = 0,
) -> None:
    """Train models on the current snapshot and keep them for serving; prints each one's version."""
    from api.folders import open_folder
    from api.training import parse_changes, train_model
    from api.wiring import SERVED

    settings = Settings.read(data=data)
    changes = parse_changes(set_ or ())
    for name in names or SERVED:
        with step(f"Training {name}") as progress:
            trained = train_model(open_folder(settings), name, changes, settings, seed=seed, progress=progress)
        typer.echo(f"{trained.name} {trained.version}")
