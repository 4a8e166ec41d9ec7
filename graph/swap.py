"""Putting a whole new content in place of a data folder's old one, all or nothing.

The new content lies in a folder within. One file, the marker, decides: before it is there the old content stands; from
then on the new one does, and whoever owns the folder next finishes the moves, however often they are interrupted.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from graph.snapshot.files import replace_text, sync_folder, translated_os_errors

MARKER = ".swap.json"


def commit(folder: Path, stage: str, names: Sequence[str]) -> None:
    """Decide that what lies in ``stage`` is the folder's content from now on, and move it there.

    Args:
        folder: the data folder.
        stage: name of a folder within it; everything in it is durable.
        names: everything that the old or the new content may consist of; what the new one has not is removed.

    Raises:
        StoreUnavailable: the folder cannot be written.
    """
    new = [name for name in names if (folder / stage / name).exists()]
    old = [name for name in names if name not in new]
    with translated_os_errors(folder):
        replace_text(folder / MARKER, json.dumps({"stage": stage, "new": new, "old": old}) + "\n")
    finish(folder)


def is_unfinished(folder: Path) -> bool:
    """Whether a swap was decided and not finished."""
    return (folder / MARKER).exists()


def finish(folder: Path) -> None:
    """Do what is left of a swap, if there is one.

    Raises:
        StoreUnavailable: the folder cannot be written.
    """
    if not is_unfinished(folder):
        return
    with translated_os_errors(folder):
        plan = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        stage = folder / plan["stage"]
        for name in plan["old"]:
            _remove(folder / name)
        for name in plan["new"]:
            if (stage / name).exists():
                _remove(folder / name)
                (stage / name).rename(folder / name)
        sync_folder(folder)
        shutil.rmtree(stage, ignore_errors=True)
        (folder / MARKER).unlink()
        sync_folder(folder)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
