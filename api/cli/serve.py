"""``tastegraph serve``: answer over HTTP."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.console import notes, step
from api.cli.options import Data
from api.settings import LOOPBACK, Settings, one_thread_per_library

if TYPE_CHECKING:
    from api.wiring import Service

SAFE_HOSTS = (LOOPBACK, "localhost", "::1")


def serve(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default=LOOPBACK)] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes any free one.", show_default="8000")] = None,
) -> None:
    """Serve the current snapshot and models over HTTP until ctrl-C."""
    one_thread_per_library()
    from api.app import create_app
    from api.server import address_of, listen, run
    from api.wiring import open_service

    settings = Settings.read(data=data)
    host = host or settings.serve.host
    with listen(host, settings.serve.port if port is None else port) as listener:
        if host not in SAFE_HOSTS:
            notes().print(f"listening on {host} without keys: anybody who reaches it may ask")
        with step("Opening snapshot and models") as progress:
            service = open_service(settings, progress)
        _welcome(service, address_of(listener))
        run(create_app(service), listener, settings.serve.log_level)


def _welcome(service: Service, address: str) -> None:
    """Print calls that work from this moment: the port is open, and requests wait their turn."""
    from api.examples import choose_examples

    examples = choose_examples(service)
    if examples:
        typer.echo("\n".join(("Try:", *(f"  {call}" for call in examples.calls(address)))))
    typer.echo(f"Documentation: {address}/docs   ctrl-C stops")
    sys.stdout.flush()
