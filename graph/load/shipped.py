"""Mappings that come with the program, for exports of other recommenders."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from graph.errors import InvalidValue
from graph.load.mapping import Mapping, read_mapping


def shipped_mappings() -> dict[str, Path]:
    """Their files by name."""
    folder = Path(str(files("graph.load").joinpath("mappings")))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def shipped_mapping(name: str, folder: Path) -> Mapping:
    """A shipped mapping on the files of a folder.

    Raises:
        InvalidValue: there is none of that name.
        InvalidMapping: the folder lacks a file that it names.
    """
    known = shipped_mappings()
    if name not in known:
        raise InvalidValue("mapping", f"{name!r} is not shipped; known: {', '.join(known)}")
    return read_mapping(known[name], folder)
