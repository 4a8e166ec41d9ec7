"""What commands worked out and routes give out: read once, and again when a command has worked it out anew."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from embeddings.artefact import TrainedModel, load_model
from embeddings.errors import ModelMissing, NotFitted

CURRENT = "current"


def kept(folder: Path, what: str, command: str) -> TrainedModel:
    """The version in use of what lies in a folder; a file is proved when it is first read.

    Args:
        folder: of its versions.
        what: it is, as an error says it.
        command: makes it.

    Raises:
        NotFitted: it has not been made.
        ModelDamaged: a file differs from its checksum.
    """
    try:
        return read(folder, (folder / CURRENT).read_text(encoding="utf-8").strip())
    except (FileNotFoundError, ModelMissing) as error:
        raise NotFitted(what, command) from error


@lru_cache(maxsize=16)
def read(folder: Path, version: str) -> TrainedModel:
    """One version; proved and opened once."""
    return load_model(folder, version)
