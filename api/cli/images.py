"""``tastegraph images``: what pictures look like; ``tastegraph duplicates``: which are nearly the same."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import notes, print_json, step
from api.cli.options import Data, Json
from api.settings import Settings


class Pictured(StrEnum):
    """What has pictures."""

    PRODUCT = "Product"
    POST = "Post"


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="What the pictures and videos of products and posts look like.")
    group.command("fit")(fit)
    return group


def fit(
    folder: Annotated[
        Path, typer.Option(exists=True, file_okay=False, help="Where pictures lie; nothing outside it is opened.")
    ],
    data: Data = None,
    fetch: Annotated[bool, typer.Option("--fetch", help="Also get addresses on the web, with limits.")] = False,
    private: Annotated[
        bool, typer.Option("--private", help="Also from computers that the internet does not reach.")
    ] = False,
    encoder: Annotated[
        Path | None, typer.Option(help="A network that makes vectors of pictures.", metavar="FILE.onnx")
    ] = None,
    scale: Annotated[
        str, typer.Option(help="What it was trained with: imagenet, clip, unit or symmetric.")
    ] = "imagenet",
    output: Annotated[str | None, typer.Option(help="Name of its output.", show_default="the first one")] = None,
    json_: Json = False,
) -> None:
    """Look at all pictures and videos and keep hashes, and vectors by a network of yours, for similar products.

    Products name them as image and, among their attributes, images and video; posts as images. Addresses are relative
    to --folder. What cannot be read is reported and stops nothing.
    """
    from api.images import Sight, fit_images

    sight = Sight(folder, fetch, private, encoder, scale, output)
    with step("Looking at pictures") as progress:
        kept, report = fit_images(Settings.read(data=data), sight, progress)
        progress.summary = f"{report.pictures:,} pictures of {report.addresses:,} addresses"
    if json_:
        print_json({"version": kept.version, **report.as_json()})
        return
    typer.echo(f"{kept.name} {kept.version}")
    for kind, count in report.refused.most_common():
        typer.echo(f"refused, {kind:<10} {count:>8,}")
    if report.plain:
        typer.echo(f"too plain for a hash {report.plain:>7,}")
    for example in report.examples:
        notes().print(example, markup=False)


def duplicates(
    data: Data = None,
    label: Annotated[Pictured, typer.Option(help="Whose pictures.")] = Pictured.PRODUCT,
    distance: Annotated[int, typer.Option(min=0, max=20, help="Most bits of 64 in which two hashes differ.")] = 6,
    limit: Annotated[int, typer.Option(min=1, help="Most groups that are printed.")] = 100,
    json_: Json = False,
) -> None:
    """List products, or posts, with nearly the same picture, group by group, the largest first."""
    from api.images import duplicate_groups

    groups = duplicate_groups(Settings.read(data=data), label.value, distance)
    if json_:
        print_json({"distance": distance, "found": len(groups), "groups": groups[:limit]})
        return
    for group in groups[:limit]:
        typer.echo("\t".join(group))
    notes().print(f"{len(groups):,} groups" + (f", {limit:,} printed" if len(groups) > limit else ""))
