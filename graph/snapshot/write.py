"""Arrays into a snapshot's folder: written beside it, and renamed into place when all is there."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graph.model import Rows
from graph.progress import Progress, silent
from graph.snapshot import kernels
from graph.snapshot.actions import CODE_BITS, CODE_MASK, CODES
from graph.snapshot.csr import build_csr
from graph.snapshot.files import FileRecord, save_array, sync_folder, translated_os_errors
from graph.snapshot.layout import (
    ACTED,
    STAMPED_KEYS,
    TIMED_KEYS,
    EdgeKey,
    Named,
    csr_files,
    gone_file,
    key_name,
    number_file,
    text_files,
    vocabulary_files,
)
from graph.snapshot.manifest import Manifest, new_id, now_text
from graph.snapshot.snapshot import Snapshot
from graph.snapshot.text import TextColumn
from graph.snapshot.vocabulary import Vocabulary, build_vocabulary

Edges = tuple[Rows, Rows, NDArray[np.uint32] | None]
"""Source rows, target rows, and stamps as in `graph.snapshot.actions`; None: no time is known."""

Columns = Mapping[tuple[str, str], NDArray[np.float64] | TextColumn]
"""By label and property: see `graph.snapshot.layout.NUMBER_TYPES` for which are numbers."""

UNFINISHED = ".unfinished-"
"""A folder with this prefix is a snapshot on its way; what a killed process leaves behind is swept by `Shelf`."""


def write_snapshot(
    folder: Path,
    *,
    ids: Mapping[str, Iterable[str | None] | Vocabulary],
    edges: Mapping[EdgeKey, Edges],
    columns: Columns | None = None,
    gone: Mapping[str, Sequence[int]] | None = None,
    position: str | None = None,
    durable: bool = True,
    progress: Progress = silent,
) -> Snapshot:
    """Write a snapshot from arrays.

    Args:
        folder: gets a folder named after the new snapshot's id.
        ids: external ids in row order by label; None for an erased row.
        edges: by key, in any order; everything that people did with products under `ACTED`.
        columns: properties.
        gone: deleted rows by label; erased ones are found by themselves.
        position: the log position that the arrays hold.
        durable: wait until the disk has every file; else a power cut may damage the snapshot, which opening it
            would notice.
        progress: told the part of the edges that is sorted.

    Returns:
        The snapshot, mapped from its files.

    Raises:
        InvalidValue: an id twice, or an edge whose row is out of range.
        StorageFull: no space was left; nothing remains of the attempt.
        StoreUnavailable: the folder cannot be written.
    """
    with new_snapshot(folder, position, durable=durable) as draft:
        for label, each in ids.items():
            draft.add_nodes(label, each, (gone or {}).get(label, ()))
        for column, values in (columns or {}).items():
            draft.add_column(*column, values)
        total = sum(len(source) for source, _, _ in edges.values()) or 1
        done = 0
        for key, (source, target, stamps) in edges.items():
            progress(done / total, key_name(key))
            draft.add_edges(key, source, target, stamps)
            done += len(source)
    progress(1.0, "written")
    return Snapshot.open(folder / draft.id, verify=False)


@dataclass(slots=True)
class Draft:
    """A snapshot on its way: one part after the other, so that only one is in memory."""

    folder: Path
    id: str
    position: str | None = None
    durable: bool = True
    nodes: dict[str, int] = field(default_factory=dict)
    edges: dict[str, int] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, FileRecord] = field(default_factory=dict)
    latest_minutes: int = 0
    kinds: tuple[str, ...] = ()

    def add_nodes(self, label: str, ids: Iterable[str | None] | Vocabulary, gone: Sequence[int] = ()) -> Vocabulary:
        """The rows of one label; they come before its columns and edges."""
        vocabulary = ids if isinstance(ids, Vocabulary) else build_vocabulary(ids)
        ended = np.diff(vocabulary.texts.offsets) == 0
        ended[np.asarray(gone, np.int64)] = True
        self.nodes[label] = len(vocabulary)
        self._save(vocabulary_files(label, vocabulary))
        self._save([(gone_file(label), ended)])
        return vocabulary

    def add_column(self, label: str, name: str, values: NDArray[np.float64] | TextColumn) -> None:
        """One property of a label."""
        self.columns.setdefault(label, []).append(name)
        if isinstance(values, TextColumn):
            self._save(text_files(label, name, values))
        else:
            self._save([(number_file(label, name), values)])

    def add_edges(self, key: EdgeKey, source: Rows, target: Rows, stamps: NDArray[np.uint32] | None) -> None:
        """One edge set, written in both directions."""
        timed = self._note_times(key, len(source), stamps)
        counts = self.nodes.get(key[0], 0), self.nodes.get(key[2], 0)
        self._save(csr_files(key, "out", build_csr(source, target, timed, *counts)))
        self._save(csr_files(key, "into", build_csr(target, source, timed, *counts[::-1])))
        self.edges[key_name(key)] = len(source)

    def _note_times(self, key: EdgeKey, count: int, stamps: NDArray[np.uint32] | None) -> NDArray[np.uint32] | None:
        if key not in STAMPED_KEYS:
            return None
        if stamps is None:
            stamps = np.zeros(count, np.uint32)
        if key not in TIMED_KEYS:
            return stamps
        codes = np.zeros(CODE_MASK + 1, np.int64)
        newest = kernels.count_codes(stamps, CODE_MASK, codes)
        self.latest_minutes = max(self.latest_minutes, newest >> CODE_BITS)
        if key == ACTED:
            self.kinds = tuple(dict.fromkeys(kind for code, (kind, _) in enumerate(CODES) if codes[code]))
        return stamps

    def _save(self, named: Iterable[Named]) -> None:
        for name, array in named:
            self.files[name] = save_array(self.folder / name, array, durable=self.durable)

    def manifest(self) -> Manifest:
        """What has been added so far."""
        return Manifest(
            id=self.id,
            created_at=now_text(),
            position=self.position,
            nodes=self.nodes,
            edges=self.edges,
            columns={label: tuple(names) for label, names in self.columns.items()},
            latest_minutes=self.latest_minutes,
            kinds=self.kinds,
            files=self.files,
        )


@contextmanager
def new_snapshot(folder: Path, position: str | None = None, *, durable: bool = True) -> Iterator[Draft]:
    """A draft that becomes ``folder/<id>`` when the block is left, or nothing, when by an exception."""
    with translated_os_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        snapshot_id = new_id()
        draft = Draft(folder / f"{UNFINISHED}{snapshot_id}", snapshot_id, position, durable)
        draft.folder.mkdir()
        try:
            yield draft
            draft.manifest().write(draft.folder)
            draft.folder.rename(folder / draft.id)
            if durable:
                sync_folder(folder)
        except BaseException:
            shutil.rmtree(draft.folder, ignore_errors=True)
            raise
