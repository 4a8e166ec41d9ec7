"""``tastegraph demo``: from a public data set to answers with reasons."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import step
from api.settings import LOOPBACK, Settings

FOLDER = "demo"
"""Inside the usual data folder, so that the demo's data never meet your own."""


def demo(
    data: Annotated[
        Path | None, typer.Option("--data", help="The data folder.", show_default="data/demo", metavar="FOLDER")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default=LOOPBACK)] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes any free one.", show_default="8000")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Ask its own HTTP API instead of staying up; fails on a missing answer.")
    ] = False,
) -> None:
    """Load the Ciao data set, train, evaluate, serve, and print calls to try.

    A second run uses what the first one made. Where Ciao cannot be had, a simulated town takes its place.
    """
    from api.demo.prepare import prepare
    from api.server import listen

    settings = Settings.read(data=data or Settings.read().data / FOLDER)
    host = host or settings.serve.host
    port = settings.serve.port if port is None else port
    with listen(host, port) as listener:  # only a look: hours of work for a taken port would be a pity
        port = int(listener.getsockname()[1])
    state = prepare(settings)
    typer.echo(state.evaluation)
    if check:
        _check(settings, host, port)
    else:
        _serve(settings, host, port)


def _serve(settings: Settings, host: str, port: int) -> None:
    """Become `tastegraph serve`: a fresh process without what training left in memory."""
    sys.stdout.flush()
    command = [
        sys.executable,
        "-m",
        "api.cli",
        "serve",
        "--data",
        str(settings.data),
        "--host",
        host,
        "--port",
        str(port),
        "--new-key",
    ]
    os.execv(sys.executable, command)  # noqa: S606 every part of it is ours


def _check(settings: Settings, host: str, port: int) -> None:
    from api.demo.check import questions, wrong_answers
    from api.demo.serving import serving
    from api.errors import CheckFailed
    from api.examples import choose_examples
    from api.wiring import open_service

    examples = choose_examples(open_service(settings))
    if examples is None:
        raise CheckFailed(["nobody in the data follows anybody and did something"])
    key = secrets.token_urlsafe(32)
    with serving(settings.data, host, port, key) as address, step("Asking the service") as progress:
        wrong = wrong_answers(address, examples, progress, key)
        progress.summary = f"{sum(1 for _ in questions(examples))} questions, {len(wrong)} wrong answers"
    if wrong:
        raise CheckFailed(wrong)
