"""Erasing one person: out of the log, out of the store, off the screen at once, out of snapshots and models in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from logging import getLogger
from typing import Any

from graph.errors import StoreError, UnknownNode
from graph.folder import DataFolder
from graph.log.events import milliseconds, new_id
from graph.log.port import EventLog
from graph.log.project import project
from graph.people.erasures import Erasure, Erasures
from graph.people.purge import Purge, purge
from graph.people.scrub import scrub_reports

log = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Removed:
    """What was there of a person, in numbers.

    Attributes:
        events: of the log that named them.
        edges: of the store, by relationship type.
        properties: of the store.
        posts: that they published.
        rows: of reject files and reports of loads.
    """

    events: int = 0
    edges: Mapping[str, int] = field(default_factory=dict)
    properties: int = 0
    posts: int = 0
    rows: int = 0

    @property
    def was_something(self) -> bool:
        """Whether anything was there at all."""
        return bool(self.events or self.edges or self.properties or self.posts or self.rows)


@dataclass(frozen=True, slots=True)
class Erased:
    """The outcome.

    Attributes:
        erasure: who and when; the first time when there were several.
        again: whether the person had been erased before.
        removed: what went now.
        waiting: why the store has not followed yet; None when it has.
        purge: which snapshots and models went, and which still hold the person.
    """

    erasure: Erasure
    again: bool
    removed: Removed
    waiting: str | None
    purge: Purge


def erase_person(folder: DataFolder, user_id: str, now: datetime) -> Erased:
    """Remove a person and everything that hangs on them; doing it again changes nothing and finishes what was begun.

    The list of erasures comes first, so that running services forget the person whatever happens next; then the log,
    which is the truth; then the store. A store that is out of reach follows at the next projection.

    Raises:
        UnknownNode: nothing is held of anybody with that id.
        StoreLocked: another process owns the folder.
        StorageFull: no space was left; run it again.
    """
    with folder.owned():
        return erase_owned(folder, user_id, now)


def erase_owned(folder: DataFolder, user_id: str, now: datetime) -> Erased:
    """As `erase_person`, for the process that owns the folder."""
    erasures = Erasures(folder.erasures)
    with closing(folder.open_log()) as events:
        found = erasures.find(user_id)
        removed = _held(folder, events, user_id)
        if found is None and removed is None:
            raise UnknownNode("User", user_id)
        erasure = found or Erasure.of(user_id, now)
        if found is None:
            erasures.add(erasure)
        if found is None or removed is not None:
            events.append([erased_event(user_id, now)])
        events.sweep()  # files of imports that were replaced, should a process have died here before
        waiting = _follow(folder, events)
    rows = scrub_reports(folder, user_id)
    counted = removed or Removed()
    outcome = Removed(counted.events, counted.edges, counted.properties, counted.posts, rows)
    return Erased(erasure, found is not None, outcome, waiting, purge(folder, now))


def erased_event(user_id: str, now: datetime) -> dict[str, Any]:
    """The event that every projection obeys."""
    return {"event_id": new_id(now), "type": "erased", "user_id": user_id, "at": milliseconds(now)}


def _held(folder: DataFolder, events: EventLog, user_id: str) -> Removed | None:
    """What log and store hold of a person; None when it is nothing."""
    in_log = sum(each["type"] != "erased" for each in events.about(user_id))
    edges: Counter[str] = Counter()
    properties = None
    try:
        with closing(folder.open_store()) as store:
            project(events, store)
            properties = store.properties("User", user_id)
            edges.update(each.type for each in store.relations("User", user_id))
    except StoreError as error:
        log.warning("what the store holds is not counted: %s", error)
    if not in_log and properties is None:
        return None
    return Removed(in_log, dict(edges), len(properties or ()), edges["POSTED"])


def _follow(folder: DataFolder, events: EventLog) -> str | None:
    """Take the store to the log's end; why not, where it cannot be done now."""
    try:
        with closing(folder.open_store()) as store:
            project(events, store)
    except StoreError as error:
        log.warning("the store follows later: %s", error)
        return str(error)
    return None
