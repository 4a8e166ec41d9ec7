"""The form of a catalogue entry: one TOML file a data set."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from graph.load.mapping import Source, Strict


class File(Strict):
    """One file of a set, in a local folder and at its public address."""

    path: str
    """In the folder, without ``.gz``; the gzip of it will do as well."""
    sha256: str
    """Of the content, decompressed."""
    bytes: int
    """Of the content, decompressed."""
    repository: str = ""
    """owner/name on GitHub; that of the set by default."""
    commit: str = ""
    source: str = ""
    """Path in the repository; empty where nothing public has this content."""
    git_blob: str = ""
    """Where the public file holds the same rows in another form: its git checksum."""


class InteractionSource(Source):
    """A file with users and items."""

    user: str = "user"
    item: str = "item"
    value: str = ""
    unix_s: str = ""
    """Column with seconds since 1970."""
    whole_ids: bool = False


class FollowSource(Source):
    """A file with followers and followees."""

    follower: str = "user"
    followee: str = "friend"
    whole_ids: bool = False


class AttributeSource(Source):
    """A file with what is known of items; `#row` as item counts lines from 0."""

    item: str = "item"
    entity: str
    relation: str = ""
    """The same for all rows, or `relation_column`."""
    relation_column: str = ""
    split: str = ""
    prefix: str = ""
    """Put before the entity's id, where numbers of several kinds would meet."""
    entity_names: str = ""
    """A file with the name of entity ``n`` on line ``n``, counted from 0; with `item_names`."""
    item_names: str = ""
    """Likewise of items: an entity whose name an item has is that item, and gets the item's id without `prefix`."""
    whole_ids: bool = False


class Figure(Strict):
    """A published figure."""

    model: str
    metrics: dict[str, float]
    source: str = ""


class ProtocolEntry(Strict):
    """How the published figures were measured."""

    k: int
    mask: tuple[Literal["train", "validation"], ...] = ("train",)
    negatives: int = 0
    note: str = ""
    published: tuple[Figure, ...] = ()


class SplitEntry(Strict):
    """The parts of a split that others fixed."""

    train: InteractionSource
    validation: InteractionSource | None = None
    test: InteractionSource
    protocol: ProtocolEntry


class Entry(Strict):
    """One data set of the catalogue."""

    name: str
    title: str
    summary: str
    licence: str
    citation: str
    repository: str
    commit: str
    folder: str
    """Name of its folder where data sets are kept."""
    files: tuple[File, ...]
    load: dict[str, Any]
    """A mapping, in the form of `tastegraph load`."""
    interactions: InteractionSource | None = None
    """Of sets without a split."""
    split: SplitEntry | None = None
    follows: FollowSource | None = None
    attributes: tuple[AttributeSource, ...] = Field(default=())
