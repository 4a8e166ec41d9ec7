"""Compiles every kernel that loading, building and serving use, on a town too small to take time."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from api.wiring import open_searcher
from graph.folder import DataFolder
from graph.load import load
from graph.progress import Progress, silent
from graph.simulate import TownSettings, simulate_town
from graph.snapshot.build import build_snapshot
from graph.snapshot.view import LiveView
from recommend.pipeline import Recommender
from recommend.search import SearchQuestion

PEOPLE = 100


def compile_kernels(progress: Progress = silent) -> None:
    """Go the whole way once in a temporary folder; the machine code is kept in the user's cache."""
    with TemporaryDirectory() as temporary:
        progress(0.0, "a small town")
        mapping = simulate_town(TownSettings(people=PEOPLE)).write(Path(temporary) / "town")
        folder = DataFolder(Path(temporary) / "data")
        progress(0.2, "loading")
        load(mapping, folder)
        store = folder.open_store(read_only=True)
        progress(0.4, "snapshot")
        try:
            view = LiveView(build_snapshot(store, folder.snapshots))
        finally:
            store.close()
        progress(0.6, "answers")
        recommender = Recommender(view, {})
        _ask_everything(recommender)
        open_searcher(folder, recommender.prepared).search(SearchQuestion("shoes", filter='title = "shoes"'))
        progress(1.0, "done")


def _ask_everything(recommender: Recommender) -> None:
    view = recommender.view
    user_id, product_id = view.id_of("User", 0), view.id_of("Product", 0)
    recommender.feed(user_id)
    recommender.people(user_id)
    recommender.similar(product_id)
    recommender.trending()
