"""``tastegraph erase``, ``export-person`` and ``purge``: one person's data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from api.cli.console import print_json, step
from api.cli.options import Data
from api.settings import Settings

User = Annotated[str, typer.Argument(help="External id of the person.", metavar="USER")]


def erase(user: User, data: Data = None) -> None:
    """Erase a person and everything that hangs on them; prints JSON: what went, and what is left until when."""
    from api import privacy
    from api.folders import open_folder

    with step("Erasing"):
        told, _ = privacy.erase(open_folder(Settings.read(data=data)), user, datetime.now(UTC))
    print_json(told)


def export_person(user: User, data: Data = None) -> None:
    """Print all that is held of a person as JSON: properties, events, edges, and what snapshots and models hold."""
    from api import privacy
    from api.folders import open_folder

    with step("Collecting"):
        held = privacy.export(open_folder(Settings.read(data=data)), user, datetime.now(UTC))
    print_json(held)


def purge(
    data: Data = None,
    now: Annotated[bool, typer.Option("--now", help="Also drop what is in use, before its time is up.")] = False,
) -> None:
    """Drop snapshots and models that hold erased people; run it daily, so that none outlives its 30 days."""
    from api import privacy
    from api.folders import open_folder

    with step("Purging") as progress:
        told = privacy.purge_folder(
            open_folder(Settings.read(data=data)), datetime.now(UTC), at_once=now, progress=progress
        )
    print_json(told)
