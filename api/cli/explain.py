"""``tastegraph explain``: why a product might be for a person."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from api.cli.console import print_json
from api.cli.options import Data, Json
from api.settings import Settings, one_thread_per_library


class Language(StrEnum):
    """Of the sentences."""

    EN = "en"
    ZH = "zh"


def explain(
    user: Annotated[str, typer.Argument(help="Id of the person.", metavar="USER")],
    product: Annotated[str, typer.Argument(help="Id of the product.", metavar="PRODUCT")],
    data: Data = None,
    k: Annotated[int, typer.Option("--k", help="How many different paths at most.")] = 3,
    language: Annotated[Language, typer.Option(help="Of the sentences.")] = Language.EN,
    json_: Json = False,
) -> None:
    """Say why a product might be for a person: the best different paths of at most four edges."""
    one_thread_per_library()
    from api.folders import open_folder
    from api.wiring import actions_of, open_view, pipeline_of
    from recommend.pipeline import Recommender

    settings = Settings.read(data=data)
    view = open_view(open_folder(settings))
    recommender = Recommender(view, {}, actions_of(settings), pipeline_of(settings))
    answer = recommender.explain(user, product, k, language.value)
    if json_:
        print_json(answer)
        return
    for path in answer["paths"] or [{"text": "no path of at most four edges leads there", "nodes": [], "facts": []}]:
        typer.echo(path["text"])
        for fact in path["facts"]:
            said = f" ({fact['predicate']})" if "predicate" in fact else ""
            start, end = (f"{each['label']} {each['id']}" for each in (fact["from"], fact["to"]))
            typer.echo(f"  {start} -{fact['rel']}{said}-> {end}")
