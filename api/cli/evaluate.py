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
    ratings: Annotated[
        bool, typer.Option("--ratings", help="Predict stars: RMSE and MAE of bias, user_knn, item_knn and mf.")
    ] = False,
    data: Data = None,
    seed: Seed = 0,
    json_: Json = False,
) -> None:
    """Compare models with popularity and ItemKNN: trained on the past, asked about what people did next.

    A data set whose authors fixed a split is evaluated on that, others on the last part of the timeline.
    """
    from api.training import evaluate_named, evaluate_ratings_named

    if ratings:
        from recommend.evaluation.run import DEFAULT_MODELS

        asked = () if tuple(model) == DEFAULT_MODELS else tuple(model)
        with step("Evaluating") as progress:
            found = evaluate_ratings_named(Settings.read(data=data), dataset, asked, seed=seed, progress=progress)
        if json_:
            print_json(found.as_json())
        else:
            results().print(found.table())
        return
    with step("Evaluating") as progress:
        evaluation = evaluate_named(Settings.read(data=data), dataset, model, seed=seed, progress=progress)
    if json_:
        print_json(evaluation.as_json())
    else:
        results().print(evaluation.table())
