"""Arrays in files: written with their checksum, proved, and mapped read-only."""

from __future__ import annotations

import errno
import hashlib
import io
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import SnapshotDamaged, StorageFull, StoreUnavailable


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What a manifest promises of one ``.npy`` file.

    Attributes:
        sha256: of the whole file, its header included.
        bytes: length of the file.
        dtype: of the array, such as ``<i4``.
        shape: of the array.
    """

    sha256: str
    bytes: int
    dtype: str
    shape: tuple[int, ...]

    @property
    def data_bytes(self) -> int:
        """Length without the header."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


def save_array(path: Path, array: NDArray[Any], *, durable: bool = True) -> FileRecord:
    """Write an array.

    Args:
        path: the file.
        array: of any shape.
        durable: wait until the disk has it.

    Raises:
        OSError: see `translated_os_errors`.
    """
    array = np.ascontiguousarray(array)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    body = array.reshape(-1).view(np.uint8).data
    digest = hashlib.sha256(header.getvalue())
    with path.open("wb") as file:
        file.write(header.getvalue())
        file.write(body)
        file.flush()
        digest.update(body)
        if durable:
            os.fsync(file.fileno())
    return FileRecord(digest.hexdigest(), len(header.getvalue()) + len(body), array.dtype.str, array.shape)


def open_array(path: Path, record: FileRecord, *, verify: bool = True) -> NDArray[Any]:
    """Map an array read-only.

    The header is not parsed, the record says what it says: `numpy.load` parses it with `ast`, which
    fails now and then in Python 3.11 when several threads do so at once.

    Args:
        path: the file.
        record: what it must be.
        verify: compare the whole file with its checksum; else only its length.

    Raises:
        SnapshotDamaged: it is not there, or differs from the record.
    """
    try:
        if path.stat().st_size != record.bytes:
            raise SnapshotDamaged(str(path), f"it has {path.stat().st_size} bytes, expected {record.bytes}")
        if verify and checksum(path) != record.sha256:
            raise SnapshotDamaged(str(path), "it differs from its checksum")
        mapped = np.memmap(path, record.dtype, "r", record.bytes - record.data_bytes, record.shape)
    except OSError as error:
        raise SnapshotDamaged(str(path), error.strerror or str(error)) from error
    return np.asarray(mapped)  # a plain array: numba takes longer to recognise a subclass at each call


def checksum(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def replace_text(path: Path, text: str) -> None:
    """Write a small file durably so that readers see the old text or the new one, never a part."""
    replace_bytes(path, text.encode())


def replace_bytes(path: Path, content: bytes) -> None:
    """As `replace_text`, for bytes."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    _sync(folder)


def sync_file(path: Path) -> None:
    """Make what has been written to a file durable."""
    _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def translated_os_errors(folder: Path) -> Iterator[None]:
    """Turn the operating system's errors into ours.

    Raises:
        StorageFull: no space was left.
        StoreUnavailable: the folder cannot be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull(str(folder)) from error
        raise StoreUnavailable(str(folder), error.strerror or str(error)) from error
