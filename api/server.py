"""Running the HTTP service: the port first, the data second, then requests."""

from __future__ import annotations

import socket

import uvicorn
from starlette.types import ASGIApp

from api.errors import PortTaken

BACKLOG = 2048


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


def run(app: ASGIApp, listener: socket.socket, log_level: str) -> None:
    """Answer requests until SIGINT or SIGTERM; requests in flight are finished first."""
    config = uvicorn.Config(app, log_level=log_level, access_log=log_level in {"debug", "info"}, lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])
