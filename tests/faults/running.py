"""A running service as processes: who they are, and what they answer."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

SOON_S = 90.0
ROLES = {
    "worker": "spawn_main",
    "writer": "api.writing.writer",
    "projector": "api.writing.projecting",
    "builder": "api.writing.building",
}
"""What stands in the command line of each kind of process."""


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def children(process: int) -> list[psutil.Process]:
    """The processes that a process started, and those that they did, as far as they still run."""
    try:
        found = psutil.Process(process).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return [each for each in found if is_alive(each)]


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs, rather than waits to be buried."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def role_of(process: psutil.Process) -> str:
    """Which of `ROLES` it has; "" for none, or when it has just ended."""
    try:
        told = " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""
    return next((role for role, mark in ROLES.items() if mark in told), "")


def with_role(process: int, role: str) -> list[psutil.Process]:
    """Those of a service that have a role."""
    return [each for each in children(process) if role_of(each) == role]


def asked(address: str, path: str) -> int:
    """The status of an answer; 0 for none."""
    try:
        return httpx.get(address + path, timeout=20).status_code
    except httpx.HTTPError:
        return 0


def until(holds: Callable[[], bool], within_s: float = SOON_S) -> None:
    """Wait until something holds.

    Raises:
        AssertionError: it does not in time.
    """
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def serving(data: Path, workers: int, environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`tastegraph serve` and its address, for as long as the block runs."""
    port = free_port()
    command = [sys.executable, "-m", "api.cli", "serve", "--data", str(data), "--port", str(port), "--no-auth"]
    process = subprocess.Popen([*command, "--workers", str(workers)], stdout=subprocess.DEVNULL, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: asked(address, "/readyz") == 200)
        yield process, address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(SOON_S)
