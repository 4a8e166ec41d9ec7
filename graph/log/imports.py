"""One bulk import through log and store, so that a crash at any moment is healed by running it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from graph.errors import InvalidValue
from graph.log.port import BulkRecord, EventLog
from graph.log.project import Projection, Writer, project


@dataclass(frozen=True, slots=True)
class Import:
    """A bulk import under way.

    Attributes:
        record: its place in the log; ``record.admit`` tells new events from duplicates.
        writer: takes what was admitted.
    """

    record: BulkRecord
    writer: Writer


def is_complete(log: EventLog, store: Projection, sha256: str) -> bool:
    """Whether the import with that checksum has reached log and store."""
    position = log.imported(sha256)
    return position is not None and log.reached(store.position(), position)


@contextmanager
def importing(
    log: EventLog,
    store: Projection,
    files: Sequence[str],
    sha256: str,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Import]:
    """Import files: one record in the log, one transaction in the store, in that order.

    Live events before it are applied first (see `graph.log.project.project`, which gets ``progress``). Left with an
    exception, neither log nor store keeps anything. After a crash between the two commits the log knows the import and
    the store does not; then every other projection raises `ImportInterrupted` until the same import is run again,
    which takes the same place in the log.

    Raises:
        ImportInterrupted: another import has to be run again first.
        InvalidValue: the import is complete already (see `is_complete`).
        StorageFull: no space was left.
    """
    if is_complete(log, store, sha256):
        raise InvalidValue("sha256", f"{', '.join(files)} has been imported already")
    project(log, store, progress, up_to_import=sha256)
    bulk = log.bulk(files, sha256)
    record = bulk.__enter__()
    in_log = False
    try:
        with store.writing(record.position) as writer:
            yield Import(record, writer)
            in_log = True
            bulk.__exit__(None, None, None)
    except BaseException as error:
        if not in_log:
            bulk.__exit__(type(error), error, error.__traceback__)
        raise
