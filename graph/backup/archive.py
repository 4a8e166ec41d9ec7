"""Archives as streams: a tar of regular files, compressed with zstd, proved while it is read."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

import pyarrow as pa

from graph.backup.manifest import CHECKSUMS, HEADER, FileSum, Manifest, read_sums
from graph.errors import BackupDamaged
from graph.snapshot.files import sync_file, sync_folder

CHUNK = 1 << 20
LONGEST_JSON = 1 << 28
ONLY_OWNER = 0o600
"""An archive holds personal data and, as a rule, the keys to it."""


class Writer:
    """Adds members and remembers their checksums; made by `writing`."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._sums: dict[str, FileSum] = {}

    def add(self, name: str, path: Path) -> None:
        """Add a file."""
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            self._add(name, cast("IO[bytes]", file), size)

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add what is in memory."""
        self._add(name, io.BytesIO(content), len(content))

    def finish(self) -> None:
        """Add the checksums."""
        sums = {name: asdict(each) for name, each in self._sums.items()}
        self.add_bytes(CHECKSUMS, json.dumps(sums, indent=1).encode() + b"\n")

    def _add(self, name: str, file: IO[bytes], size: int) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, ONLY_OWNER
        hashed = Hashed(file)
        self._tar.addfile(entry, cast("IO[bytes]", hashed))
        self._sums[name] = FileSum(hashed.digest.hexdigest(), size)


class Hashed:
    """A file that hashes what is read of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """As of a file."""
        content = self.file.read(size)
        self.digest.update(content)
        return content


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """An archive that gets its name when the block is left without an exception; else nothing is left of it."""
    partial = path.with_name(f".{path.name}.part")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, ONLY_OWNER)
        with (
            os.fdopen(descriptor, "wb") as file,
            pa.CompressedOutputStream(pa.PythonFile(file, "w"), "zstd") as packed,
            tarfile.open(fileobj=cast("Any", packed), mode="w|", bufsize=CHUNK) as tar,
        ):
            writer = Writer(tar)
            yield writer
            writer.finish()
        sync_file(partial)
        partial.replace(path)
        sync_folder(path.parent)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def read_archive(
    path: Path, take: Callable[[str, Iterator[bytes]], None], progress: Callable[[float], None]
) -> Manifest:
    """Read a whole archive and prove it.

    Args:
        path: the archive.
        take: gets each member's name and content but for header and checksums; what it has taken counts for nothing
            when this raises.
        progress: told the part of the file that has been read.

    Raises:
        BackupDamaged: it is no archive, ends early, or a member differs from its checksum.
        ForeignVersion: a newer program made it.
    """
    found: dict[str, FileSum] = {}
    header: Manifest | None = None
    promised = None
    where = str(path)
    try:
        with path.open("rb") as file, pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd") as packed:
            size = max(os.fstat(file.fileno()).st_size, 1)
            with tarfile.open(fileobj=cast("Any", packed), mode="r|", bufsize=CHUNK) as tar:
                for entry in tar:
                    _refuse_odd(where, entry)
                    content = tar.extractfile(entry)
                    assert content is not None
                    hashed = Hashed(content)
                    if entry.name in {HEADER, CHECKSUMS}:
                        text = _whole(where, hashed, entry.size)
                        if entry.name == HEADER:
                            header = Manifest.read(where, text)
                        else:
                            promised = read_sums(where, text)
                            break
                    elif header is None:
                        raise BackupDamaged(where, f"it does not begin with {HEADER}")
                    else:
                        take(entry.name, iter(lambda file=hashed: file.read(CHUNK), b""))  # type: ignore[misc]
                    found[entry.name] = FileSum(hashed.digest.hexdigest(), entry.size)
                    progress(file.tell() / size)
    except (OSError, tarfile.TarError, pa.ArrowException, EOFError) as error:
        raise BackupDamaged(where, f"it cannot be read to its end ({error})") from error
    if header is None or promised is None:
        raise BackupDamaged(where, "it ends early")
    _compare(where, found, dict(promised))
    return header


def _refuse_odd(where: str, entry: tarfile.TarInfo) -> None:
    parts = PurePosixPath(entry.name)
    if not entry.isfile() or parts.is_absolute() or ".." in parts.parts:
        raise BackupDamaged(where, f"it holds {entry.name!r}, which we never put there")


def _whole(where: str, file: Hashed, size: int) -> bytes:
    if size > LONGEST_JSON:
        raise BackupDamaged(where, "its list of files is too long")
    return file.read()


def _compare(where: str, found: dict[str, FileSum], promised: dict[str, FileSum]) -> None:
    for name in sorted({*found, *promised}):
        if found.get(name) != promised.get(name):
            raise BackupDamaged(where, f"{name} differs from its checksum, or is not there")
