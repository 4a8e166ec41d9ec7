"""When a new snapshot is due, and a process that builds one.

``python -m api.writing.building FOLDER`` is started by the process that owns the folder, which waits for it.
"""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from api.folders import open_folder
from api.settings import EventSettings, Settings
from api.steps import build_owned
from graph.errors import SnapshotError, StoreError, TastegraphError
from graph.folder import DataFolder
from graph.snapshot.shelf import Shelf


def is_due(folder: DataFolder, given: EventSettings) -> bool:
    """Whether events that the newest snapshot lacks are too many or too old."""
    try:
        shelf = Shelf(folder.snapshots)
        current = shelf.manifest()
        if shelf.history()[0].id != current.id:
            return False  # somebody went back to it: a new one would undo that
        with closing(folder.open_log(read_only=True)) as events:
            behind = events.behind(current.position)
    except (SnapshotError, StoreError):
        return False
    age_minutes = (datetime.now(UTC) - datetime.fromisoformat(current.created_at)).total_seconds() / 60
    many = given.rebuild_events and behind >= given.rebuild_events
    old = given.rebuild_minutes and behind and age_minutes >= given.rebuild_minutes
    return bool(many or old)


if __name__ == "__main__":
    try:
        built = build_owned(open_folder(Settings.read(data=Path(sys.argv[1]))))
    except TastegraphError as error:
        sys.exit(f"{error.code}: {error}")
    sys.stdout.write(built.id + "\n")
