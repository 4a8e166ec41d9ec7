"""All commands, and how an error ends one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

import typer
from typer.exceptions import TyperException

from api.cli import (
    backup,
    batch,
    consume,
    cypher,
    datasets,
    deadletters,
    demo,
    evaluate,
    events,
    experiments,
    explain,
    export,
    images,
    inspect,
    keys,
    kg,
    load,
    log,
    models,
    neo4j,
    paths,
    placements,
    privacy,
    rdf,
    report,
    rules,
    search,
    serve,
    simulate,
    snapshot,
    train,
    warm,
)
from api.cli.console import tell
from api.errors import INTERRUPTED, USAGE, SystemRefused, outcome_of
from graph.errors import TastegraphError

PROGRAM = "tastegraph"

COMMANDS: tuple[Callable[..., None], ...] = (
    demo.demo,
    load.load,
    simulate.simulate,
    inspect.inspect,
    train.train,
    evaluate.evaluate,
    report.report,
    batch.batch,
    search.search,
    explain.explain,
    paths.weigh_paths,
    images.duplicates,
    warm.warm,
    serve.serve,
    rdf.sparql,
    privacy.erase,
    privacy.export_person,
    privacy.purge,
    backup.backup,
    backup.restore,
)


def build() -> typer.Typer:
    """The program with all its commands."""
    program = typer.Typer(
        name=PROGRAM,
        help="Recommendations for social commerce, out of one graph.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for command in COMMANDS:
        program.command()(command)
    program.add_typer(datasets.commands(), name="datasets")
    program.add_typer(models.commands(), name="models")
    program.add_typer(experiments.commands(), name="experiments")
    program.add_typer(rules.commands(), name="rules")
    program.add_typer(keys.commands(), name="keys")
    program.add_typer(placements.commands(), name="placements")
    program.add_typer(snapshot.commands(), name="snapshot")
    program.add_typer(events.commands(), name="events")
    program.add_typer(consume.commands(), name="consume")
    program.add_typer(deadletters.commands(), name="deadletters")
    program.add_typer(log.commands(), name="log")
    program.add_typer(neo4j.commands(), name="neo4j")
    program.add_typer(cypher.commands(), name="cypher")
    program.add_typer(rdf.commands(), name="rdf")
    program.add_typer(kg.commands(), name="kg")
    program.add_typer(export.commands(), name="export")
    program.add_typer(images.commands(), name="images")
    return program


def execute(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        code = build()(args=list(arguments) or ["--help"], prog_name=PROGRAM, standalone_mode=False)
        sys.stdout.flush()
    except TastegraphError as error:
        return _failed(error)
    except TyperException as error:
        usage = " ".join(str(error).split()).replace("Value error, ", "").rstrip(".")
        print(f"error[usage]: {usage}; {PROGRAM} --help lists the commands", file=sys.stderr)  # noqa: T201
        return USAGE
    except BrokenPipeError:  # whoever read our output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _failed(SystemRefused(str(error.filename or "the system"), error.strerror or str(error)))
    if code == INTERRUPTED:
        print("interrupted", file=sys.stderr)  # noqa: T201
    return code if isinstance(code, int) else 0


def _failed(error: TastegraphError) -> int:
    tell(error)
    return outcome_of(error).exit_code
