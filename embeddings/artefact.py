"""Trained models in folders: manifest, tables, checksums, and which version is current.

::

    models/<name>/<version>/manifest.json    written last: a folder without it is not a version
    models/<name>/<version>/<label>.npy
    models/<name>/current                    the version in use
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import ModelDamaged, ModelMissing
from embeddings.table import EmbeddingTable
from embeddings.training import settings_of
from graph.errors import ForeignVersion, SnapshotDamaged
from graph.snapshot.files import FileRecord, open_array, replace_text, save_array, translated_os_errors
from graph.snapshot.manifest import new_id, now_text

SCHEMA_VERSION = 1
"""Changes with the files and their meaning."""

MANIFEST = "manifest.json"
CURRENT = "current"
CHECKSUM = "manifest_sha256"
KEPT = 3
"""Versions of a model that are kept, the current one included."""


class Named(Protocol):
    """What was trained: a dataclass whose fields are its settings."""

    name: ClassVar[str]


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What a training left.

    Attributes:
        name: of the model.
        version: UUIDv7; later ones sort behind earlier ones.
        snapshot_id: the snapshot whose rows the tables are aligned with.
        created_at: RFC 3339, UTC.
        seed: of the training.
        settings: by name.
        metrics: what was measured of it, by name; empty where nothing was.
        tables: ``(n, dim)`` float32 by label, memory-mapped and read-only; empty for a model without vectors.
        details: what else the tables need to be understood, such as the names of relations; empty for most models.
        arrays: anything else that it learnt, by name; memory-mapped and read-only too.
    """

    name: str
    version: str
    snapshot_id: str
    created_at: str
    seed: int
    settings: Mapping[str, Any]
    metrics: Mapping[str, float]
    tables: Mapping[str, NDArray[np.float32]]
    details: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def save_model(
    folder: Path,
    model: Named,
    tables: Mapping[str, NDArray[np.float32]],
    snapshot_id: str,
    seed: int,
    metrics: Mapping[str, float] | None = None,
    details: Mapping[str, Any] | None = None,
    *,
    arrays: Mapping[str, NDArray[Any]] | None = None,
) -> TrainedModel:
    """Write a new version of a model and make it current; readers of the one before are not disturbed.

    Args:
        folder: of all models.
        model: what was trained; its name and settings go into the manifest.
        tables: as `FittedModel.tables`.
        snapshot_id: what it was trained on.
        seed: of the training.
        metrics: what was measured.
        details: what else the tables need to be understood; must fit into JSON.
        arrays: anything else, by names that are good for files.

    Raises:
        InvalidValue: a table holds values that are not finite.
        StorageFull: the disk took no more; the version before stays current.
        StoreUnavailable: the folder cannot be written.
    """
    version = new_id()
    home = folder / model.name
    unfinished = home / f".{version}"
    with translated_os_errors(home):
        try:
            unfinished.mkdir(parents=True)
            content = {
                "schema_version": SCHEMA_VERSION,
                "name": model.name,
                "version": version,
                "snapshot_id": snapshot_id,
                "created_at": now_text(),
                "seed": seed,
                "settings": settings_of(model),
                "metrics": dict(metrics or {}),
                "details": dict(details or {}),
                "tables": _write_tables(unfinished, tables),
                "arrays": _write_arrays(unfinished, arrays or {}),
            }
            replace_text(unfinished / MANIFEST, json.dumps({**content, CHECKSUM: _checksum(content)}, indent=2) + "\n")
            unfinished.rename(home / version)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        replace_text(home / CURRENT, version + "\n")
    for old in versions(home)[KEPT:]:
        shutil.rmtree(home / old, ignore_errors=True)
    return load_model(home, verify=False)


def load_model(folder: Path, version: str | None = None, *, verify: bool = True) -> TrainedModel:
    """Open a version of a model.

    Args:
        folder: of the model, which holds its versions.
        version: which one; the current one when None.
        verify: compare every file with its checksum first.

    Raises:
        ModelMissing: there is no such version.
        ModelDamaged: a file differs from its checksum, or is not there.
        ForeignVersion: a newer program wrote it.
    """
    home = folder / (version or _current(folder))
    content = _read_manifest(home)
    tables = {label: _opened(home, record, verify) for label, record in content["tables"].items()}
    arrays = {name: _opened(home, record, verify) for name, record in content.get("arrays", {}).items()}
    plain = TrainedModel.__dataclass_fields__.keys() - {"tables", "arrays"}
    known = {key: content[key] for key in plain if key in content}
    return TrainedModel(**known, tables=tables, arrays=arrays)


def _opened(home: Path, record: dict[str, Any], verify: bool) -> NDArray[Any]:
    place = home / record.pop("file")
    with _as_damaged():
        return open_array(place, FileRecord(**{**record, "shape": tuple(record["shape"])}), verify=verify)


def versions(folder: Path) -> list[str]:
    """Versions of a model, newest first."""
    return sorted((each.parent.name for each in folder.glob(f"[!.]*/{MANIFEST}")), reverse=True)


def _write_tables(folder: Path, tables: Mapping[str, NDArray[np.float32]]) -> dict[str, Any]:
    records = {}
    for label, vectors in tables.items():
        table = EmbeddingTable(label, np.ascontiguousarray(vectors, np.float32))
        file = f"{label.replace(':', '-')}.npy"
        records[label] = {"file": file, **asdict(save_array(folder / file, table.vectors))}
    return records


def _write_arrays(folder: Path, arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    return {
        name: {"file": f"{name}.array.npy", **asdict(save_array(folder / f"{name}.array.npy", array))}
        for name, array in arrays.items()
    }


def _current(folder: Path) -> str:
    try:
        version = (folder / CURRENT).read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise ModelMissing(folder.name, str(folder.parent)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ModelDamaged(str(folder / CURRENT), str(error)) from error
    if version not in versions(folder):
        raise ModelDamaged(str(folder / CURRENT), f"it names {version!r}, which is not there")
    return version


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise ModelMissing(folder.parent.name, str(folder)) from error
    except (OSError, ValueError) as error:
        raise ModelDamaged(str(path), str(error)) from error
    if not isinstance(content, dict):
        raise ModelDamaged(str(path), "it is no JSON object")
    found = content.get("schema_version")
    if isinstance(found, int) and found > SCHEMA_VERSION:
        raise ForeignVersion(str(folder), found, SCHEMA_VERSION)
    if content.pop(CHECKSUM, None) != _checksum(content):
        raise ModelDamaged(str(path), "it differs from its checksum")
    return content


def _checksum(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@contextmanager
def _as_damaged() -> Iterator[None]:
    try:
        yield
    except SnapshotDamaged as error:
        raise ModelDamaged(error.path, error.reason) from error
