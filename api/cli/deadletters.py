"""``tastegraph deadletters``: messages that could not be taken."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.console import print_json, table_or_json
from api.cli.options import Data, Json
from api.settings import Settings

if TYPE_CHECKING:
    from api.consuming.letters import Letter

SHOWN = 60
"""Characters of a message in the table."""
AT_A_TIME = 1_000


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="Messages of a topic that could not be taken, with the reasons.", rich_markup_mode=None)
    group.command("list")(list_)
    group.command("retry")(retry)
    return group


def list_(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Most letters that are shown.")] = 100,
    after: Annotated[int, typer.Option(min=0, help="Only those with larger numbers.")] = 0,
    data: Data = None,
    json_: Json = False,
) -> None:
    """Show what could not be taken and why, oldest first; letters are kept for 30 days."""
    from api.consuming.letters import DeadLetters
    from api.folders import open_folder

    folder = open_folder(Settings.read(data=data))
    rows = []
    if folder.dead_letters.exists():
        with closing(DeadLetters(folder.dead_letters)) as letters:
            rows = [_shown(each, None if json_ else SHOWN) for each in letters.page(limit, after)]
    table_or_json(rows, json_, "Dead letters")


def retry(
    ids: Annotated[list[int] | None, typer.Argument(help="Their numbers, as list shows them.", metavar="ID")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    data: Data = None,
) -> None:
    """Check letters again and append those that hold now; exit code 1 says that some still do not."""
    from api.consuming.letters import DeadLetters
    from api.consuming.messages import appending
    from api.consuming.retrying import retry as again
    from api.folders import open_folder
    from api.known import refusing

    if bool(ids) == every:
        raise typer.BadParameter("name letters by their numbers, or --all", param_hint="ID")
    settings = Settings.read(data=data)
    folder = open_folder(settings)

    counts = {"taken": 0, "duplicates": 0, "refused": 0}
    if folder.dead_letters.exists():
        refused = refusing(folder, settings.events.known_only)
        with closing(DeadLetters(folder.dead_letters)) as letters, refused as refuse:
            after = 0
            while chosen := letters.page(AT_A_TIME, after) if every else letters.find(ids or ()):
                done = again(letters, chosen, appending(folder), datetime.now(UTC), refuse)
                counts = {name: counts[name] + done[name] for name in counts}
                after = chosen[-1].id
                if not every:
                    break
    print_json(counts)
    if counts["refused"]:
        raise typer.Exit(1)


def _shown(letter: Letter, longest: int | None) -> dict[str, str | int | None]:
    from graph.log.events import format_time

    value = None if letter.value is None else letter.value.decode("utf-8", "backslashreplace")
    if value is not None and longest is not None and len(value) > longest:
        value = f"{value[:longest]} …"
    return {
        "id": letter.id,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.place,
        "at": format_time(letter.at),
        "reason": letter.reason,
        "message": value,
    }
