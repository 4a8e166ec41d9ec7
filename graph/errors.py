"""The errors that the graph layer raises on purpose.

::

    TastegraphError
    ├── BadInput
    │   ├── UnreadableFile       a file cannot be opened, decoded, decompressed or split into rows
    │   ├── InvalidMapping       a mapping names what is not there or says what cannot be
    │   ├── InvalidEvent         one event breaks its declared form
    │   ├── InvalidValue         one value breaks the declared form of its property or setting
    │   ├── CypherRefused        own Cypher is more than a bounded, reading query
    │   └── SparqlRefused        a query is no SPARQL 1.1, or asks another server
    ├── SparqlError
    │   ├── SparqlNotBuilt       the graph has not been written as statements yet
    │   └── SparqlStopped        a query took more time or memory than one may
    ├── ExtraMissing             a library that is not installed with the rest is needed
    ├── UnknownNode              no node of that label carries that id
    ├── DatasetError
    │   ├── UnknownDataset       the catalogue has no data set of that name
    │   ├── DatasetUnavailable   it is known, and in none of the places that were tried
    │   └── ChecksumMismatch     what was found is not what the catalogue promises
    ├── StoreError
    │   ├── StoreUnavailable     the store cannot be opened or reached
    │   ├── StoreRefused         the server is there and does not let us in or do what we need
    │   ├── StoreBusy            somebody else holds what is needed; the same may work a moment later
    │   ├── StoreLocked          another process owns the data folder
    │   ├── StorageFull          the disk took no more; nothing was half-written
    │   ├── ForeignVersion       written by a newer program than this one
    │   ├── StoreBehind          what was loaded is in the log, and the store has not taken it
    │   ├── ForeignLog           a store or snapshot stands in another data folder's log
    │   ├── StoreAhead           the store has changes that its log does not have
    │   └── ArchiveDamaged       the rows of an import are not in the log, or are not what was written
    ├── BackupError
    │   ├── BackupDamaged        an archive is none, ends early, or differs from its checksums
    │   ├── KeysApart            the archive's keys are in a file of their own, which was not given
    │   └── FolderInUse          the folder to restore into holds data already
    └── SnapshotError
        ├── SnapshotMissing      no snapshot has been built yet
        ├── SnapshotDamaged      a file differs from its checksum, or is not there
        ├── OverlayFull          more has happened since the snapshot than there is room for
        ├── EmptySeeds           a walk has nowhere to start
        └── NotConverged         a computation did not settle within its bound
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar


class TastegraphError(Exception):
    """Anything that this program raises on purpose. ``code`` is public and never changes."""

    code: ClassVar[str] = "error"


class BadInput(TastegraphError):
    """What a user or a program gave us cannot be used as it is."""

    code = "bad_input"


class UnreadableFile(BadInput):
    """A file cannot be opened, decoded, decompressed or split into rows."""

    code = "unreadable_file"

    def __init__(self, path: Path, reason: str, hint: str = "", line: int | None = None) -> None:
        super().__init__(path, reason, hint, line)
        self.path = path
        self.reason = reason
        self.hint = hint
        self.line = line

    def __str__(self) -> str:
        where = f"{self.path}" if self.line is None else f"{self.path}, line {self.line}"
        return f"{where}: {self.reason}" + (f"; {self.hint}" if self.hint else "")


class ExtraMissing(TastegraphError):
    """A library that is not installed with the rest is needed."""

    code = "extra_missing"

    def __init__(self, library: str, extra: str) -> None:
        super().__init__(library, extra)
        self.library = library
        self.extra = extra

    def __str__(self) -> str:
        return f"this needs {self.library}, which is not installed; run `pip install 'tastegraph[{self.extra}]'`"


class InvalidMapping(BadInput):
    """A mapping names what is not there or says what cannot be."""

    code = "invalid_mapping"

    def __init__(self, path: Path, where: str, reason: str, hint: str = "") -> None:
        super().__init__(path, where, reason, hint)
        self.path = path
        self.where = where
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.path}, {self.where}: {self.reason}" + (f"; {self.hint}" if self.hint else "")


class InvalidEvent(BadInput):
    """One event breaks its declared form."""

    code = "invalid_event"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(field, reason)
        self.field = field
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"


class InvalidValue(BadInput):
    """One value breaks the declared form of its property or setting."""

    code = "invalid_value"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


class CypherRefused(BadInput):
    """Own Cypher is more than a bounded, reading query.

    Attributes:
        reason: what is refused, and why.
        line: where in the text, from 1; None where the server's plan or the query as a whole is refused.
        column: likewise.
    """

    code = "cypher_refused"

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(reason, line, column)
        self.reason = reason
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return self.reason if self.line is None else f"line {self.line}, column {self.column}: {self.reason}"


class SparqlRefused(BadInput):
    """A query is no SPARQL 1.1, or asks another server.

    Attributes:
        reason: what is refused, and why.
        line: where in the text, from 1; None for the query as a whole.
        column: likewise.
    """

    code = "sparql_refused"

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(reason, line, column)
        self.reason = reason
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return self.reason if self.line is None else f"line {self.line}, column {self.column}: {self.reason}"


class SparqlError(TastegraphError):
    """A question in SPARQL cannot be answered now."""

    code = "sparql_error"


class SparqlNotBuilt(SparqlError):
    """The graph has not been written as statements yet, or not since somebody was erased."""

    code = "sparql_not_built"

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        return f"{self.folder} has no statements to ask; build them: tastegraph rdf build"


class SparqlStopped(SparqlError):
    """A query took more time or memory than one may, and was stopped."""

    code = "sparql_stopped"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the query was stopped: {self.reason}; ask for less, or with a LIMIT inside"


class UnknownNode(TastegraphError):
    """No node of that label carries that external id."""

    code = "unknown_node"

    def __init__(self, label: str, key: str) -> None:
        super().__init__(label, key)
        self.label = label
        self.key = key

    def __str__(self) -> str:
        return f"no {self.label} has the id {self.key!r}"


class DatasetError(TastegraphError):
    """A data set of the catalogue cannot be used."""

    code = "dataset_error"


class UnknownDataset(DatasetError):
    """The catalogue has no data set of that name."""

    code = "unknown_dataset"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(name, tuple(known))
        self.name = name
        self.known = tuple(known)

    def __str__(self) -> str:
        return f"no data set is called {self.name!r}; known: {', '.join(self.known)}"


class DatasetUnavailable(DatasetError):
    """A known data set is in none of the places that were tried."""

    code = "dataset_unavailable"

    def __init__(self, name: str, tried: Sequence[str]) -> None:
        super().__init__(name, tuple(tried))
        self.name = name
        self.tried = tuple(tried)

    def __str__(self) -> str:
        return f"the data set {self.name} was not found; tried {'; '.join(self.tried)}"


class ChecksumMismatch(DatasetError):
    """A file is there, but it is not the one that the catalogue promises."""

    code = "checksum_mismatch"

    def __init__(self, path: str, expected: str, found: str) -> None:
        super().__init__(path, expected, found)
        self.path = path
        self.expected = expected
        self.found = found

    def __str__(self) -> str:
        return f"{self.path} has the checksum {self.found}, expected {self.expected}; remove it and fetch it again"


class StoreError(TastegraphError):
    """The graph store or the event log cannot do what was asked."""

    code = "store_error"


class StoreUnavailable(StoreError):
    """The store cannot be opened or reached."""

    code = "store_unavailable"

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = reason

    def __str__(self) -> str:
        return f"the store at {self.where} cannot be used: {self.reason}"


class StoreRefused(StoreError):
    """The server is there and does not let us in or do what we need."""

    code = "store_refused"

    def __init__(self, where: str, reason: str, hint: str) -> None:
        super().__init__(where, reason, hint)
        self.where = where
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"the store at {self.where} refuses: {self.reason}; {self.hint}"


class StoreBusy(StoreError):
    """Somebody else holds what is needed; the same may work a moment later."""

    code = "store_busy"

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = reason

    def __str__(self) -> str:
        return f"the store at {self.where} is busy: {self.reason}; try again in a moment"


class StoreLocked(StoreError):
    """Another process owns the data folder."""

    code = "store_locked"

    def __init__(self, folder: str, owner: str) -> None:
        super().__init__(folder, owner)
        self.folder = folder
        self.owner = owner

    def __str__(self) -> str:
        return f"the data folder {self.folder} is in use by {self.owner}; stop that process or choose another folder"


class StorageFull(StoreError):
    """The disk took no more; what was there before is unchanged."""

    code = "storage_full"

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where

    def __str__(self) -> str:
        return f"no space left while writing {self.where}; nothing was changed: free some space and run it again"


class ForeignVersion(StoreError):
    """Written by a newer program than this one."""

    code = "foreign_version"

    def __init__(self, where: str, found: int, known: int) -> None:
        super().__init__(where, found, known)
        self.where = where
        self.found = found
        self.known = known

    def __str__(self) -> str:
        return (
            f"{self.where} has schema version {self.found}, this program knows up to {self.known}; upgrade tastegraph"
        )


class ForeignLog(StoreError):
    """A store or snapshot stands in another data folder's log."""

    code = "foreign_log"

    def __init__(self, log: str, position: str) -> None:
        super().__init__(log, position)
        self.log = log
        self.position = position

    def __str__(self) -> str:
        return (
            f"the store stands at {self.position}, in the log of another data folder than {self.log}; "
            "use that folder, or an empty database"
        )


