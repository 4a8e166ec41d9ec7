"""``tastegraph search``: products by words, by meaning, and by what they belong to."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from api.cli.console import print_json, results, step, table_of
from api.cli.options import Data, Json
from api.settings import Settings, one_thread_per_library


class Label(StrEnum):
    """What products belong to."""

    CATEGORY = "category"
    BRAND = "brand"
    TAG = "tag"
    ENTITY = "entity"


def search(
    text: Annotated[str, typer.Argument(help="Words, in any language.", metavar="[TEXT]")] = "",
    data: Data = None,
    within: Annotated[
        str | None,
        typer.Option(help="Only products of a category, brand, tag or entity.", metavar="LABEL:ID"),
    ] = None,
    filter_: Annotated[
        str | None, typer.Option("--filter", help="Such as 'price_minor <= 5000 and tags in (\"gift\")'.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Only texts in it; a BCP 47 tag such as en or zh.")] = None,
    user: Annotated[str | None, typer.Option(help="Who asks, for filters with event or user.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 10,
    json_: Json = False,
) -> None:
    """Find products by words and meaning, or by what they belong to; each says what found it.

    The Chinese and the English of a thing meet. The index is made first where the snapshot has none.
    """
    one_thread_per_library()
    from api.folders import open_folder
    from api.wiring import actions_of, open_searcher, open_view
    from recommend.prepared import Prepared
    from recommend.search import SearchQuestion

    settings = Settings.read(data=data)
    folder = open_folder(settings)
    prepared = Prepared(open_view(folder), actions_of(settings), {})
    with step("Opening the index") as progress:
        searcher = open_searcher(folder, prepared, progress=progress)
    question = SearchQuestion(text, _concept(within), filter_, language, user)
    answer = searcher.search(question, limit)
    if json_:
        print_json(answer)
        return
    found = [
        {
            "product": item["id"],
            "title": item["fields"].get("title", ""),
            "score": f"{item['score']:.3f}",
            "why": "; ".join(reason["text"] for reason in item["reasons"]),
        }
        for item in answer["items"]
    ]
    if found:
        results().print(table_of(found, list(found[0])))
    else:
        typer.echo("nothing fits")


def _concept(within: str | None) -> tuple[str, str] | None:
    if within is None:
        return None
    label, colon, node_id = within.partition(":")
    if not colon or not node_id or label.lower() not in list(Label):
        raise typer.BadParameter(f"{within!r} is not of the form category:ID", param_hint="--within")
    return label.title(), node_id
