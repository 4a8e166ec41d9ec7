"""Builds a snapshot for the process that owns the folder and waits: ``python -m api.writing.building FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from api.folders import open_folder
from api.settings import Settings
from api.steps import build_owned
from graph.errors import TastegraphError

if __name__ == "__main__":
    try:
        built = build_owned(open_folder(Settings.read(data=Path(sys.argv[1]))))
    except TastegraphError as error:
        sys.exit(f"{error.code}: {error}")
    sys.stdout.write(built.id + "\n")
