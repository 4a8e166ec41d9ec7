"""``tastegraph report``: recorded evaluations as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import results


def report(
    evaluations: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="What `evaluate --json` printed, a file each.")
    ],
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("report.html"),
) -> None:
    """Write evaluations as one HTML page with tables and drawings; it needs no network and no script.

    The page shows what the files say and measures nothing anew; published figures are marked as such.
    """
    from graph.snapshot.files import replace_text, translated_os_errors
    from recommend.evaluation.page import page
    from recommend.evaluation.report import read_evaluation

    found = [read_evaluation(each) for each in evaluations]
    with translated_os_errors(out):
        replace_text(out, page(found))
    results().print(str(out), soft_wrap=True)
