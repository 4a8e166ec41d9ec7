"""``tastegraph serve``: answer over HTTP."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.console import step
from api.cli.options import Data
from api.errors import InvalidSetting
from api.settings import LOOPBACK, Settings, one_thread_per_library, share_counts, told_to_workers

if TYPE_CHECKING:
    from api.access.keys import ApiKeys
    from api.wiring import Service

SAFE_HOSTS = (LOOPBACK, "localhost", "::1")


def serve(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default=LOOPBACK)] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes any free one.", show_default="8000")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="Processes that answer.", show_default="1")
    ] = None,
    no_auth: Annotated[bool, typer.Option("--no-auth", help="Answer without keys; on loopback only.")] = False,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Print a new first key; the one of an earlier start ends.")
    ] = False,
) -> None:
    """Serve the current snapshot and models over HTTP until ctrl-C, and take events.

    One more process owns the data folder meanwhile and does all writing. Requests need a key: the first start makes one
    and prints it, once; `tastegraph keys` makes others.
    """
    one_thread_per_library()
    from api.folders import open_folder
    from api.monitoring.tracing import start_tracing
    from api.server import address_of, listen, run, run_workers, writing
    from api.tenants import application_of, tenants_of
    from api.wiring import open_keys, open_service

    settings = Settings.read(data=data)
    if no_auth:
        settings = settings.model_copy(update={"auth": settings.auth.model_copy(update={"enabled": False})})
    folder = open_folder(settings)
    start_tracing(settings.trace, "worker")
    host = host or settings.serve.host
    count = workers or settings.serve.workers
    tenants = tenants_of(settings)
    keys = open_keys(settings, folder)
    if keys is None and host not in SAFE_HOSTS:
        raise InvalidSetting("--host", f"without keys only on loopback, not on {host}; leave out --no-auth")
    with ExitStack() as stack, listen(host, settings.serve.port if port is None else port) as listener:
        with step("Opening snapshot and models") as progress:
            services = [open_service(each, progress) for each in tenants]
        for each in tenants:
            stack.enter_context(writing(each.data))
        _welcome(services[0], address_of(listener), keys, new_key=new_key)
        for name, each in zip(settings.tenants, tenants[1:], strict=True):
            _first_key(open_keys(each, open_folder(each)), f" of {name}", new_key=new_key)
        if count == 1:
            run(application_of(settings, services, 1), listener, settings.serve)
        else:
            for service in services:
                service.close()  # each worker opens its own; what could not be opened would have said so by now
            del services
            stack.enter_context(_counting_together())
            stack.enter_context(told_to_workers(settings.data, count, keys=keys is not None))
            run_workers(listener, settings.serve, count)


@contextmanager
def _counting_together() -> Iterator[None]:
    with TemporaryDirectory(prefix="tastegraph-counts-") as folder:
        share_counts(Path(folder))
        yield


def _first_key(keys: ApiKeys | None, whose: str, *, new_key: bool) -> str | None:
    key = None if keys is None else keys.first(again=new_key)
    if key is not None:
        typer.echo(f"Key{whose}: {key}\n  It has every scope and is shown this once; `tastegraph keys` makes others.")
        sys.stdout.flush()
    return key


def _welcome(service: Service, address: str, keys: ApiKeys | None, *, new_key: bool) -> None:
    """Print calls that work from this moment: the port is open, and requests wait their turn."""
    from api.examples import choose_examples

    key = _first_key(keys, "", new_key=new_key)
    examples = choose_examples(service)
    if examples:
        shown = None if keys is None else key or "$KEY"
        typer.echo("\n".join(("Try:", *(f"  {call}" for call in examples.calls(address, shown)))))
    typer.echo(f"Documentation: {address}/docs   ctrl-C stops")
    sys.stdout.flush()
