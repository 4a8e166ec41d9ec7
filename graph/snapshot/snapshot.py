"""An immutable picture of the graph at one log position, memory-mapped from a folder."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import SnapshotDamaged
from graph.snapshot.csr import Adjacency
from graph.snapshot.files import open_array
from graph.snapshot.layout import (
    EdgeKey,
    Lookup,
    gone_file,
    is_number,
    named_key,
    number_file,
    read_adjacency,
    read_texts,
    read_vocabulary,
)
from graph.snapshot.manifest import Manifest
from graph.snapshot.text import TextColumn
from graph.snapshot.vocabulary import Vocabulary

PROVING_THREADS = 2


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An opened snapshot; every array is a read-only map of a file.

    Attributes:
        folder: where it lies.
        manifest: what it says of itself.
        vocabularies: ids by label.
        adjacencies: edges by key.
        numbers: ``(n,)`` float64 by label and property; NaN where missing.
        texts: by label and property; structured values as JSON.
        gone: ``(n,)`` bool by label: deleted or erased.
    """

    folder: Path
    manifest: Manifest
    vocabularies: Mapping[str, Vocabulary]
    adjacencies: Mapping[EdgeKey, Adjacency]
    numbers: Mapping[tuple[str, str], NDArray[np.float64]]
    texts: Mapping[tuple[str, str], TextColumn]
    gone: Mapping[str, NDArray[np.bool_]]

    @property
    def id(self) -> str:
        """Its UUIDv7."""
        return self.manifest.id

    @property
    def position(self) -> str | None:
        """The log position that it holds."""
        return self.manifest.position

    @classmethod
    def open(cls, folder: Path, *, verify: bool = True) -> Snapshot:
        """Map a snapshot.

        Args:
            folder: as `graph.snapshot.write.write_snapshot` made it.
            verify: compare every file with its checksum first, in O(bytes).

        Raises:
            SnapshotDamaged: a file is not there or differs from what the manifest says.
            ForeignVersion: a newer program wrote it.
        """
        manifest = Manifest.read(folder)
        arrays = _opened(folder, manifest, verify)
        try:
            return _assembled(folder, manifest, arrays.__getitem__)
        except KeyError as error:
            raise SnapshotDamaged(str(folder), f"there is no file {error}") from error


def _opened(folder: Path, manifest: Manifest, verify: bool) -> dict[str, NDArray[Any]]:
    def opened(name: str) -> NDArray[Any]:
        return open_array(folder / name, manifest.files[name], verify=verify)

    with ThreadPoolExecutor(PROVING_THREADS) as threads:  # hashing releases the GIL
        return dict(zip(manifest.files, threads.map(opened, manifest.files), strict=True))


def _assembled(folder: Path, manifest: Manifest, lookup: Lookup) -> Snapshot:
    columns = [(label, name) for label, names in manifest.columns.items() for name in names]
    return Snapshot(
        folder,
        manifest,
        vocabularies={label: read_vocabulary(lookup, label) for label in manifest.nodes},
        adjacencies={key: read_adjacency(lookup, key) for key in map(named_key, manifest.edges)},
        numbers={column: lookup(number_file(*column)) for column in columns if is_number(*column)},
        texts={column: read_texts(lookup, *column) for column in columns if not is_number(*column)},
        gone={label: lookup(gone_file(label)) for label in manifest.nodes},
    )
