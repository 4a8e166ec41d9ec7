"""One server's process: started apart from the terminal, paused, killed, and gone when the run ends."""

from __future__ import annotations

import ctypes
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.servers.java import ServerUnavailable

STOP_LIMIT_S = 60.0
PR_SET_PDEATHSIG = 1


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class ServerProcess:
    """A command that runs until it is stopped; what it prints goes to a file.

    Args:
        command: what to run.
        console: file for its output, appended to.
        outlives: whether it stays when this process ends; otherwise it is killed then (on Linux, even if we are).
        before: runs in the new process before the command, to set its limits.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        console: Path,
        *,
        outlives: bool = False,
        before: Callable[[], None] | None = None,
    ) -> None:
        self.console = console

        def prepare() -> None:
            if not outlives and sys.platform == "linux":
                _die_with_parent()
            if before is not None:
                before()

        with console.open("ab") as output:
            self._popen = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=prepare,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    def runs(self) -> bool:
        return self._popen.poll() is None

    def wait_until(self, ready: Callable[[], bool], limit_s: float) -> None:
        """Wait until a probe says yes.

        Raises:
            ServerUnavailable: the process ended, or the limit passed; with the end of its output.
        """
        until = time.monotonic() + limit_s
        while not ready():
            if not self.runs() or time.monotonic() > until:
                how = "is not ready in time" if self.runs() else f"ended with {self._popen.returncode}"
                self.kill()
                raise ServerUnavailable(f"the server {how}: {self.console.read_text('utf-8', 'replace')[-2000:]}")
            time.sleep(0.2)

    def pause(self) -> None:
        """Let it hang: its connections stay open, nothing answers."""
        self._popen.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._popen.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self.runs():
            self._popen.kill()
        self._popen.wait(STOP_LIMIT_S)

    def stop(self) -> None:
        """Ask it to end, and end it when it does not."""
        if self.runs():
            self._popen.terminate()
        try:
            self._popen.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()
