"""The only place that picks implementations: which store, which snapshot, which models answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from logging import getLogger
from typing import TYPE_CHECKING, Any

from api.access.keys import ApiKeys
from api.answering import Answering, Switch
from api.asking import Asker
from api.folders import neo4j_config, open_folder, uses_neo4j
from api.forgetting import Forgetting
from api.freshness import Freshness
from api.search import current_index, fit_search
from api.secret import shared_secret
from api.settings import EventSettings, Settings
from api.writing.handover import Handover
from embeddings.artefact import TrainedModel, load_model
from embeddings.errors import ModelError, ModelMissing
from embeddings.text import GlossedEncoder
from embeddings.training import Progress, silent
from graph.analytics.rules import RuleSettings
from graph.errors import ForeignVersion, StoreError
from graph.folder import DataFolder
from graph.live.overlay import Overlay, OverlaySettings
from graph.live.tail import Tail
from graph.live.view import OverlaidView
from graph.snapshot.actions import Actions
from graph.snapshot.kernels_row import PATCH
from graph.snapshot.shelf import Shelf
from graph.snapshot.view import LiveView
from graph.store.registers import NoRegisters, Registers, SqliteRegisters
from recommend.answers.paging import Pages
from recommend.pipeline import PipelineSettings, Recommender
from recommend.placements import PlacementShelf
from recommend.prepared import Prepared
from recommend.rank.fusion import WEIGHTS, WeightedFusion
from recommend.rerank.aversion import Aversion
from recommend.rerank.diversity import Diversity
from recommend.search import Searcher, SearchIndex
from recommend.served import KNOWLEDGE_MODELS
from recommend.sources import SOURCES
from recommend.sources.knowledge import PathCount

if TYPE_CHECKING:
    from graph.rdf.sparql import Sparql
    from graph.store.neo4j.connection import Neo4jServer

SERVED = ("spectral", "lightgcn")
"""Models that are trained without being named, and served; knowledge models are served too, once trained."""
LOOKED_AT = "images"
"""What pictures look like: no model that is trained, but kept as one."""
RULES = RuleSettings.name
"""What is in one basket with what; likewise."""

log = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Service:
    """What a serving process holds open.

    Attributes:
        switch: what answers now.
        folder: where it all lies.
        asker: answers questions in Cypher.
        sparql: answers questions in SPARQL.
        handover: takes events, and erases, by way of the process that owns the folder.
        event_settings: limits of what comes in.
        placements: named ways to answer, and their versions.
    """

    switch: Switch
    folder: DataFolder
    asker: Asker
    sparql: Sparql
    handover: Handover
    event_settings: EventSettings
    placements: PlacementShelf

    @property
    def view(self) -> OverlaidView:
        """The graph that answers rest on now."""
        return self.switch.now.view

    @property
    def recommender(self) -> Recommender:
        """The pipeline over it."""
        return self.switch.now.recommender

    @property
    def searcher(self) -> Searcher:
        """Finds products by words, meaning and concept."""
        return self.switch.now.searcher

    @property
    def forgetting(self) -> Forgetting:
        """Hides people who were erased since the snapshot was made."""
        return self.switch.now.forgetting

    @property
    def freshness(self) -> Freshness:
        """Whether answers are of the newest state."""
        return self.switch.now.freshness

    @property
    def tail(self) -> Tail:
        """Takes in what is appended to the log."""
        return self.switch.now.tail

    def close(self) -> None:
        """Follow the log no more."""
        self.switch.close()


def open_server(settings: Settings) -> Neo4jServer:
    """The Neo4j server that the settings name.

    Raises:
        InvalidSetting: they name none.
    """
    from graph.store.neo4j.connection import Neo4jServer

    return Neo4jServer(neo4j_config(settings.store))


@contextmanager
def neo4j_server(settings: Settings) -> Iterator[Neo4jServer]:
    """The same for as long as the block runs."""
    server = open_server(settings)
    try:
        yield server
    finally:
        server.close()


def open_asker(settings: Settings, newest_ms: int) -> Asker:
    """Who answers questions in Cypher; without a server in the settings every question is refused.

    Args:
        settings: name the server and the limits.
        newest_ms: time of the newest event in the graph.
    """
    from graph.store.neo4j.fenced import FenceLimits

    given = settings.cypher
    limits = FenceLimits(rows=given.rows, bytes=given.bytes, query_s=given.query_s)
    named = settings.store.url is not None and settings.store.password is not None
    return Asker(open_server(settings) if named else None, newest_ms, limits)


def open_sparql(settings: Settings, folder: DataFolder) -> Sparql:
    """Who answers questions in SPARQL; nothing is opened before the first one."""
    from graph.rdf.results import Limits
    from graph.rdf.sparql import Sparql  # brings rdflib

    given = settings.sparql
    limits = Limits(rows=given.rows, bytes=given.bytes, query_s=given.query_s, memory_bytes=given.memory_mib << 20)
    return Sparql(folder, limits, workers=given.workers)


def open_searcher(
    folder: DataFolder,
    prepared: Prepared,
    is_stale: Callable[[], bool] = lambda: False,
    progress: Progress = silent,
    pages: Pages | None = None,
) -> Searcher:
    """Who finds products by words; the index is made first where there is none of the view's snapshot.

    Args:
        folder: whose models hold the index.
        prepared: of the view that is searched.
        is_stale: whether newer events are, or may be, missing from the view.
        progress: told the finished part of an index that has to be made.
        pages: signs page tokens; with a new key by default.
    """
    encoder = GlossedEncoder()
    kept = current_index(folder, prepared.view.snapshot_id)
    if kept is None:
        kept = fit_search(folder, prepared, encoder, progress)
    searcher = Searcher(prepared, SearchIndex.of(kept), encoder, is_stale)
    return searcher if pages is None else replace(searcher, pages=pages)


def newest_of(folder: DataFolder) -> int:
    """Time of the newest event in the current snapshot, in milliseconds since 1970; without one, the present."""
    shelf = Shelf(folder.snapshots)
    current = shelf.current_id()
    found = (each.latest_minutes for each in shelf.history() if each.id == current)
    return end_of_minute(next(found, 0)) or round(time.time() * 1000)


def end_of_minute(minutes: int) -> int:
    """The last millisecond of a minute since 1970; 0 for none."""
    return minutes * 60_000 + 59_999 if minutes else 0


def watch(settings: Settings, folder: DataFolder, tail: Tail) -> Freshness:
    """Say whether answers are of the newest state; a store's server is asked in the background."""
    answers = open_server(settings).version if uses_neo4j(settings, folder) else None
    return Freshness(tail, answers, settings.store.watch_s)


