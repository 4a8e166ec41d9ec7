"""A small town for other tests: as columns, as files, and loaded into a view."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from graph.folder import DataFolder
from graph.load import load
from graph.simulate import Town, TownSettings, simulate_town
from graph.snapshot.build import build_snapshot
from graph.snapshot.view import LiveView

PEOPLE = 400


@cache
def small_town(people: int = PEOPLE, seed: int = 1) -> Town:
    """A town in memory, made once a process: about 20,000 events at 400 people."""
    return simulate_town(TownSettings(people=people, seed=seed))


def town_folder(folder: Path, town: Town) -> DataFolder:
    """A data folder that the town has been loaded into, by way of its files."""
    data = DataFolder(folder / "data")
    load(town.write(folder / "town"), data)
    return data


def town_view(folder: Path, town: Town | None = None) -> LiveView:
    """The whole way: town, files, store, snapshot, view.

    Args:
        folder: a temporary one; it must stay while the view is used.
        town: `small_town` by default. Its rows of people and products are the view's.
    """
    data = town_folder(folder, town or small_town())
    store = data.open_store(read_only=True)
    try:
        return LiveView(build_snapshot(store, data.snapshots))
    finally:
        store.close()