class StoreAhead(StoreError):
    """The store has changes that its log does not have."""

    code = "store_ahead"

    def __init__(self, store: str, log: str) -> None:
        super().__init__(store, log)
        self.store = store
        self.log = log

    def __str__(self) -> str:
        return (
            f"the store is at position {self.store} of a log that ends at {self.log}, as after a restore; "
            "empty the store, or name another one, and run `tastegraph neo4j sync`"
        )


class StoreBehind(StoreError):
    """What was loaded is in the log, and the store has not taken it."""

    code = "store_behind"

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(what, reason)
        self.what = what
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"{self.what} is kept in the log, but the store has not taken it: {self.reason}; when that is mended, run "
            f"`tastegraph neo4j sync` or the same `tastegraph load` again: the files are not read again"
        )


class ArchiveDamaged(StoreError):
    """The rows of an import are not in the log, or are not what was written."""

    code = "archive_damaged"

    def __init__(self, where: str, reason: str, sha256: str = "") -> None:
        super().__init__(where, reason, sha256)
        self.where = where
        self.reason = reason
        self.sha256 = sha256

    def __str__(self) -> str:
        return f"{self.where} cannot be replayed: {self.reason}; run the same `tastegraph load` again, or restore it"


class BackupError(TastegraphError):
    """A backup cannot be made or taken back."""

    code = "backup_error"


