"""``tastegraph kg``: what embeddings of the whole graph know, and how well."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.console import print_json, step, table_or_json
from api.cli.options import Data, Json, Seed
from api.cli.rows import Format, write_rows
from api.settings import Settings

DEFAULT_MODEL = "rotate"


def commands() -> typer.Typer:
    """The sub-commands."""
    group = typer.Typer(help="Knowledge embeddings: evaluate them, complete the catalogue.", no_args_is_help=True)
    group.command()(evaluate)
    group.command()(predict)
    return group


def evaluate(
    model: Annotated[
        list[str], typer.Option("--model", "-m", help="transe, rotate or complex; may be given again.")
    ] = ["transe", "rotate", "complex"],  # noqa: B006 typer copies it
    dataset: Annotated[str | None, typer.Option(help="A data set's name; your own data folder without.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting of all the models, such as dim=128.", metavar="NAME=VALUE"),
    ] = None,
    part: Annotated[float, typer.Option(help="Part of the triples to hold out.", min=0.001, max=0.5)] = 0.1,
    every_node: Annotated[
        bool,
        typer.Option("--every-node", help="Rank among all nodes, as in the literature."),
    ] = False,
    by_relation: Annotated[bool, typer.Option("--by-relation", help="Tell each relation.")] = False,
    seed: Seed = 0,
    data: Data = None,
    json_: Json = False,
) -> None:
    """Train on a part of the triples, and tell how high the others rank; beside them a baseline of frequencies."""
    from api.kg import evaluate_named_graph
    from api.training import parse_changes

    with step("Evaluating") as progress:
        found = evaluate_named_graph(
            Settings.read(data=data),
            dataset,
            model,
            parse_changes(set_ or ()),
            part=part,
            typed=not every_node,
            seed=seed,
            progress=progress,
        )
    if json_:
        print_json([each.as_json() for each in found])
        return
    rows = []
    for each in found:
        rows.append({"model": each.model, "relation": "all", **_rounded(each.overall)})
        if by_relation:
            rows.extend({"model": each.model, "relation": name, **_rounded(of)} for name, of in each.relations.items())
    table_or_json(rows, False, title="Held-out triples, filtered, both sides")


def predict(
    relation: Annotated[
        list[str] | None, typer.Option("--relation", "-r", help="brand, category or tag; all without. Again for each.")
    ] = None,
    product: Annotated[str | None, typer.Option(help="One product alone.", metavar="ID")] = None,
    limit: Annotated[int, typer.Option(help="Guesses at most.", min=1)] = 20,
    each: Annotated[int, typer.Option(help="Guesses for a product and relation.", min=1, max=100)] = 1,
    model: Annotated[
        str, typer.Option("--model", "-m", help="transe, rotate or complex, trained before.")
    ] = DEFAULT_MODEL,
    format_: Annotated[Format, typer.Option("--format", help="How guesses are written.")] = Format.TABLE,
    out: Annotated[Path | None, typer.Option(help="File to write to; parquet needs one.", metavar="FILE")] = None,
    data: Data = None,
) -> None:
    """Guess brands, categories and tags that the catalogue lacks, the surest first.

    A probability says how often such a guess was right among facts that the model had not seen.
    """
    from api.kg import predict_missing

    guesses = predict_missing(
        Settings.read(data=data), model, relations=relation or (), product_id=product, each=each, limit=limit
    )
    rows = [guess.as_json() for guess in guesses]
    columns = ["product_id", "relation", "id", "name", "probability", "confidence", "rank", "known"]
    write_rows({"columns": columns, "rows": [[row[name] for name in columns] for row in rows]}, format_, out)


def _rounded(metrics: Any) -> dict[str, float]:
    return {name: round(value, 4 if value < 10 else 1) for name, value in metrics.items()}
