"""The folder beside the log that holds the rows of imports: a folder each, in it one file a chunk."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from graph.errors import ArchiveDamaged, InvalidEvent, StorageFull, StoreUnavailable
from graph.log.chunks import Batch, kind_of, naming, pieces, to_table, without

PARTIAL = ".partial"
"""Ends the name of an archive that is being written."""

CHUNK_FILE = re.compile(r"[0-9]{6,}(-[0-9]+)?\.arrow")
NAME_LENGTH = 16
"""Digits of an import's checksum that name its folder."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One file of an archive, as the log knows it.

    Attributes:
        number: its place in the import, from 1.
        type: event type of its rows.
        rows: how many it has.
        file: its name.
        sha256: of its bytes.
    """

    number: int
    type: str
    rows: int
    file: str
    sha256: str


class ArchiveWriter:
    """An import's rows on their way into files; nothing counts until `commit`.

    Args:
        folder: of all archives.
        name: of this one; one of the same name that the log does not know any more is replaced.
        seal: brings a chunk into the form in which it is kept.
        erased: people whose rows are not kept.
    """

    def __init__(
        self, folder: Path, name: str, seal: Callable[[pa.Table], pa.Table], erased: frozenset[str] = frozenset()
    ) -> None:
        self.name = name
        self.chunks: list[Chunk] = []
        self._seal = seal
        self._erased = erased
        self._folder = folder
        self._partial = folder / f"{name}{PARTIAL}"
        with translated(folder):
            remove(self._partial)
            self._partial.mkdir(parents=True)

    def add(self, batch: Batch) -> None:
        """Keep a batch, in chunks.

        Raises:
            InvalidEvent: a value is none of its field's kind, or the events are erasures, which no file may bring.
            StorageFull: no space was left.
        """
        if kind_of(batch) == "erased":
            raise InvalidEvent("type", "people are erased one by one, so that the log is rewritten; not by an import")
        for piece in pieces(batch):
            table = to_table(piece)
            if self._erased:
                table = without(table, self._erased)
            if table.num_rows:
                number = len(self.chunks) + 1
                self.chunks.append(write_chunk(self._partial, number, kind_of(piece), self._seal(table)))

    def commit(self) -> None:
        """Give the archive its name; durable on return."""
        place = self._folder / self.name
        with translated(place):
            remove(place)
            synced(self._partial)
            self._partial.rename(place)
            synced(self._folder)

    def drop(self) -> None:
        """The import failed: leave nothing behind."""
        with suppress(OSError):  # the next import sweeps again
            remove(self._partial)


def write_chunk(folder: Path, number: int, kind: str, table: pa.Table, *, version: int = 0) -> Chunk:
    """Write one chunk to a file of its own; durable on return, but for the folder's entry.

    Raises:
        StorageFull: no space was left.
    """
    name = f"{number:06}-{version}.arrow" if version else f"{number:06}.arrow"
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    content = sink.getvalue()
    with translated(folder), (folder / name).open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return Chunk(number, kind, table.num_rows, name, hashlib.sha256(content).hexdigest())


def read_chunk(folder: Path, chunk: Chunk) -> pa.Table:
    """The rows of a chunk.

    Raises:
        ArchiveDamaged: the file is missing, or its content is not what was written.
    """
    return pa.ipc.open_file(pa.py_buffer(_content(folder, chunk))).read_all()


def _content(folder: Path, chunk: Chunk) -> bytes:
    place = folder / chunk.file
    try:
        content = place.read_bytes()
    except OSError as error:
        raise ArchiveDamaged(str(place), f"it cannot be read ({error.strerror})") from error
    if hashlib.sha256(content).hexdigest() != chunk.sha256:
        raise ArchiveDamaged(str(place), "it differs from its checksum")
    return content


def rewrite_without(folder: Path, chunks: Sequence[Chunk], person: str, posts: Collection[str] = ()) -> Iterator[Chunk]:
    """Write every chunk that names a person, or tells of their posts, anew, without them, beside the old file.

    Yields:
        The new chunks; each takes the place of the one with its number once the log says so.

    Raises:
        ArchiveDamaged: a file is missing or damaged.
        StorageFull: no space was left.
    """
    for chunk in chunks:
        table = read_chunk(folder, chunk)
        if naming(table, [person], posts).true_count:
            kept = without(table, [person], posts)
            yield write_chunk(folder, chunk.number, chunk.type, kept, version=_version(chunk) + 1)
    with translated(folder):
        synced(folder)


def _version(chunk: Chunk) -> int:
    _, dash, version = chunk.file.removesuffix(".arrow").partition("-")
    return int(version) if dash else 0


def is_whole(folder: Path, chunks: Sequence[Chunk]) -> bool:
    """Whether every file of an archive is there and as it was written."""
    try:
        for chunk in chunks:
            _content(folder, chunk)
    except ArchiveDamaged:
        return False
    return True


def sweep(folder: Path, files: Callable[[], Mapping[str, set[str]]]) -> None:
    """Remove chunks that the log does not name: what a crash left of an import, and those from before an erasure.

    Args:
        folder: of all archives.
        files: the names of the files of each archive that the log knows; asked only when there is something.
    """
    if not folder.exists():
        return
    with translated(folder):
        known = files()
        for place in sorted(each for each in folder.iterdir() if each.is_dir()):
            remove(place, known.get(place.name))


def remove(place: Path, but: Collection[str] | None = None) -> None:
    """Remove the chunks of an archive, but for those of some names; without any name, the folder too.

    Nothing that is no chunk is ever removed, whatever folder somebody may have chosen for our data.
    """
    if not place.exists():
        return
    for file in place.iterdir():
        if CHUNK_FILE.fullmatch(file.name) and file.name not in (but or ()):
            file.unlink()
    if but is None:
        with suppress(OSError):  # something that is not ours is in it
            place.rmdir()


def synced(folder: Path) -> None:
    """Make a folder's entries durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def translated(place: Path) -> Iterator[None]:
    """Turn the system's errors into ours.

    Raises:
        StorageFull: no space was left.
        StoreUnavailable: the folder may not be used.
    """
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull(str(place)) from error
        raise StoreUnavailable(str(place), f"{error.strerror}") from error
