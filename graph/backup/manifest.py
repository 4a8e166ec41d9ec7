"""What an archive says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from graph.errors import BackupDamaged, ForeignVersion

FORM = 1
"""Changes with the archive's layout; what lies in its files has versions of its own."""

HEADER = "tastegraph-backup.json"
CHECKSUMS = "checksums.json"
INSIDE = "data/"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The first member of an archive.

    Attributes:
        created_at: RFC 3339, UTC.
        position: end of the log; None when it is empty.
        store: ``embedded``: the graph is inside; ``elsewhere``: it lies on a server and is made anew from the log.
        keys: whether the keys of people's own fields are inside, in a file apart, or not there at all.
        form: of the archive.
    """

    created_at: str
    position: str | None
    store: Literal["embedded", "elsewhere"]
    keys: Literal["inside", "apart", "none"]
    form: int = FORM

    def encoded(self) -> bytes:
        """As it stands in the archive."""
        return json.dumps(asdict(self), indent=2).encode() + b"\n"

    @classmethod
    def read(cls, path: str, content: bytes) -> Manifest:
        """Read it.

        Raises:
            BackupDamaged: it is none.
            ForeignVersion: a newer program made the archive.
        """
        found = read_object(path, content)
        form = found.get("form")
        if isinstance(form, int) and form > FORM:
            raise ForeignVersion(path, form, FORM)
        try:
            return cls(**found)
        except TypeError as error:
            raise BackupDamaged(path, f"{HEADER} is not what it should be") from error


@dataclass(frozen=True, slots=True)
class FileSum:
    """What an archive promises of one member."""

    sha256: str
    bytes: int


def read_sums(path: str, content: bytes) -> Mapping[str, FileSum]:
    """The checksums by name of the member.

    Raises:
        BackupDamaged: they cannot be read.
    """
    try:
        return {name: FileSum(**each) for name, each in read_object(path, content).items()}
    except TypeError as error:
        raise BackupDamaged(path, f"{CHECKSUMS} is not what it should be") from error


def read_object(path: str, content: bytes) -> dict[str, Any]:
    """A JSON object.

    Raises:
        BackupDamaged: it is none.
    """
    try:
        found = json.loads(content)
    except ValueError as error:
        raise BackupDamaged(path, f"it is no JSON ({error})") from error
    if not isinstance(found, dict):
        raise BackupDamaged(path, "it is no JSON object")
    return found
