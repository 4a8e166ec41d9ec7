"""What is told of an erasure, a purge and an export: the steps that routes and commands share."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from api.errors import NothingLoaded
from api.steps import build_current
from embeddings.person import vectors_of
from graph.folder import DataFolder
from graph.log.events import format_time, milliseconds
from graph.people.erase import Erased, erase_person
from graph.people.export import export_person
from graph.people.purge import Purge, purge
from graph.progress import Progress, silent


def erase(folder: DataFolder, user_id: str, now: datetime) -> tuple[dict[str, Any], bool]:
    """Erase a person: what is told of it, and whether the store has followed; as `graph.people.erase.erase_person`.

    Raises:
        NothingLoaded: there is nothing yet.
    """
    _something(folder)
    erased = erase_person(folder, user_id, now)
    return erasure_in_words(erased, user_id), erased.waiting is None


def _something(folder: DataFolder) -> None:
    if not folder.log.exists():
        raise NothingLoaded(str(folder.path))


def erasure_in_words(erased: Erased, user_id: str) -> dict[str, Any]:
    """An erasure as `api.schemas.privacy.Erasure`."""
    return {
        "user_id": user_id,
        "erased_at": format_time(erased.erasure.at),
        "again": erased.again,
        "removed": asdict(erased.removed),
        "store": "erased" if erased.waiting is None else "waiting",
        "store_waits_because": erased.waiting,
        **purge_in_words(erased.purge),
    }


def purge_in_words(done: Purge) -> dict[str, Any]:
    """A purge as `api.schemas.privacy.Purge`."""
    return {
        "purged": {"snapshots": list(done.snapshots), "models": list(done.models)},
        "left": {
            "snapshots": list(done.left_snapshots),
            "models": list(done.left_models),
            "people": done.waiting,
            "until": None if done.until is None else format_time(done.until),
        },
    }


def purge_folder(folder: DataFolder, now: datetime, *, at_once: bool, progress: Progress = silent) -> dict[str, Any]:
    """Drop snapshots and models that hold erased people; a new snapshot replaces a current one that has to go.

    Args:
        folder: whose.
        now: the present moment.
        at_once: whether what is in use goes too before its time is up.
        progress: of the new snapshot.

    Raises:
        NothingLoaded: there is nothing yet.
        StoreLocked: another process owns the folder.
    """
    _something(folder)
    with folder.owned():
        first = purge(folder, now)
    if first.left_snapshots and (at_once or (first.until or 0) <= milliseconds(now)):
        build_current(folder, progress)
    with folder.owned():
        rest = purge(folder, now, everything=at_once)
    snapshots = (each for each in first.left_snapshots if each not in rest.left_snapshots)
    models = (each for each in first.left_models if each not in rest.left_models)
    return purge_in_words(replace(rest, snapshots=(*first.snapshots, *snapshots), models=(*first.models, *models)))


def export(folder: DataFolder, user_id: str, now: datetime) -> dict[str, Any]:
    """Everything that is held of a person, as `api.schemas.privacy.Export`.

    Raises:
        NothingLoaded: there is nothing yet.
        UnknownNode: nothing is held of anybody with that id.
    """
    _something(folder)
    held = export_person(folder, user_id, now)
    rows = {each["snapshot"]: each["row"] for each in held["snapshots"]}
    return {**held, "models": list(vectors_of(folder.models, "User", rows))}
