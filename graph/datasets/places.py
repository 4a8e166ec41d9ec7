"""Where the files of a data set are looked for: folders first, then a cache, then their public address."""

from __future__ import annotations

import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from graph.datasets.entry import Entry, File
from graph.errors import ChecksumMismatch, DatasetUnavailable
from graph.load.files import content_sha256
from graph.progress import Progress, silent

PUBLIC = "https://raw.githubusercontent.com"
TIMEOUT_S = 20.0
VARIABLE = "TASTEGRAPH_DATASETS"
BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Places:
    """Where to look, in this order.

    Attributes:
        folders: each holds data sets in folders of their own.
        cache: where downloads are kept.
        public: the address that repositories are under; empty to stay off the network.
    """

    folders: tuple[Path, ...]
    cache: Path
    public: str = PUBLIC


def default_places(datasets: Path | None = None) -> Places:
    """The given folder or ``$TASTEGRAPH_DATASETS``, ``shared/data`` beside the checkout, and the user's cache."""
    named = datasets or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    beside = (Path.cwd().parent / "shared" / "data", Path(__file__).parents[3] / "shared" / "data")
    folders = dict.fromkeys((*((named,) if named else ()), *(each.resolve() for each in beside)))
    return Places(tuple(folders), Path(platformdirs.user_cache_dir("tastegraph")) / "datasets")


def locate(entry: Entry, places: Places, progress: Progress = silent) -> Path:
    """The folder with all files of a set, each compared with its checksum; downloaded where need be.

    Raises:
        DatasetUnavailable: none of the places has it.
        ChecksumMismatch: a place has something else under its name.
    """
    tried: list[str] = []
    for folder in (*(each / entry.folder for each in places.folders), places.cache / entry.name):
        missing = [file.path for file in entry.files if found(folder, file.path) is None]
        if not missing:
            verify(entry.files, folder, progress)
            return folder
        tried.append(f"{folder} ({_lack(folder, missing)})")
    target = places.cache / entry.name
    _download(entry, places.public, target, tried, progress)
    return target


def found(folder: Path, path: str) -> Path | None:
    """The file or its gzip, whichever is there."""
    return next((each for each in (folder / path, folder / f"{path}.gz") if each.is_file()), None)


def _lack(folder: Path, missing: Sequence[str]) -> str:
    return f"no {missing[0]}" if folder.is_dir() else "no such folder"


def verify(files: Sequence[File], folder: Path, progress: Progress = silent) -> None:
    """Compare every file with its checksum.

    Raises:
        ChecksumMismatch: one differs.
    """
    for number, file in enumerate(files):
        progress(number / len(files), file.path)
        path = found(folder, file.path)
        if path is None:
            raise ChecksumMismatch(str(folder / file.path), file.sha256, "none: it is not there")
        digest = content_sha256(path)
        if digest != file.sha256 and not (file.git_blob and git_blob_of(path) == file.git_blob):
            raise ChecksumMismatch(str(path), file.sha256, digest)


def git_blob_of(path: Path) -> str:
    """The checksum by which git names this content."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _download(entry: Entry, public: str, target: Path, tried: list[str], progress: Progress) -> None:
    closed = [file.path for file in entry.files if not file.source]
    if not public or closed:
        reason = f"nothing public has {closed[0]} in this form" if closed else "downloads are switched off"
        raise DatasetUnavailable(entry.name, [*tried, reason])
    for number, file in enumerate(entry.files):
        progress(number / len(entry.files), file.path)
        address = address_of(entry, file, public)
        try:
            _fetch(address, target / file.path)
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            raise DatasetUnavailable(entry.name, [*tried, f"{address} ({error})"]) from error
        try:
            verify((file,), target)
        except ChecksumMismatch as error:
            (target / file.path).unlink()
            raise ChecksumMismatch(address, error.expected, error.found) from error


def address_of(entry: Entry, file: File, public: str = PUBLIC) -> str:
    """The public address of one file, at the pinned commit."""
    return f"{public}/{file.repository or entry.repository}/{file.commit or entry.commit}/{file.source}"


def _fetch(address: str, target: Path) -> None:
    """Download to a neighbour first, so that a broken download never looks like a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".part")
    with urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer, partial.open("wb") as out:  # noqa: S310
        while block := answer.read(BLOCK):
            out.write(block)
    partial.replace(target)
