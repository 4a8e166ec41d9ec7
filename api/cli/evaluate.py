"""``tastegraph evaluate``: how good models are on what people did next."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.console import print_json, results, step
from api.cli.options import Data, Json, Seed
from api.settings import Settings


def evaluate(
    dataset: Annotated[str | None, typer.Option(help="A data set's name; your own data folder without.")] = None,
    model: Annotated[
        list[str], typer.Option("--model", "-m", help="A model beside popularity and item_knn; may be given again.")
    ] = ["spectral", "lightgcn"],  # noqa: B006 typer copies it
    data: Data = None,
    seed: Seed = 0,
    json_: Json = False,
) -> None:
    """Compare models with popularity and ItemKNN: trained on the past, asked about what people did next.

    A data set whose authors fixed a split is evaluated on that, others on the last part of the timeline.
    """
    from api.training import evaluate_named

    with step("Evaluating") as progress:
        evaluation = evaluate_named(Settings.read(data=data), dataset, model, seed=seed, progress=progress)
    if json_:
        print_json(evaluation.as_json())
    else:
        results().print(evaluation.table())
