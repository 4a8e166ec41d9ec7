"""``tastegraph simulate``: a town whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import notes, step
from api.cli.options import Seed


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder to write the town's files into.")],
    people: Annotated[int, typer.Option(help="How many people live there, 100 to 20 million.")] = 1000,
    seed: Seed = 0,
) -> None:
    """Write a simulated town: node and event files, a mapping that loads them, and its truth."""
    from graph.simulate import TownSettings, simulate_town

    with step("Simulating the town") as progress:
        town = simulate_town(TownSettings(people=people, seed=seed))
        progress(0.5, "writing")
        mapping = town.write(out)
    typer.echo(str(mapping))
    notes().print(f"next: tastegraph load {mapping}", markup=False)
