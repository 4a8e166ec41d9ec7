"""``tastegraph serve``: answer over HTTP."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.console import notes, step
from api.cli.options import Data
from api.settings import LOOPBACK, Settings, one_thread_per_library, share_counts, told_to_workers

if TYPE_CHECKING:
    from api.wiring import Service

SAFE_HOSTS = (LOOPBACK, "localhost", "::1")


def serve(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default=LOOPBACK)] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes any free one.", show_default="8000")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="Processes that answer.", show_default="1")
    ] = None,
) -> None:
    """Serve the current snapshot and models over HTTP until ctrl-C, and take events.

    One more process owns the data folder meanwhile and does all writing.
    """
    one_thread_per_library()
    from api.app import create_app
    from api.folders import open_folder
    from api.monitoring.tracing import start_tracing
    from api.server import address_of, listen, run, run_workers, writing
    from api.wiring import open_service

    settings = Settings.read(data=data)
    open_folder(settings)
    start_tracing(settings.trace, "worker")
    host = host or settings.serve.host
    count = workers or settings.serve.workers
    with ExitStack() as stack, listen(host, settings.serve.port if port is None else port) as listener:
        if host not in SAFE_HOSTS:
            notes().print(f"listening on {host} without keys: anybody who reaches it may ask, tell, and erase")
        with step("Opening snapshot and models") as progress:
            service = open_service(settings, progress)
        with writing(settings.data):
            _welcome(service, address_of(listener))
            if count == 1:
                run(create_app(service), listener, settings.serve)
            else:
                service.close()  # each worker opens its own; what could not be opened would have said so by now
                del service
                stack.enter_context(_counting_together())
                stack.enter_context(told_to_workers(settings.data))
                run_workers(listener, settings.serve, count)


@contextmanager
def _counting_together() -> Iterator[None]:
    with TemporaryDirectory(prefix="tastegraph-counts-") as folder:
        share_counts(Path(folder))
        yield


def _welcome(service: Service, address: str) -> None:
    """Print calls that work from this moment: the port is open, and requests wait their turn."""
    from api.examples import choose_examples

    examples = choose_examples(service)
    if examples:
        typer.echo("\n".join(("Try:", *(f"  {call}" for call in examples.calls(address)))))
    typer.echo(f"Documentation: {address}/docs   ctrl-C stops")
    sys.stdout.flush()
