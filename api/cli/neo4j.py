"""``tastegraph neo4j``: what only a Neo4j server has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import notes, print_json, step
from api.cli.options import Data, Json
from api.settings import Settings

SHORTEST_PASSWORD = 8


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="Work with a Neo4j server (TASTEGRAPH_STORE__URL, …__PASSWORD say which).")
    group.command("schema")(schema)
    group.command("check")(check)
    group.command("sync")(sync)
    group.command("write-back")(write_back)
    group.command("import-files")(import_files)
    group.command("adopt")(adopt)
    group.command("replica")(replica)
    return group


def sync(data: Data = None) -> None:
    """Bring the server's graph up to the end of the event log, from where it stopped.

    Safe to interrupt: what was applied stays, and the next run goes on behind it. With the embedded engine it
    keeps a second copy of the graph on the server, for analysts.
    """
    from api.folders import open_folder, with_neo4j
    from api.steps import sync_store

    settings = Settings.read(data=data)
    with step("Bringing Neo4j up to date") as progress:
        applied = sync_store(with_neo4j(settings, open_folder(settings)), progress)
        progress.summary = f"{applied:,} events"


def schema(data: Data = None, json_: Json = False) -> None:
    """Make the constraints and indexes that are missing, vector indexes of the trained models included.

    Safe to repeat; an index whose vectors have another length now is made anew.
    """
    from api.folders import open_folder
    from api.neo4j_writeback import vector_dims
    from api.wiring import neo4j_server, open_models
    from graph.store.neo4j.schema import apply_schema

    settings = Settings.read(data=data)
    with step("Constraints and indexes") as progress, neo4j_server(settings) as server:
        made = apply_schema(server, vector_dims(open_models(open_folder(settings))), wait=True)
        progress.summary = f"{len(made)} made"
    if json_:
        print_json({"made": made})
    else:
        typer.echo("\n".join(made), nl=bool(made))


def check(data: Data = None, json_: Json = False) -> None:
    """Compare the server's constraints and indexes with what they should be; exit code 1 when they differ."""
    from api.folders import open_folder
    from api.neo4j_writeback import vector_dims
    from api.wiring import neo4j_server, open_models
    from graph.store.neo4j.schema import check_schema

    settings = Settings.read(data=data)
    with neo4j_server(settings) as server:
        report = check_schema(server, vector_dims(open_models(open_folder(settings))))
    if json_:
        print_json(report.as_json())
    else:
        typer.echo("\n".join(report.lines()))
    if not report.good:
        raise typer.Exit(1)


def write_back(
    data: Data = None,
    seed: Annotated[int, typer.Option(help="Seed of the communities; the same seed gives the same ones.")] = 0,
    json_: Json = False,
) -> None:
    """Write embeddings, PageRank and communities onto the server's nodes, with vector indexes, for analysts.

    Of the current snapshot and the trained models; what earlier ones wrote, and these do not, is removed. Safe to
    interrupt and to run again.
    """
    from api.folders import open_folder
    from api.neo4j_writeback import write_back as write
    from api.wiring import neo4j_server, open_models
    from graph.snapshot.shelf import Shelf

    settings = Settings.read(data=data)
    folder = open_folder(settings)
    snapshot = Shelf(folder.snapshots).current()
    with step("Writing onto nodes") as progress, neo4j_server(settings) as server:
        written = write(server, snapshot, open_models(folder), seed=seed, progress=progress)
        progress.summary = f"{len(written.columns)} properties"
    if json_:
        print_json(written.as_json())
    else:
        typer.echo("\n".join(f"{path}: {column['written']:,} nodes" for path, column in written.columns.items()))
    if written.absent:
        notes().print(
            f"the server lacks {written.absent:,} nodes of the snapshot; run tastegraph neo4j sync, then this again"
        )


def import_files(
    folder: Annotated[Path, typer.Argument(help="Folder for the files; must be new or empty.", metavar="DIR")],
    data: Data = None,
    compress: Annotated[bool, typer.Option(help="Write gzip: smaller, slower.")] = False,
    json_: Json = False,
) -> None:
    """Write files for `neo4j-admin database import full`, and the script that runs it.

    The way for the first hundred million relationships; the imported database stands where the log does, so that
    `tastegraph neo4j sync` goes on from there.
    """
    from api.folders import embedded_folder
    from api.steps import write_files

    with step("Writing files") as progress:
        written = write_files(embedded_folder(Settings.read(data=data)), folder, progress, compress=compress)
        progress.summary = f"{written.rows:,} rows, {written.bytes / 1e6:,.0f} MB"
    if json_:
        print_json(written.as_json())
        return
    typer.echo(written.as_json()["command"])
    notes().print(f"run it in {folder} while the server is stopped, or use {written.as_json()['script']}", markup=False)
    notes().print("then: tastegraph neo4j sync")


def adopt(
    mapping: Annotated[Path, typer.Argument(help="What their labels and relationships mean.", metavar="MAPPING.toml")],
    data: Data = None,
    json_: Json = False,
) -> None:
    """Read a graph that is already in somebody's Neo4j, by a mapping, without writing to it.

    What is read is cleaned as files are and kept in the data folder, which from then on has the embedded store.
    Adopted again, only what is new is kept.
    """
    from api.folders import embedded_folder
    from api.wiring import neo4j_server
    from graph.load.adopt import adopt as read

    settings = Settings.read(data=data)
    with neo4j_server(settings) as server, step("Adopting") as progress:
        report = read(mapping, server, embedded_folder(settings), progress=progress)
    if json_:
        print_json(report.as_json())
    else:
        typer.echo(report.text(), nl=False)
    notes().print("next: tastegraph snapshot build")


def replica(
    home: Annotated[Path, typer.Argument(help="Folder that a second Neo4j was unpacked into.", metavar="HOME")],
    data: Data = None,
    stay: Annotated[bool, typer.Option("--stay", help="Then run it in the foreground, as a container does.")] = False,
    json_: Json = False,
) -> None:
    """Bring up, or refresh, a read-only server for analysts, with the graph as it is now.

    It is stopped, filled from files, given indexes and what models and snapshot say of its nodes, and started again
    so that it can only be read. TASTEGRAPH_REPLICA__PASSWORD is the password of its user neo4j.
    """
    from api.errors import InvalidSetting
    from api.replica import refresh_replica
    from graph.store.neo4j.replica import ReplicaHome

    settings = Settings.read(data=data)
    given = settings.replica
    password = given.password.get_secret_value() if given.password else ""
    if len(password) < SHORTEST_PASSWORD:
        reason = f"choose one of at least {SHORTEST_PASSWORD} characters, as Neo4j asks; there is no default"
        raise InvalidSetting("TASTEGRAPH_REPLICA__PASSWORD", reason)
    server = ReplicaHome(home.resolve(), given.bolt_port, given.http_port, password, given.host)
    with step("Refreshing the replica") as progress:
        found = refresh_replica(settings, server, progress)
        progress.summary = f"{found['nodes']:,} nodes, {found['relationships']:,} relationships"
    if json_:
        print_json({**found, "url": server.config.url})
    else:
        typer.echo(f"{server.config.url}, Neo4j Browser http://127.0.0.1:{given.http_port}")
    if stay:
        server.stay()
