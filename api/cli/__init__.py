"""The command line: ``tastegraph``."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from types import FrameType

from api.errors import TERMINATED


def main() -> None:
    """Run one command and leave with its exit code; SIGTERM ends it as cleanly as ctrl-C."""
    signal.signal(signal.SIGTERM, _leave)
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Returns:
        Its exit code (see `api.errors.EXIT_CODES`); an error has been told as one line on stderr.
    """
    from api.cli.app import execute

    return execute(arguments)


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(TERMINATED)
