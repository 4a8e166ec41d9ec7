"""What a snapshot says of itself: its id, what is in it, and the checksum of every file."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from graph.errors import ForeignVersion, SnapshotDamaged
from graph.snapshot.files import FileRecord, replace_text

MANIFEST = "manifest.json"
SCHEMA_VERSION = 1
"""Changes with the files, their meaning, or the order of `graph.snapshot.actions.CODES`."""

CHECKSUM = "manifest_sha256"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of ``manifest.json``.

    Attributes:
        id: UUIDv7: sorts by time of creation.
        created_at: RFC 3339, UTC.
        position: the log position that the snapshot holds; None when there was no log.
        nodes: rows by label, erased ones included.
        edges: edges by ``source-type-target``.
        columns: names of the properties by label.
        latest_minutes: time of the newest edge, in minutes since 1970; 0 when none has a time.
        kinds: relationship types that occur between people and products.
        files: by file name.
        schema_version: of the snapshot's files.
    """

    id: str
    created_at: str
    position: str | None
    nodes: Mapping[str, int]
    edges: Mapping[str, int]
    columns: Mapping[str, tuple[str, ...]]
    latest_minutes: int
    kinds: tuple[str, ...]
    files: Mapping[str, FileRecord]
    schema_version: int = SCHEMA_VERSION

    def write(self, folder: Path) -> None:
        """Write ``manifest.json`` with a checksum of its own."""
        content = asdict(self)
        content[CHECKSUM] = content_checksum(content)
        replace_text(folder / MANIFEST, json.dumps(content, indent=2) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read ``manifest.json``.

        Raises:
            SnapshotDamaged: it is not there, or differs from its checksum.
            ForeignVersion: a newer program wrote it.
        """
        path = folder / MANIFEST
        content = _content(path)
        version = content.get("schema_version")
        if isinstance(version, int) and version > SCHEMA_VERSION:
            raise ForeignVersion(str(folder), version, SCHEMA_VERSION)
        if content.pop(CHECKSUM, None) != content_checksum(content):
            raise SnapshotDamaged(str(path), "it differs from its checksum")
        files = {name: _record(record) for name, record in content.pop("files").items()}
        if outside := [name for name in files if Path(name).name != name]:
            raise SnapshotDamaged(str(path), f"it names files outside its folder ({', '.join(outside)})")
        columns = {label: tuple(names) for label, names in content.pop("columns").items()}
        return cls(**{**content, "files": files, "columns": columns, "kinds": tuple(content["kinds"])})


def _content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise SnapshotDamaged(str(path), error.strerror or str(error)) from error
    except ValueError as error:  # bytes that are no UTF-8, or no JSON
        raise SnapshotDamaged(str(path), f"it is no JSON ({error})") from error
    if not isinstance(content, dict):
        raise SnapshotDamaged(str(path), "it is no JSON object")
    return content


def _record(record: Mapping[str, Any]) -> FileRecord:
    return FileRecord(record["sha256"], record["bytes"], record["dtype"], tuple(record["shape"]))


def content_checksum(content: Mapping[str, Any]) -> str:
    """SHA-256 of a manifest's content without `CHECKSUM`, in one spelling."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def new_id() -> str:
    """A UUIDv7: 48 bits of milliseconds, then 74 random ones.

    Source:
        RFC 9562, section 5.7.
    """
    random = int.from_bytes(os.urandom(10), "big")
    value = (time.time_ns() // 1_000_000) << 80 | random
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=value))


def now_text() -> str:
    """The present moment, RFC 3339 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
