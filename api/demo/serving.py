"""The demo's service: `tastegraph serve` as a process of its own, free of what training left in memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

from api.demo.check import ask
from api.errors import NotServing

PATIENCE_S = 120.0
PAUSE_S = 0.05
GRACE_S = 10.0


@contextmanager
def serving(data: Path, host: str, port: int, key: str) -> Iterator[str]:
    """Start the service, wait until it is ready, and stop it in the end, however that comes.

    Ctrl-C reaches only this process (the service has a session of its own), which then stops the service.

    Args:
        data: the data folder.
        host: to listen on.
        port: likewise.
        key: one that the service takes.

    Yields:
        Its address.

    Raises:
        NotServing: it ended, or was not ready in time.
    """
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    command = [sys.executable, "-m", "api.cli", "serve", "--data", str(data), "--host", host, "--port", str(port)]
    quiet = subprocess.DEVNULL  # its welcome is for people who can still call it
    environment = {**os.environ, "TASTEGRAPH_AUTH__ADMIN_KEY": key}
    process = subprocess.Popen(command, start_new_session=True, stdout=quiet, env=environment)  # noqa: S603 all of it is ours
    try:
        _wait_until_ready(process, address)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NotServing(address, f"the service ended with exit code {process.returncode}")
        try:
            if ask(address, "/readyz").status == 200:
                return
        except (OSError, HTTPException):
            pass  # not listening yet
        time.sleep(PAUSE_S)
    raise NotServing(address, f"the service was not ready after {PATIENCE_S:.0f} s")
