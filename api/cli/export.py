"""``tastegraph export``: the graph, or a part of it, for networkx and PyG."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import step
from api.cli.options import Data
from api.settings import Settings

Labels = Annotated[
    list[str] | None, typer.Option("--label", help="Only nodes of this label; may be repeated.", metavar="LABEL")
]
Types = Annotated[
    list[str] | None, typer.Option("--type", help="Only relationships of this type; may be repeated.", metavar="TYPE")
]
Middle = Annotated[str | None, typer.Option("--around", help="Only what is near this node.", metavar="LABEL:ID")]
Hops = Annotated[int, typer.Option(min=0, help="How many relationships away a node may be.")]
FanOut = Annotated[
    int | None, typer.Option(min=1, help="Newest relationships followed from one node.", show_default="all")
]
Ended = Annotated[bool, typer.Option("--ended", help="Also what was ended.")]


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="The graph, or a part of it, for other libraries.")
    group.command("networkx")(networkx)
    group.command("pyg")(pyg)
    return group


def networkx(
    to: Annotated[Path, typer.Argument(help="File to write: .json, .graphml or .graphml.gz.", metavar="FILE")],
    data: Data = None,
    label: Labels = None,
    type_: Types = None,
    around: Middle = None,
    hops: Hops = 2,
    fan_out: FanOut = None,
    ended: Ended = False,
    properties: Annotated[bool, typer.Option(help="With the nodes' properties.")] = True,
    most_edges: Annotated[
        int | None, typer.Option(min=1, help="Refuse to write more relationships.", show_default="5 million")
    ] = None,
) -> None:
    """Write the current snapshot as a directed multigraph that networkx, Gephi and others read."""
    from api.exports import export_networkx, picking

    settings = Settings.read(data=data)
    what = picking(settings, label or (), type_ or (), around, hops, fan_out, ended)
    with step("Writing for networkx") as progress:
        nodes, edges = export_networkx(settings, to, what, with_properties=properties, most_edges=most_edges)
        progress.summary = f"{nodes:,} nodes, {edges:,} relationships"


def pyg(
    to: Annotated[Path, typer.Argument(help="File to write, such as graph.pt.", metavar="FILE")],
    data: Data = None,
    label: Labels = None,
    type_: Types = None,
    around: Middle = None,
    hops: Hops = 2,
    fan_out: FanOut = None,
    ended: Ended = False,
    model: Annotated[
        str | None, typer.Option(help="A trained model whose vectors become x.", metavar="MODEL", show_default="none")
    ] = None,
) -> None:
    """Write the current snapshot as PyG's HeteroData; needs the extra `train`."""
    from api.exports import export_pyg, picking

    settings = Settings.read(data=data)
    what = picking(settings, label or (), type_ or (), around, hops, fan_out, ended)
    with step("Writing for PyG") as progress:
        nodes, edges = export_pyg(settings, to, what, model)
        progress.summary = f"{nodes:,} nodes, {edges:,} relationships"
