"""One tenant's data folder: where everything lies, and who owns it."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graph.errors import StoreLocked, StoreUnavailable
from graph.log.sqlite import SqliteEventLog
from graph.sqlite import Durability
from graph.store.sqlite import SqliteGraphStore


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The paths of one tenant: store, log, snapshots, models, and the reports of loads."""

    path: Path

    @property
    def store(self) -> Path:
        """The graph store's file."""
        return self.path / "store.sqlite"

    @property
    def log(self) -> Path:
        """The event log's file."""
        return self.path / "log.sqlite"

    @property
    def snapshots(self) -> Path:
        """A folder for each snapshot, and ``current``."""
        return self.path / "snapshots"

    @property
    def models(self) -> Path:
        """A folder for each model, in it one for each version."""
        return self.path / "models"

    @property
    def rejects(self) -> Path:
        """Rows that a load did not take, with reasons."""
        return self.path / "rejects"

    @property
    def reports(self) -> Path:
        """What loads did."""
        return self.path / "reports"

    @property
    def lock(self) -> Path:
        """Names the process that owns the folder."""
        return self.path / "owner.lock"

    def open_log(self, *, durability: Durability = "full", read_only: bool = False) -> SqliteEventLog:
        """The folder's event log."""
        return SqliteEventLog(self.log, durability=durability, read_only=read_only)

    def open_store(self, *, durability: Durability = "full", read_only: bool = False) -> SqliteGraphStore:
        """The folder's graph store."""
        return SqliteGraphStore(self.store, durability=durability, read_only=read_only)

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Be the one process that writes to the folder; the folder is made when it is not there.

        The lock is the kernel's, so it ends with the process, however that ends.

        Raises:
            StoreLocked: another process owns it; the error names that process.
            StoreUnavailable: the folder cannot be made or written.
        """
        descriptor = self._open_lock()
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreLocked(str(self.path), _owner(descriptor)) from error
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()} {Path(sys.argv[0]).name}\n".encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def _open_lock(self) -> int:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            return os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreUnavailable(str(self.path), f"the folder cannot be written ({error.strerror})") from error


def _owner(descriptor: int) -> str:
    process_id, _, name = os.pread(descriptor, 200, 0).decode(errors="replace").strip().partition(" ")
    return f"process {process_id} ({name})" if process_id else "another process"
