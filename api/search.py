"""The index that search looks into: made from the snapshot and from what people wrote about products."""

from __future__ import annotations

from collections.abc import Iterator
from logging import getLogger

from api.steps import reading_store
from embeddings.artefact import TrainedModel, load_model
from embeddings.errors import ModelError
from embeddings.text import TextEncoder
from embeddings.training import Progress, settings_of, silent
from graph.errors import ForeignVersion
from graph.folder import DataFolder
from graph.snapshot.view import LiveView
from graph.store.port import GraphStore
from recommend.prepared import Prepared
from recommend.search.index import Search, fit_index

WRITTEN = (("User", "REVIEWED", "Product"), ("User", "RATED", "Product"))
"""Edges that may carry what somebody wrote."""
MOST_WRITTEN = 4000
"""Characters of what people wrote about one product that are read."""

log = getLogger(__name__)


def current_index(folder: DataFolder, snapshot_id: str) -> TrainedModel | None:
    """The index of that snapshot; None where there is none, or it is damaged."""
    try:
        kept = load_model(folder.search)
    except (ModelError, ForeignVersion) as error:
        log.info("search needs a new index: %s", error)
        return None
    return kept if kept.snapshot_id == snapshot_id and dict(kept.settings) == settings_of(Search()) else None


def fit_search(
    folder: DataFolder, prepared: Prepared, encoder: TextEncoder, progress: Progress = silent
) -> TrainedModel:
    """Make and keep the index of a view's products.

    Raises:
        NothingLoaded: there is no store that the view came from.
        StorageFull: the disk took no more.
        StoreUnavailable: the folder cannot be written.
    """
    with reading_store(folder) as store:
        reviews = written(store, prepared)
    return fit_index(folder.models, prepared.view, reviews, encoder, progress)


def written(store: GraphStore, prepared: Prepared) -> dict[int, list[str]]:
    """What people wrote about products, by product row; nothing of those whom nobody may see."""
    found: dict[int, list[str]] = {}
    room: dict[int, int] = {}
    for product, text in _texts(store, prepared.view, prepared):
        left = room.get(product, MOST_WRITTEN)
        if left > 0:
            found.setdefault(product, []).append(text[:left])
            room[product] = left - len(text)
    return found


def _texts(store: GraphStore, view: LiveView, prepared: Prepared) -> Iterator[tuple[int, str]]:
    people, products = view.count("User"), view.count("Product")
    silent_people = prepared.silent_people
    for key in WRITTEN:
        for records in store.records(key):
            texts = records.columns.get("text", ())
            for who, product, text in zip(records.source, records.target, texts, strict=False):
                if text and who < people and product < products and not silent_people[who]:
                    yield product, text
