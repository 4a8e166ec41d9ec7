"""``tastegraph backup`` and ``restore``: a whole data folder in one file."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import print_json, step
from api.cli.options import Data
from api.settings import Settings


def backup(
    file: Annotated[Path, typer.Argument(help="The archive to write; replaced when it is there.", metavar="FILE")],
    data: Data = None,
    keys: Annotated[
        Path | None,
        typer.Option(help="Put the keys of people's own fields into this file instead of the archive.", metavar="FILE"),
    ] = None,
) -> None:
    """Write the whole data folder into one archive, prove it, and print what is in it as JSON."""
    from api.errors import NothingLoaded
    from api.folders import open_folder
    from graph.backup.make import make_backup

    folder = open_folder(Settings.read(data=data))
    if not folder.log.exists():
        raise NothingLoaded(str(folder.path))
    with step("Backing up") as progress:
        manifest = make_backup(folder, file, datetime.now(UTC), keys_apart=keys, progress=progress)
    print_json({"file": str(file), "bytes": file.stat().st_size, **asdict(manifest)})


def restore(
    file: Annotated[Path, typer.Argument(help="An archive that `backup` wrote.", metavar="FILE", exists=True)],
    data: Data = None,
    keys: Annotated[
        Path | None,
        typer.Option(help="The file of keys, where the archive was made without.", metavar="FILE", exists=True),
    ] = None,
    erasures: Annotated[
        Path | None,
        typer.Option(
            help="A copy of erasures.jsonl that is newer than the archive, where the data folder itself is lost.",
            metavar="FILE",
            exists=True,
        ),
    ] = None,
    replace: Annotated[bool, typer.Option(help="Replace data that are there already.")] = False,
) -> None:
    """Put an archive in place of the data folder, whole or not at all, but for people erased since it was made."""
    from api.folders import open_folder
    from graph.backup.restore import Source, restore_backup

    folder = open_folder(Settings.read(data=data))
    with step("Restoring") as progress:
        restored = restore_backup(
            Source(file, keys, erasures), folder, datetime.now(UTC), replace_data=replace, progress=progress
        )
    next_steps = [] if restored.manifest.store == "embedded" else ["empty the server", "tastegraph neo4j sync"]
    print_json({**asdict(restored.manifest), "erased_again": restored.erased, "next": next_steps})
