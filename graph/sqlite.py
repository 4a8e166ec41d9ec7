"""How SQLite files are opened, kept up to date and written, and what their errors mean."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from graph.errors import ForeignVersion, StorageFull, StoreError, StoreLocked, StoreUnavailable

Durability = Literal["full", "normal"]
"""``full``: what was acknowledged survives a power cut. ``normal``: it survives a crash of the process, but the last
moments may be lost at a power cut."""

Migration = Callable[[sqlite3.Connection], None]
"""Takes a file from the version before to its own; runs inside a transaction."""

BUSY_TIMEOUT_S = 5.0
CACHE_KIB = 128 * 1024
JOURNAL_BYTES = 64 << 20
"""What a write-ahead log is cut down to after a larger transaction."""

NEARLY_FULL_BYTES = 1 << 20


def connect(
    path: Path, migrations: Sequence[Migration], *, durability: Durability = "full", read_only: bool = False
) -> sqlite3.Connection:
    """Open a file, made anew where there is none, and bring it to the newest version.

    Args:
        path: the file.
        migrations: the one at index ``i`` makes version ``i + 1`` of version ``i``; 0 is the empty file.
        durability: what survives a power cut.
        read_only: never write, never create, never migrate.

    Returns:
        A connection in autocommit mode, to be used by one thread at a time.

    Raises:
        ForeignVersion: a newer program wrote the file.
        StoreUnavailable: it cannot be opened, or it is no such file.
    """
    if not read_only:
        _make_folder(path.parent)
    with translated(path):
        mode = "ro" if read_only else "rwc"
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            _configure(connection, durability, read_only)
            _bring_up_to_date(connection, path, migrations, read_only)
        except BaseException:
            connection.close()
            raise
    return connection


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(str(folder), f"the folder cannot be made ({error.strerror})") from error


def _configure(connection: sqlite3.Connection, durability: Durability, read_only: bool) -> None:
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute(f"PRAGMA synchronous = {durability.upper()}")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased shall not linger in free pages
    connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
    if not read_only:
        connection.execute("PRAGMA journal_mode = WAL")


def _bring_up_to_date(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration], read_only: bool
) -> None:
    found = _version(connection)
    if found > len(migrations):
        raise ForeignVersion(str(path), found, len(migrations))
    if found == len(migrations):
        return
    if read_only:
        raise StoreUnavailable(str(path), f"it has schema version {found}; open it for writing once to upgrade it")
    with transaction(connection, path):
        for version in range(_version(connection), len(migrations)):  # another process may have been faster
            migrations[version](connection)
        connection.execute(f"PRAGMA user_version = {len(migrations)}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Everything inside is kept, or, when it is left with an exception, nothing.

    Raises:
        StoreError: the file could not be written; see `translated`.
    """
    with translated(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def copy_database(source: Path, target: Path) -> None:
    """Copy a file as of one moment, what is still in its write-ahead log included.

    Raises:
        StoreError: see `translated`.
    """
    with (
        translated(source),
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)


def forget_journal(connection: sqlite3.Connection, path: Path) -> None:
    """Empty the write-ahead log, in which what has been erased still stands; left for later while others read."""
    with translated(path):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours.

    Raises:
        StorageFull: no space was left.
        StoreLocked: another process kept the file locked for longer than `BUSY_TIMEOUT_S`.
        StoreUnavailable: the file is damaged, is something else, or may not be used.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _meaning(path, error) from error


def _meaning(path: Path, error: sqlite3.Error) -> StoreError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _nearly_full(path)):
        return StorageFull(str(path))
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreLocked(str(path.parent), "another process that is writing")
    return StoreUnavailable(str(path), str(error))


def _nearly_full(path: Path) -> bool:
    return shutil.disk_usage(path.parent).free < NEARLY_FULL_BYTES
