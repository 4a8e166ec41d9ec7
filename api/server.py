"""Running the HTTP service: the port first, the writer and the data second, then requests."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from logging import getLogger
from pathlib import Path
from threading import Event, Thread

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from api.errors import NotServing, PortTaken
from api.monitoring.logs import log_config
from api.settings import ServeSettings
from graph.folder import DataFolder
from graph.frames import ask

BACKLOG = 2048
START_S = 60.0
"""Longest time that the writer may take to get ready."""
HEALTH_S = 30
"""Time without a sign of life after which a worker is replaced, in seconds; opening a large graph keeps one busy."""
LOOK_EVERY_S = 0.25
"""Pause between two looks whether the writer still runs."""

log = getLogger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """Take a port before anything costly is loaded.

    Args:
        host: name or address.
        port: 0 takes any free one; ``getsockname()`` tells which.

    Raises:
        PortTaken: another program listens there, or the address cannot be used.
    """
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise PortTaken(host, port, error.strerror or str(error)) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise PortTaken(host, port, error.strerror or str(error)) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """The address of the service, as a browser takes it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(app: ASGIApp, listener: socket.socket, settings: ServeSettings) -> None:
    """Answer requests until SIGINT or SIGTERM; requests in flight are finished first."""
    uvicorn.Server(_config(app, settings)).run(sockets=[listener])


def run_workers(listener: socket.socket, settings: ServeSettings, workers: int) -> None:
    """Answer with several processes until SIGINT or SIGTERM; one that ends is started again.

    Each opens the service that the environment's settings name.
    """
    config = _config("api.server:application", settings, workers=workers)
    _Workers(config, sockets=[listener]).run()


class _Workers(Multiprocess):
    """Does not wait for a sign of life from a worker that was killed after it had been asked for one.

    The pipe over which workers answer has two ends. As long as this process holds both, it does not hear that the other
    one was closed.
    """

    def init_processes(self) -> None:
        """Start them."""
        super().init_processes()
        self._let_go()

    def keep_subprocess_alive(self) -> None:
        """Start those again that have ended."""
        super().keep_subprocess_alive()
        self._let_go()

    def restart_all(self) -> None:
        """Start each again."""
        super().restart_all()
        self._let_go()

    def _let_go(self) -> None:
        for process in self.processes:
            process.child_conn.close()  # once more does no harm


def application() -> ASGIApp:
    """What a worker serves."""
    from api.settings import Settings, one_thread_per_library

    one_thread_per_library()
    from api.monitoring.tracing import start_tracing
    from api.tenants import application_of, tenants_of
    from api.wiring import open_service

    settings = Settings.read()
    start_tracing(settings.trace, "worker")
    services = [open_service(each) for each in tenants_of(settings)]
    return application_of(settings, services, settings.serve.workers)


@contextmanager
def writing(data: Path) -> Iterator[None]:
    """A process that owns the folder and writes to it, for as long as the block runs; started again when it ends.

    Raises:
        NotServing: it does not start, as when another process owns the folder.
    """
    stop = Event()
    first = _start_writer(data)

    def keep() -> None:
        process = first
        while not stop.wait(LOOK_EVERY_S):
            if process.poll() is not None:
                log.warning("the writer ended with %s and is started again", process.returncode)
                process = subprocess.Popen(_command(data))  # noqa: S603 - ours
        process.terminate()
        process.wait()

    keeper = Thread(target=keep, name="writer's keeper")
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def _start_writer(data: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(_command(data))  # noqa: S603 - ours
    path = DataFolder(data).writer_socket
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NotServing(str(data), "the process that writes to the folder ended at once")
        try:
            ask(str(path), {"do": "look"}, timeout_s=1.0)
        except OSError:
            time.sleep(0.02)
        else:
            return process
    process.kill()
    raise NotServing(str(data), "the process that writes to the folder did not get ready")


def _command(data: Path) -> list[str]:
    return [sys.executable, "-m", "api.writing.writer", str(data)]


def _config(app: ASGIApp | str, settings: ServeSettings, workers: int = 1) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=workers,
        log_config=log_config(settings.log_format, settings.log_level),
        lifespan="off",
        timeout_worker_healthcheck=HEALTH_S,
    )
