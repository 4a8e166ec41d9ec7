"""One key for each person, outside the log: what opens their own fields there, and what erasing destroys."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from sqlite3 import Connection

from graph.sqlite import Durability, Migration, connect, forget_journal, transaction, translated

KEY_BYTES = 32
"""AES-256."""
ASKED = 500
"""Keys asked for at once."""

VERSION_1 = (
    "CREATE TABLE keys (owner BLOB PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE doomed (person TEXT, owner BLOB, PRIMARY KEY (person, owner)) WITHOUT ROWID",
)


def _version_1(connection: Connection) -> None:
    for statement in VERSION_1:
        connection.execute(statement)


MIGRATIONS: tuple[Migration, ...] = (_version_1,)
"""Numbered from 1; a released one never changes."""

Owner = tuple[str, str]
"""Event type and id of whom or what a key belongs to: ``("user", "u1")``. Posts whose author the event does not name
have keys of their own, ``("post", "p1")``."""


class KeyRing:
    """The keys in a file; to be used by one thread at a time.

    A key is durable before `make` returns, so that the log never holds what no key opens. Owners are kept as hashes.

    Args:
        path: the file; made when there is none.
        durability: as of the log.
        read_only: never write or create; a file that is not there is a ring without keys.

    Raises:
        StoreUnavailable: the file cannot be opened or holds no keys.
        ForeignVersion: a newer program wrote it.
    """

    def __init__(self, path: Path, *, durability: Durability = "full", read_only: bool = False) -> None:
        self.path = path
        there = path.exists() or not read_only
        self._connection = connect(path, MIGRATIONS, durability=durability, read_only=read_only) if there else None
        if self._connection is not None and not read_only:
            path.chmod(0o600)

    def find(self, owners: Iterable[Owner]) -> dict[Owner, bytes]:
        """The keys that there are."""
        if self._connection is None:
            return {}
        by_hash = {hashed(owner): owner for owner in owners}
        hashes = sorted(by_hash)  # neighbours in the file
        found: dict[Owner, bytes] = {}
        with translated(self.path):
            for first in range(0, len(hashes), ASKED):
                part = hashes[first : first + ASKED]
                marks = ", ".join("?" * len(part))
                rows = self._connection.execute(f"SELECT owner, key FROM keys WHERE owner IN ({marks})", part)  # noqa: S608
                found.update((by_hash[owner], key) for owner, key in rows)
        return found

    def make(self, owners: Iterable[Owner]) -> dict[Owner, bytes]:
        """The keys of these owners; who has none yet gets one.

        Raises:
            StorageFull: no space was left.
        """
        wanted = set(owners)
        found = self.find(wanted)
        fresh = {owner: os.urandom(KEY_BYTES) for owner in wanted - found.keys()}
        if fresh:
            connection = self._writable()
            with transaction(connection, self.path):
                rows = sorted((hashed(owner), key) for owner, key in fresh.items())
                connection.executemany("INSERT INTO keys VALUES (?, ?)", rows)
        return found | fresh

    def doom(self, person: str, owners: Sequence[Owner]) -> None:
        """Take note, durably, of the keys that go when the log has erased a person."""
        connection = self._writable()
        with transaction(connection, self.path):
            rows = [(person, hashed(owner)) for owner in owners]
            connection.executemany("INSERT OR IGNORE INTO doomed VALUES (?, ?)", rows)

    def doomed(self) -> list[str]:
        """The people whose keys are to go, or to be spared where the log did not erase them after all."""
        if self._connection is None:
            return []
        with translated(self.path):
            return [person for (person,) in self._connection.execute("SELECT DISTINCT person FROM doomed")]

    def destroy(self, person: str) -> None:
        """Destroy what was doomed for a person; the freed pages are overwritten, the write-ahead log is emptied."""
        connection = self._writable()
        with transaction(connection, self.path):
            connection.execute("DELETE FROM keys WHERE owner IN (SELECT owner FROM doomed WHERE person = ?)", (person,))
            connection.execute("DELETE FROM doomed WHERE person = ?", (person,))
        forget_journal(connection, self.path)

    def spare(self, person: str) -> None:
        """Keep what was doomed for a person."""
        connection = self._writable()
        with transaction(connection, self.path):
            connection.execute("DELETE FROM doomed WHERE person = ?", (person,))

    def close(self) -> None:
        """Release the file; safe to call twice."""
        if self._connection is not None:
            self._connection.close()

    def _writable(self) -> Connection:
        assert self._connection is not None, "a ring that was opened read-only is not written"
        return self._connection


def hashed(owner: Owner) -> bytes:
    """What is kept of an owner: no id can be read from the file of keys."""
    return hashlib.blake2b("\0".join(owner).encode(), digest_size=16).digest()
