"""``tastegraph weigh-paths``: what each kind of path is worth on one's own data."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.console import print_json, step
from api.cli.options import Data, Json, Seed
from api.settings import Settings


def weigh_paths(
    data: Data = None,
    people: Annotated[int, typer.Option(help="Most people to learn from.", min=2, max=100_000)] = 2000,
    seed: Seed = 0,
    json_: Json = False,
) -> None:
    """Learn what each kind of path of the source path_count is worth; prints it as a setting.

    Each person's newest product is hidden and found again by paths from the others. Nothing is changed: put the line
    that is printed into the settings where the figures say that it pays.
    """
    from api.path_weights import learned_paths

    with step("Following paths"):
        found = learned_paths(Settings.read(data=data), people=people, seed=seed)
    if json_:
        print_json(found)
        return
    before, after = found["mean_reciprocal_rank"]["before"], found["mean_reciprocal_rank"]["after"]
    typer.echo(f"{found['people']} people; mean reciprocal rank {before:.4f} before, {after:.4f} after")
    typer.echo(found["setting"])
