"""One tenant's data folder: where everything lies, and who owns it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import Protocol

from graph import swap
from graph.errors import StoreLocked, StoreUnavailable
from graph.frames import borrow
from graph.log.sqlite import SqliteEventLog
from graph.sqlite import Durability
from graph.store.port import GraphStore
from graph.store.sqlite import SqliteGraphStore

LOAN_S = 5.0
"""Longest wait for a folder that was lent while others wait for it too."""


class StoreEngine(Protocol):
    """Opens the graph store of a folder."""

    def __call__(self, path: Path, /, *, durability: Durability, read_only: bool) -> GraphStore:
        """The store; ``path`` is where an embedded one has its file."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The paths of one tenant: store, log, snapshots, models, and the reports of loads.

    Attributes:
        path: the folder.
        engine: opens its graph store; the embedded one by default.
    """

    path: Path
    engine: StoreEngine = SqliteGraphStore

    @property
    def store(self) -> Path:
        """The embedded graph store's file."""
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
    def search(self) -> Path:
        """The index that search looks into, one of the models; made anew when it is not there."""
        return self.models / "search"

    @property
    def rdf(self) -> Path:
        """The graph as statements, for SPARQL."""
        return self.path / "rdf"

    @property
    def imports(self) -> Path:
        """What bulk loads brought, one folder an import: a part of the log."""
        return self.path / "imports"

    @property
    def rejects(self) -> Path:
        """Rows that a load did not take, with reasons."""
        return self.path / "rejects"

    @property
    def reports(self) -> Path:
        """What loads did."""
        return self.path / "reports"

    @property
    def adopted(self) -> Path:
        """The mapping of somebody's graph that was adopted; such a folder always has the embedded store."""
        return self.path / "adopted.toml"

    @property
    def erasures(self) -> Path:
        """The list of people who were erased."""
        return self.path / "erasures.jsonl"

    @property
    def keys(self) -> Path:
        """The keys that open people's own fields in the log."""
        return self.path / "keys.sqlite"

    @property
    def placements(self) -> Path:
        """Versions of what a shop says of its placements."""
        return self.path / "placements"

    @property
    def api_keys(self) -> Path:
        """Hashes of the keys that the service takes."""
        return self.path / "api_keys.json"

    @property
    def page_key(self) -> Path:
        """Signs page tokens; made at the first serving, and worth nothing elsewhere."""
        return self.path / "page.key"

    @property
    def dead_letters(self) -> Path:
        """Messages of a topic that could not be taken."""
        return self.path / "deadletters.sqlite"

    @property
    def backed_up(self) -> Path:
        """What the newest backup that was proved reaches to: its manifest."""
        return self.path / "backed_up.json"

    @property
    def lock(self) -> Path:
        """Names the process that owns the folder."""
        return self.path / "owner.lock"

    def open_log(self, *, durability: Durability = "full", read_only: bool = False) -> SqliteEventLog:
        """The folder's event log."""
        return SqliteEventLog(self.log, imports=self.imports, durability=durability, read_only=read_only)

    def open_store(self, *, durability: Durability = "full", read_only: bool = False) -> GraphStore:
        """The folder's graph store.

        Raises:
            StoreUnavailable: it cannot be opened or reached.
        """
        return self.engine(self.store, durability=durability, read_only=read_only)

    @property
    def writer_socket(self) -> Path:
        """Where the process that owns a served folder takes what others hand over; short, as such names have to be."""
        name = hashlib.blake2b(str(self.path.resolve()).encode(), digest_size=8).hexdigest()
        return Path(tempfile.gettempdir()) / f"tastegraph-{os.getuid()}" / f"{name}.sock"

    @contextmanager
    def owned(self, wait_s: float = 0.0) -> Iterator[int]:
        """Be the one process that writes to the folder; the folder is made when it is not there.

        The lock is the kernel's, so it ends with the process, however that ends. The process that serves a folder
        lends it: its own writing waits for as long.

        Args:
            wait_s: how long to wait for another process to be done, in seconds.

        Yields:
            The descriptor of the lock: a child process that gets it too owns the folder until it ends.

        Raises:
            StoreLocked: another process owns it; the error names that process.
            StoreUnavailable: the folder cannot be made or written.
        """
        descriptor = self._open_lock()
        loan = None
        try:
            loan = self._lock(descriptor, wait_s)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()} {Path(sys.argv[0]).name}\n".encode(), 0)
            swap.finish(self.path)
            yield descriptor
        finally:
            os.close(descriptor)
            if loan is not None:
                loan.close()

    def settle(self) -> None:
        """Finish a restore that was interrupted after it had been decided, if there is one.

        Raises:
            StoreLocked: another process owns the folder.
        """
        if swap.is_unfinished(self.path):
            with self.owned():
                pass

    def _lock(self, descriptor: int, wait_s: float) -> socket | None:
        """Take the lock; where the process that serves the folder has lent it, the loan."""
        loan: socket | None = None
        deadline = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                loan = loan or borrow(str(self.writer_socket), LOAN_S)
                if time.monotonic() >= deadline + (LOAN_S if loan is not None else 0):
                    if loan is not None:
                        loan.close()
                    raise StoreLocked(str(self.path), _owner(descriptor)) from error
                time.sleep(0.01)
            else:
                return loan

    def _open_lock(self) -> int:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            return os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreUnavailable(str(self.path), f"the folder cannot be written ({error.strerror})") from error


def _owner(descriptor: int) -> str:
    process_id, _, name = os.pread(descriptor, 200, 0).decode(errors="replace").strip().partition(" ")
    return f"process {process_id} ({name})" if process_id else "another process"
