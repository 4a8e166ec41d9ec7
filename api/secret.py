"""Secrets of a data folder that its processes share and nobody else may read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from graph.snapshot.files import translated_os_errors

BYTES = 32


def shared_secret(path: Path) -> bytes:
    """32 bytes that are the same for every process that asks; made by the first one.

    Raises:
        StoreUnavailable: the file cannot be read or made.
    """
    with translated_os_errors(path):
        if path.exists():
            return path.read_bytes()
        path.parent.mkdir(parents=True, exist_ok=True)
        mine = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(mine)
        except FileExistsError:
            pass  # another process was first
        finally:
            mine.unlink()
        return path.read_bytes()
