"""Making an archive of a data folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from graph.backup.archive import read_archive, writing
from graph.backup.manifest import HEADER, INSIDE, Manifest
from graph.folder import DataFolder
from graph.log.events import format_time, milliseconds
from graph.progress import Progress, silent
from graph.snapshot.files import replace_bytes, sync_file, translated_os_errors
from graph.snapshot.shelf import Shelf
from graph.sqlite import copy_database

CURRENT = "current"


def make_backup(
    folder: DataFolder, file: Path, now: datetime, *, keys_apart: Path | None = None, progress: Progress = silent
) -> Manifest:
    """Write an archive of a folder as of one moment, and read it back to prove it.

    Inside are the log with its imports, the embedded store, the keys, the current snapshot and models, the list of
    erasures, and reports and rejects of loads. A graph on a server is not inside: it is made anew from the log.

    Args:
        folder: what is kept; its owner for as long as this takes.
        file: the archive; replaced whole when it is there.
        now: the present moment.
        keys_apart: where the keys go; into the archive when None.
        progress: told the part that is done.

    Raises:
        StoreLocked: another process owns the folder.
        StorageFull: no space was left; an older archive of that name is still there.
        BackupDamaged: what was written cannot be read back.
    """
    with folder.owned(), translated_os_errors(file), TemporaryDirectory(dir=file.parent, prefix=".backup-") as scratch:
        copies = list(_databases(folder, Path(scratch)))
        manifest = _manifest(folder, now, keys_apart)
        if keys_apart is not None:
            copies = [each for each in copies if each[0] != folder.keys.name]
        files = [*copies, *_files(folder)]
        total = max(sum(path.stat().st_size for _, path in files), 1)
        done = 0
        with writing(file) as archive:
            archive.add_bytes(HEADER, manifest.encoded())
            for name, path in files:
                archive.add(INSIDE + name, path)
                done += path.stat().st_size
                progress(0.8 * done / total, name)
        if keys_apart is not None:
            _set_apart(folder, Path(scratch), keys_apart)
    read_archive(file, _pass_over, lambda part: progress(0.8 + 0.2 * part, "proving"))
    replace_bytes(folder.backed_up, manifest.encoded())
    return manifest


def _pass_over(_name: str, content: Iterator[bytes]) -> None:
    for _ in content:
        pass


def _databases(folder: DataFolder, scratch: Path) -> Iterator[tuple[str, Path]]:
    for path in (folder.log, folder.store, folder.keys):
        if path.exists():
            copy_database(path, scratch / path.name)
            yield path.name, scratch / path.name


def _manifest(folder: DataFolder, now: datetime, keys_apart: Path | None) -> Manifest:
    position = None
    if folder.log.exists():
        with closing(folder.open_log(read_only=True)) as log:
            position = log.last_position()
    return Manifest(
        format_time(milliseconds(now)),
        position,
        "embedded" if folder.store.exists() else "elsewhere",
        ("inside" if keys_apart is None else "apart") if folder.keys.exists() else "none",
    )


def _set_apart(folder: DataFolder, scratch: Path, place: Path) -> None:
    copied = scratch / folder.keys.name
    if copied.exists():
        copied.chmod(0o600)
        beside = place.with_name(f".{place.name}.part")
        shutil.copy(copied, beside)
        sync_file(beside)
        beside.replace(place)


def _files(folder: DataFolder) -> Iterator[tuple[str, Path]]:
    """Everything but the databases, by its path within the folder."""
    places = [
        folder.erasures,
        folder.adopted,
        *_below(folder.placements),
        *_below(folder.imports),
        *_below(folder.reports),
        *_below(folder.rejects),
    ]
    current = Shelf(folder.snapshots).current_id()
    if current is not None:
        places += [folder.snapshots / CURRENT, *_below(folder.snapshots / current)]
    for pointer in sorted(folder.models.glob(f"*/{CURRENT}")):
        places += [pointer, *_below(pointer.parent / pointer.read_text(encoding="utf-8").strip())]
    for place in places:
        if place.is_file():
            yield place.relative_to(folder.path).as_posix(), place


def _below(place: Path) -> list[Path]:
    return sorted(each for each in place.rglob("*") if each.is_file())
