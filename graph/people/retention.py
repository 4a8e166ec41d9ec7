"""How long impressions, their outcomes and searches are kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from graph.backup.manifest import Manifest
from graph.folder import DataFolder
from graph.log.events import milliseconds
from graph.log.port import EventLog

FEWEST_DAYS = 31
"""Fewer cannot be asked for: an event's id is known again as long."""


def trim_old(folder: DataFolder, log: EventLog, now: datetime, days: int) -> int:
    """Let go of events that no store is made of once they are old and a proved backup holds them; how many.

    Args:
        folder: of the log; its newest backup says how far.
        log: open for writing.
        now: the present moment.
        days: that events are kept, at least `FEWEST_DAYS`.

    Raises:
        ForeignLog: the newest backup is of another log.
        StorageFull: no space was left for it; nothing is gone.
    """
    try:
        newest = Manifest.read(str(folder.backed_up), folder.backed_up.read_bytes())
    except FileNotFoundError:
        return 0
    if newest.position is None:
        return 0
    return log.trim(newest.position, milliseconds(now - timedelta(days=max(days, FEWEST_DAYS))))
