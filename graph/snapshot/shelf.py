"""The folder of snapshots: which one is current, and which one takes its place when it is damaged."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from logging import getLogger
from pathlib import Path

from graph.errors import ForeignVersion, SnapshotDamaged, SnapshotMissing
from graph.snapshot.files import replace_text, translated_os_errors
from graph.snapshot.manifest import MANIFEST, Manifest
from graph.snapshot.snapshot import Snapshot
from graph.snapshot.write import UNFINISHED

log = getLogger(__name__)

KEPT = 3
ABANDONED_S = 24 * 3600
"""Age from which on an unfinished snapshot counts as left behind by a killed process."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Snapshots in one folder, each in a folder named after its id.

    Attributes:
        folder: of the snapshots and the file ``current``.
        kept: how many are kept when a new one is published, the new one included.
    """

    folder: Path
    kept: int = KEPT

    @property
    def pointer(self) -> Path:
        """The text file that names the current snapshot."""
        return self.folder / "current"

    def current_id(self) -> str | None:
        """Id that the pointer names; None when there is none that can be read."""
        try:
            return self.pointer.read_text(encoding="utf-8").strip() or None
        except (OSError, UnicodeDecodeError):
            return None

    def current(self, *, verify: bool = True) -> Snapshot:
        """Open the current snapshot, or, where it cannot be used, the newest one before it.

        Args:
            verify: compare every file with its checksum first.

        Raises:
            SnapshotMissing: there is no snapshot.
            SnapshotDamaged: none of those that are kept can be used; the error names the newest.
            ForeignVersion: likewise, and the newest was written by a newer program.
        """
        first: SnapshotDamaged | ForeignVersion | None = None
        for snapshot_id in self._candidates():
            try:
                snapshot = Snapshot.open(self.folder / snapshot_id, verify=verify)
            except (SnapshotDamaged, ForeignVersion) as error:
                log.warning("snapshot %s is not used: %s", snapshot_id, error)
                first = first or error
            else:
                if first is not None:
                    log.warning("snapshot %s of before is used instead", snapshot_id)
                return snapshot
        raise first or SnapshotMissing(str(self.folder))

    def manifest(self) -> Manifest:
        """Of the current snapshot.

        Raises:
            SnapshotMissing: there is none.
            SnapshotDamaged: it cannot be read.
        """
        current = self.current_id()
        if current is None:
            raise SnapshotMissing(str(self.folder))
        return Manifest.read(self.folder / current)

    def before_current(self) -> Snapshot:
        """Open the newest snapshot before the current one that can be proved.

        Raises:
            SnapshotMissing: there is none.
        """
        current = self.current_id()
        for snapshot_id in self._ids():
            if current is not None and snapshot_id < current:
                try:
                    return Snapshot.open(self.folder / snapshot_id)
                except (SnapshotDamaged, ForeignVersion) as error:
                    log.warning("snapshot %s is not used: %s", snapshot_id, error)
        raise SnapshotMissing(str(self.folder))

    def kept_one(self, snapshot_id: str) -> Snapshot:
        """Open one of the snapshots that are kept, proved.

        Raises:
            SnapshotMissing: none has that id.
            SnapshotDamaged: a file is not there or differs from its checksum.
            ForeignVersion: a newer program wrote it.
        """
        if snapshot_id not in self._ids():
            raise SnapshotMissing(str(self.folder))
        return Snapshot.open(self.folder / snapshot_id)

    def history(self) -> tuple[Manifest, ...]:
        """Manifests of the snapshots that are kept, newest first; those that cannot be read are left out."""
        return tuple(self._readable())

    def publish(self, snapshot: Snapshot) -> None:
        """Make a snapshot current for everyone who opens the shelf from now on, and drop the oldest ones.

        Processes that have an old one open keep it. Publishing an older one is the way back.

        Raises:
            SnapshotDamaged: it does not lie on this shelf.
            StorageFull: no space was left; the current one stays.
        """
        if not (self.folder / snapshot.id / MANIFEST).is_file():
            raise SnapshotDamaged(str(self.folder / snapshot.id), "it does not lie in this folder")
        with translated_os_errors(self.folder):
            replace_text(self.pointer, snapshot.id + "\n")
        self._sweep(snapshot.id)

    def _candidates(self) -> Iterator[str]:
        current = self.current_id()
        ids = self._ids()
        if current in ids:
            yield from (each for each in ids if each <= current)
            return
        if current is not None:
            log.warning("%s names a snapshot that is not there; the newest one is used", self.pointer)
        yield from ids

    def _ids(self) -> list[str]:
        """Newest first: a UUIDv7 sorts by its time."""
        if not self.folder.is_dir():
            return []
        names = (each.name for each in self.folder.iterdir() if each.is_dir())
        return sorted((name for name in names if not name.startswith(".")), reverse=True)

    def _readable(self) -> Iterator[Manifest]:
        for snapshot_id in self._ids():
            try:
                yield Manifest.read(self.folder / snapshot_id)
            except (SnapshotDamaged, ForeignVersion) as error:
                log.warning("snapshot %s cannot be used: %s", snapshot_id, error)

    def _sweep(self, current: str) -> None:
        older = [each for each in self._ids() if each != current]
        for name in older[max(self.kept - 1, 0) :]:
            shutil.rmtree(self.folder / name, ignore_errors=True)
        for left in self.folder.glob(f"{UNFINISHED}*"):
            if time.time() - left.stat().st_mtime > ABANDONED_S:
                shutil.rmtree(left, ignore_errors=True)
