"""Letting go of snapshots and models that still hold erased people."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from logging import getLogger
from pathlib import Path

from graph.errors import ForeignVersion, SnapshotDamaged
from graph.folder import DataFolder
from graph.log.events import milliseconds
from graph.people.erasures import Erasure, Erasures
from graph.snapshot.shelf import Shelf
from graph.snapshot.snapshot import Snapshot

log = getLogger(__name__)

CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Purge:
    """What a purge did.

    Attributes:
        snapshots: ids of those that went.
        models: ``name/version`` of those that went.
        left_snapshots: ids of those that still hold an erased person: the current one.
        left_models: likewise, the ones in use before their time is up.
        waiting: how many erased people they hold.
        until: milliseconds since 1970: when the first of them has to be gone; None when nothing is left.
    """

    snapshots: tuple[str, ...]
    models: tuple[str, ...]
    left_snapshots: tuple[str, ...]
    left_models: tuple[str, ...]
    waiting: int
    until: int | None


@dataclass(frozen=True, slots=True)
class Held:
    """A snapshot or model that holds something of erased people."""

    name: str
    place: Path
    current: bool
    people: tuple[Erasure, ...]

    @property
    def keys(self) -> set[str]:
        """The people, as hashes."""
        return {each.key for each in self.people}

    @property
    def due(self) -> int:
        """Milliseconds since 1970 until when it has to be gone."""
        return min(each.purge_by for each in self.people)

    def drop(self) -> None:
        """Remove it, and the pointer to a model that is in use."""
        if self.current:
            (self.place.parent / CURRENT).unlink(missing_ok=True)
        shutil.rmtree(self.place)
        log.info("dropped %s, which held erased people", self.place)


def purge(folder: DataFolder, now: datetime, *, everything: bool = False) -> Purge:
    """Drop what holds erased people: at once what is not in use, and a model in use when its time is up.

    The current snapshot stays, else there would be nothing to answer from: build a new one, and it goes.
    To be called by the process that owns the folder.

    Args:
        folder: whose snapshots and models.
        now: the present moment.
        everything: drop models in use whatever the time.
    """
    erasures = Erasures(folder.erasures)
    waiting = erasures.waiting()
    if not waiting:
        return Purge((), (), (), (), 0, None)
    shutil.rmtree(folder.rdf, ignore_errors=True)  # made anew by `tastegraph rdf build`
    shutil.rmtree(folder.search, ignore_errors=True)  # what people wrote is in it; made anew when it is needed
    snapshots = list(_snapshots(folder, waiting))
    holding = {key: {each.name for each in snapshots if key in each.keys} for key in (one.key for one in waiting)}
    models = list(_models(folder, waiting, holding))
    limit = milliseconds(now)
    gone = [each for each in snapshots if not each.current]
    gone += [each for each in models if everything or not each.current or each.due <= limit]
    for each in gone:
        each.drop()
    left = [each for each in (*snapshots, *models) if each not in gone]
    still = set().union(*(each.keys for each in left))
    erasures.write(each if each.key in still else each.done() for each in erasures.all())
    return Purge(
        tuple(each.name for each in snapshots if each in gone),
        tuple(each.name for each in models if each in gone),
        tuple(each.name for each in snapshots if each in left),
        tuple(each.name for each in models if each in left),
        len(still),
        min((each.due for each in left), default=None),
    )


def _snapshots(folder: DataFolder, erasures: Sequence[Erasure]) -> Iterator[Held]:
    current = Shelf(folder.snapshots).current_id()
    for place in sorted(folder.snapshots.glob("*/")):
        if held := tuple(each for each in erasures if _holds(place, each)):
            yield Held(place.name, place, place.name == current, held)


def _holds(place: Path, erasure: Erasure) -> bool:
    """Whether the person is in a snapshot; one that cannot be read, or is not finished, may hold anybody."""
    try:
        people = Snapshot.open(place, verify=False).vocabularies.get("User")
    except (SnapshotDamaged, ForeignVersion):
        return True
    assert erasure.user_id is not None
    return people is not None and people.row(erasure.user_id) >= 0


def _models(folder: DataFolder, erasures: Sequence[Erasure], holding: Mapping[str, set[str]]) -> Iterator[Held]:
    """Versions that were trained before an erasure, or on a snapshot that still holds the person."""
    for manifest in sorted(folder.models.glob("*/*/manifest.json")):
        home = manifest.parent
        made_at, snapshot_id = _origin(manifest)
        if held := tuple(each for each in erasures if snapshot_id in holding.get(each.key, ()) or made_at <= each.at):
            yield Held(f"{home.parent.name}/{home.name}", home, _text(home.parent / CURRENT) == home.name, held)


def _origin(manifest: Path) -> tuple[int, str | None]:
    """When a model was made and of which snapshot; one that cannot be read is as old as can be."""
    try:
        content = json.loads(manifest.read_bytes())
        return milliseconds(datetime.fromisoformat(content["created_at"])), content["snapshot_id"]
    except (OSError, ValueError, KeyError, TypeError):
        return 0, None


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
