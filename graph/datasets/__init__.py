"""Public data sets that can be loaded and evaluated by name."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

from graph.datasets.dataset import Dataset
from graph.datasets.entry import Entry
from graph.datasets.places import Places, default_places
from graph.datasets.split import Pairs, Protocol, Published, Split, Table, Triples
from graph.errors import UnknownDataset

__all__ = [
    "Dataset",
    "Pairs",
    "Places",
    "Protocol",
    "Published",
    "Split",
    "Table",
    "Triples",
    "dataset",
    "datasets",
    "default_places",
]


@cache
def _entries() -> tuple[tuple[Entry, Path], ...]:
    folder = Path(str(files("graph.datasets").joinpath("catalogue")))
    paths = sorted(folder.glob("*.toml"), key=lambda path: path.stem)
    return tuple((Entry.model_validate(tomllib.loads(path.read_text("utf-8"))), path) for path in paths)


def datasets(places: Places | None = None) -> tuple[Dataset, ...]:
    """Every data set of the catalogue, by name."""
    return tuple(Dataset(entry, path, places) for entry, path in _entries())


def dataset(name: str, places: Places | None = None) -> Dataset:
    """One data set by its name.

    Raises:
        UnknownDataset: the catalogue has none of that name.
    """
    for each in datasets(places):
        if each.name == name:
            return each
    raise UnknownDataset(name, [each.name for each in datasets()])