class BackupDamaged(BackupError):
    """An archive is none, ends early, or differs from its checksums."""

    code = "backup_damaged"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path} cannot be restored: {self.reason}; nothing was changed: use another backup"


class KeysApart(BackupError):
    """The archive's keys are in a file of their own, which was not given."""

    code = "keys_apart"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} was made without the keys of people's own fields; name their file with --keys"


class FolderInUse(BackupError):
    """The folder to restore into holds data already."""

    code = "folder_in_use"

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        return f"{self.folder} holds data already; choose another folder with --data, or replace it with --replace"


class SnapshotError(TastegraphError):
    """A snapshot cannot be built or served."""

    code = "snapshot_error"


class SnapshotMissing(SnapshotError):
    """No snapshot has been built yet."""

    code = "snapshot_missing"

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        return f"there is no snapshot in {self.folder}; run `tastegraph load` and `tastegraph snapshot build` first"


class SnapshotDamaged(SnapshotError):
    """A file of a snapshot differs from its checksum, or is not there."""

    code = "snapshot_damaged"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path} is damaged: {self.reason}; it is not used: build a new snapshot"


class OverlayFull(SnapshotError):
    """More has happened since the snapshot than there is room for; a new snapshot is needed."""

    code = "overlay_full"

    def __init__(self, room: int) -> None:
        super().__init__(room)
        self.room = room

    def __str__(self) -> str:
        return f"more has happened since the snapshot than the overlay has room for ({self.room}); build a new snapshot"


class EmptySeeds(SnapshotError):
    """A walk has nowhere to start."""

    code = "empty_seeds"

    def __str__(self) -> str:
        return "at least one seed is needed"


class NotConverged(SnapshotError):
    """A computation did not settle within its bound."""

    code = "not_converged"

    def __init__(self, steps: int) -> None:
        super().__init__(steps)
        self.steps = steps

    def __str__(self) -> str:
        return f"{self.steps} steps did not settle; allow more of them, or a larger tolerance"
