"""``tastegraph batch``: recommendations for every user of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import print_json, step, table_or_json
from api.cli.options import Json, Seed


def batch(
    interactions: Annotated[Path, typer.Option(help="TSV with a header: user_id item_id [value] [timestamp].")],
    out: Annotated[Path, typer.Option(help="Parquet file to write: user_id, item_id, rank, score.")],
    follows: Annotated[Path | None, typer.Option(help="TSV with a header: follower_id followee_id.")] = None,
    attributes: Annotated[Path | None, typer.Option(help="TSV with a header: item_id relation entity_id.")] = None,
    model: Annotated[
        str, typer.Option(help="A model's name, or auto: choose on a validation part of the file.")
    ] = "auto",
    top: Annotated[int, typer.Option(help="Items for each user.", min=1, max=1000)] = 20,
    budget_s: Annotated[
        float, typer.Option(help="About how long auto may look for the best model, in seconds.")
    ] = 300.0,
    seed: Seed = 0,
    json_: Json = False,
) -> None:
    """Recommend for every user of a file, training included; nobody gets an item that they have already.

    Files may be gzipped; ids are any strings.
    """
    from recommend.batch import batch as run

    with step("Recommending") as progress:
        report = run(
            interactions,
            follows=follows,
            attributes=attributes,
            model=model,
            top=top,
            out=out,
            seed=seed,
            budget_s=budget_s,
            progress=progress,
        )
    if json_:
        print_json(report.as_json())
        return
    tried = [
        {
            "model": each.model,
            "with": ", ".join(each.blocks),
            "NDCG@20": _rounded(each.ndcg),
            "recall@20": _rounded(each.recall),
            "seconds": round(each.seconds, 1),
            "note": each.note,
        }
        for each in report.trials
    ]
    if tried:
        table_or_json(tried, False, title="Tried on the validation part")
    for note in report.notes:
        typer.echo(note)
    typer.echo(f"chose {report.chosen['model']}: {report.reason}")
    typer.echo(f"{report.rows} rows for {report.users} users in {report.out}")


def _rounded(figure: float | None) -> float | str:
    """For people to read; a trial that was not measured has none."""
    return "" if figure is None else round(figure, 4)
