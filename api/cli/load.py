"""``tastegraph load``: files into log and store."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.console import notes, print_json, step
from api.cli.options import Data, Json
from api.settings import Settings


def load(
    source: Annotated[
        str,
        typer.Argument(help="MAPPING.toml, dataset:NAME, gorse:FOLDER or personalize:FOLDER.", metavar="SOURCE"),
    ],
    data: Data = None,
    dry_run: Annotated[bool, typer.Option(help="Check only; write nothing.")] = False,
    json_: Json = False,
) -> None:
    """Load people, products and events from files, and report what was kept, repaired and rejected.

    A mapping says which columns of which files are what. Running it again continues an interrupted load
    and skips what is there already.
    """
    from api.folders import open_folder
    from api.steps import load_source

    settings = Settings.read(data=data)
    with step("Loading") as progress:
        report = load_source(source, open_folder(settings), settings, dry_run=dry_run, progress=progress)
    if json_:
        print_json(report.as_json())
    else:
        typer.echo(report.text(), nl=False)
    if not dry_run:
        notes().print("next: tastegraph snapshot build")