def open_registers(settings: Settings, folder: DataFolder) -> Registers:
    """Who tells when what a snapshot holds was said: the embedded store, where snapshots are made from it."""
    if uses_neo4j(settings, folder) or not folder.store.exists():
        return NoRegisters()
    try:
        return SqliteRegisters(folder.store)
    except StoreError as error:
        log.warning("events that come late may count too much until the next snapshot: %s", error)
    return NoRegisters()


def open_keys(settings: Settings, folder: DataFolder) -> ApiKeys | None:
    """Who may ask the service; None where the settings let anybody."""
    if not settings.auth.enabled:
        return None
    given = settings.auth.admin_key
    return ApiKeys(folder.api_keys, None if given is None else given.get_secret_value())


def actions_of(settings: Settings) -> Actions:
    """What counts as interest."""
    return Actions.of(settings.recommend.actions)


def pipeline_of(settings: Settings) -> PipelineSettings:
    """How answers are made."""
    given = settings.recommend
    paths = path_count_of(settings)
    return PipelineSettings(
        sources=tuple(paths if each.name == paths.name else each for each in SOURCES),
        fusion=WeightedFusion({**WEIGHTS, **given.weights}),
        aversion=Aversion(**given.aversion.model_dump()),
        diversity=Diversity(**given.diversity.model_dump()),
        offered=given.offered,
        ranked=given.ranked,
        seen=given.seen,
        trending_half_life_days=given.trending_half_life_days,
        seed=given.seed,
    )


def path_count_of(settings: Settings) -> PathCount:
    """The source of paths, with its weights."""
    given: dict[str, Any] = dict(settings.recommend.path_weights)
    return replace(PathCount(), **given)


def open_view(folder: DataFolder) -> LiveView:
    """The current snapshot, proved.

    Raises:
        SnapshotMissing: none has been built.
    """
    return LiveView(Shelf(folder.snapshots).current())


def open_models(folder: DataFolder) -> dict[str, TrainedModel]:
    """The trained models that sources can use; a damaged one is left out with a warning."""
    models = {}
    trained = [name for name in KNOWLEDGE_MODELS if (folder.models / name).exists()]
    for name in (*SERVED, *trained, LOOKED_AT, RULES):
        try:
            models[name] = load_model(folder.models / name)
        except ModelMissing as error:
            log.info("answers do without a model: %s", error)
        except (ModelError, ForeignVersion) as error:
            log.warning("a model is not used: %s", error)
    return models


def open_service(settings: Settings, progress: Progress = silent) -> Service:
    """Open snapshot and models, compile what answers need, and take in what happened since.

    Raises:
        SnapshotMissing: none has been built.
        SnapshotDamaged: none of those that are kept can be proved.
    """
    folder = open_folder(settings)
    placements = PlacementShelf(folder.placements)
    answering = open_answering(settings, folder, placements, progress)
    asker = open_asker(settings, end_of_minute(answering.view.latest_minutes))
    given = settings.live
    switch = Switch(
        answering,
        Shelf(folder.snapshots),
        lambda: open_answering(settings, folder, placements),
        given.look_s,
        given.recount_s,
    )
    return Service(switch, folder, asker, open_sparql(settings, folder), Handover(folder), settings.events, placements)


def open_answering(
    settings: Settings, folder: DataFolder, placements: PlacementShelf, progress: Progress = silent
) -> Answering:
    """The current snapshot with all that rests on it, and with what happened since.

    Raises:
        SnapshotMissing: none has been built.
        SnapshotDamaged: none of those that are kept can be proved.
    """
    progress(0.1, "snapshot")
    snapshot = Shelf(folder.snapshots).current()
    given = settings.live
    room = OverlaySettings(patches=given.overlay_mib * (1 << 20) // PATCH.itemsize, nodes=given.new_nodes)
    overlay = Overlay(snapshot, open_registers(settings, folder), room)
    view = OverlaidView(overlay)
    progress(0.4, "models")
    models = open_models(folder)
    tail = Tail(folder, overlay, lambda changes: recommender.prepared.take(changes), given.poll_s)
    freshness = watch(settings, folder, tail)
    progress(0.6, "kernels")
    page_key = shared_secret(folder.page_key)
    recommender = Recommender(
        view, models, actions_of(settings), pipeline_of(settings), freshness.is_stale, placements.now, page_key
    )
    forgetting = Forgetting(folder.erasures, recommender)
    progress(0.8, "search")
    searcher = open_searcher(folder, recommender.prepared, freshness.is_stale, pages=recommender.pages)
    progress(0.9, "what happened since")
    tail.start()
    tail.wait_until_caught_up(given.catch_up_s)
    if overlay.event_count:
        recommender.prepared.refresh()
    return Answering(view, recommender, searcher, forgetting, tail, freshness)
