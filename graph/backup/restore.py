"""Taking an archive back: whole and proved, or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NoReturn

from graph import swap
from graph.backup.archive import read_archive
from graph.backup.manifest import INSIDE, Manifest
from graph.errors import BackupDamaged, FolderInUse, KeysApart, StoreUnavailable
from graph.folder import DataFolder
from graph.people.erase import erase_owned
from graph.people.erasures import Erasure, Erasures, key_of
from graph.people.known import people_in
from graph.progress import Progress, silent
from graph.snapshot.files import translated_os_errors

STAGE = ".restore-"
DATABASES = ("log.sqlite", "store.sqlite", "keys.sqlite")
NAMES = (
    *(f"{name}{part}" for name in DATABASES for part in ("", "-wal", "-shm")),
    *("imports", "snapshots", "models", "placements", "reports", "rejects", "erasures.jsonl", "adopted.toml"),
)
"""Everything in a data folder that a restore replaces; other files in it are left alone."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did.

    Attributes:
        manifest: of the archive.
        erased: how many people were erased again, who had been erased after the backup.
    """

    manifest: Manifest
    erased: int


@dataclass(frozen=True, slots=True)
class Source:
    """What is restored.

    Attributes:
        archive: the file.
        keys: file of the keys, where they are apart.
        erasures: a list of erasures beside the one of the folder, such as a copy that was kept elsewhere.
    """

    archive: Path
    keys: Path | None = None
    erasures: Path | None = None


def restore_backup(
    source: Source, folder: DataFolder, now: datetime, *, replace_data: bool = False, progress: Progress = silent
) -> Restored:
    """Put an archive's content in place of a folder's; people who were erased after the backup are erased again.

    The archive is unpacked within the folder and proved there; only then does it take the place of what was there, all
    or nothing, even when the process is killed. A graph on a server is not touched: empty it and make it anew.

    Args:
        source: what is restored.
        folder: where to.
        now: the present moment.
        replace_data: whether data that are there already may go.
        progress: told the part that is done.

    Raises:
        BackupDamaged: the archive is not whole; nothing was changed.
        ForeignVersion: a newer program made it, or something in it; nothing was changed.
        FolderInUse: the folder holds data, and they may not go.
        KeysApart: the archive needs a file of keys.
        StoreLocked: another process owns the folder.
        StorageFull: no space was left; nothing was changed.
    """
    with folder.owned():
        _sweep(folder.path)
        if not replace_data and any((folder.path / name).exists() for name in DATABASES):
            raise FolderInUse(str(folder.path))
        stage = folder.path / f"{STAGE}{uuid.uuid4().hex}"
        try:
            manifest = _unpack(source, stage, progress)
            staged = DataFolder(stage) if manifest.store == "embedded" else DataFolder(stage, engine=_elsewhere)
            _prove_versions(staged)
            erased = _erase_again(staged, [*_listed(folder.erasures), *_listed(source.erasures)], now)
            (stage / folder.lock.name).unlink(missing_ok=True)
            swap.commit(folder.path, stage.name, NAMES)
        except BaseException:
            if not swap.is_unfinished(folder.path):
                shutil.rmtree(stage, ignore_errors=True)
            raise
    progress(1.0, "restored")
    return Restored(manifest, erased)


def _sweep(folder: Path) -> None:
    for left in folder.glob(f"{STAGE}*"):
        shutil.rmtree(left)


def _unpack(source: Source, stage: Path, progress: Progress) -> Manifest:
    with translated_os_errors(stage):
        stage.mkdir(mode=0o700)
        manifest = read_archive(
            source.archive, partial(_take, str(source.archive), stage), lambda part: progress(0.8 * part, "unpacking")
        )
        if manifest.keys == "apart":
            if source.keys is None:
                raise KeysApart(str(source.archive))
            shutil.copy(source.keys, stage / "keys.sqlite")
    return manifest


def _take(where: str, stage: Path, name: str, content: Iterator[bytes]) -> None:
    inner = name.removeprefix(INSIDE)
    if inner == name or inner.partition("/")[0] not in NAMES:
        raise BackupDamaged(where, f"it holds {name!r}, which we never put there")
    place = stage / inner
    with translated_os_errors(stage):
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as file:
            for part in content:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())


def _prove_versions(staged: DataFolder) -> None:
    """Open what has a schema version, which brings older ones up to date and refuses newer ones."""
    staged.open_log().close()
    if staged.engine is not _elsewhere:
        staged.open_store().close()


def _elsewhere(_path: Path, /, *, durability: str, read_only: bool) -> NoReturn:  # noqa: ARG001 as every engine
    raise StoreUnavailable("the server", "a restore does not touch it; it is made anew from the log")


def _listed(path: Path | None) -> Sequence[Erasure]:
    return () if path is None else Erasures(path).all()


def _erase_again(staged: DataFolder, listed: Sequence[Erasure], now: datetime) -> int:
    """Erase whoever is on a list and not on the archive's own; those it does not know are put on its list."""
    known = {each.key for each in Erasures(staged.erasures).all()}
    missing = {each.key: each for each in listed if each.key not in known}
    if not missing:
        return 0
    ids = {each.key: each.user_id for each in missing.values() if each.user_id is not None}
    if len(ids) < len(missing):
        ids |= _ids_of(staged, missing.keys() - ids.keys())
    Erasures(staged.erasures).write(
        [*Erasures(staged.erasures).all(), *(replace(each, user_id=ids.get(key)) for key, each in missing.items())]
    )
    return sum(erase_owned(staged, user_id, now).removed.was_something for user_id in ids.values())


def _ids_of(staged: DataFolder, keys: set[str]) -> dict[str, str]:
    """The ids that are known by hash only, looked for among everybody in log and store."""
    found: dict[str, str] = {}
    with closing(staged.open_log()) as log:
        found |= {key: each for each in people_in(log) if (key := key_of(each)) in keys}
    if staged.engine is not _elsewhere:
        with closing(staged.open_store()) as store:
            ids = (each for batch in store.node_ids("User") for each in batch if each is not None)
            found |= {key: each for each in ids if (key := key_of(each)) in keys}
    return found
