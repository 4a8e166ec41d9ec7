"""Opening what users give us: plain, gzip or zstd, with errors that say what is wrong with the file."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import pyarrow as pa

from graph.errors import UnreadableFile

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"
BLOCK = 1 << 20


class Opened:
    """A file being read: its content, decompressed, and how far reading has come.

    Attributes:
        path: the file.
        size: its bytes on disk.
    """

    def __init__(self, path: Path, raw: BinaryIO, size: int) -> None:
        self.path = path
        self.size = size
        self._raw = raw
        self.content: IO[bytes] = cast("IO[bytes]", _decompressed(raw))
        self.text: io.TextIOWrapper | None = None

    def done(self) -> float:
        """The part of the file that has been read, in ``[0, 1]``."""
        return min(1.0, self._raw.tell() / self.size) if self.size and not self._raw.closed else 1.0


def _decompressed(raw: BinaryIO) -> Any:
    head = raw.read(4)
    raw.seek(0)
    if head[:2] == GZIP:
        return gzip.GzipFile(fileobj=raw)
    if head == ZSTD:
        return io.BufferedReader(_Zstd(raw), BLOCK)
    return raw


class _Zstd(io.RawIOBase):
    """Arrow's zstd stream as a file of Python's."""

    def __init__(self, raw: BinaryIO) -> None:
        self._stream = pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open a file for reading; what goes wrong while the block reads it becomes one clear error.

    Raises:
        UnreadableFile: missing, empty, cut off, damaged, or not in the encoding that was promised.
    """
    raw = _open(path)
    try:
        with raw:
            file = Opened(path, raw, path.stat().st_size)
            try:
                yield file
            finally:
                if file.text is not None:
                    file.text.detach()  # else it would close what is not its own
    except EOFError as error:
        raise UnreadableFile(path, "is cut off: the compressed data ends too early", "copy it again") from error
    except (gzip.BadGzipFile, zlib.error, pa.ArrowException) as error:
        raise UnreadableFile(path, f"is damaged: {error}", "copy it again") from error
    except OSError as error:
        if error.errno not in {None, errno.EIO}:
            raise  # not about reading this file, such as a full disk
        raise UnreadableFile(path, f"is damaged: {error}", "copy it again") from error


def _open(path: Path) -> BinaryIO:
    try:
        raw = path.open("rb")
    except FileNotFoundError as error:
        raise UnreadableFile(path, "there is no such file", "paths are relative to the mapping") from error
    except IsADirectoryError as error:
        raise UnreadableFile(path, "is a folder", "name a file, or a pattern such as folder/*.csv") from error
    except OSError as error:
        raise UnreadableFile(path, f"cannot be opened: {error.strerror}", "check its owner and mode") from error
    if not raw.read(1):
        raw.close()
        raise UnreadableFile(path, "the file is empty", "export it again")
    raw.seek(0)
    return raw


def decoded(file: Opened, encoding: str) -> io.TextIOWrapper:
    """The content as text, line ends untouched, a byte order mark dropped.

    Raises:
        UnreadableFile: the encoding has no such name.
    """
    name = "utf-8-sig" if encoding.lower().replace("_", "-") in {"utf-8", "utf8"} else encoding
    try:
        file.text = io.TextIOWrapper(file.content, encoding=name, errors="strict", newline="")
    except LookupError as error:
        raise UnreadableFile(file.path, f"there is no encoding {encoding!r}", 'try encoding = "utf-8"') from error
    return file.text


def undecodable(path: Path, error: UnicodeDecodeError, lines: int | None) -> UnreadableFile:
    """The error for bytes that are not in the promised encoding, found behind so many lines."""
    found = error.object[error.start : error.start + 1].hex()
    block = error.object[: error.start]  # the block that was being decoded; no line of it has come out
    line = None if lines is None else lines + 1 + max(block.count(b"\n"), block.count(b"\r"))
    reason = f"is not {error.encoding}: byte 0x{found}"
    return UnreadableFile(path, reason, 'say which it is in the mapping, such as encoding = "latin-1"', line)


def sha256_of(path: Path) -> str:
    """Checksum of a file as it lies on the disk."""
    digest = hashlib.sha256()
    with path.open("rb") as raw:
        while block := raw.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def content_sha256(path: Path) -> str:
    """Checksum of a file's content, decompressed: the same for a file and its gzip."""
    digest = hashlib.sha256()
    with opened(path) as file:
        while block := file.content.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
