"""From a question to a slate: sources, fusion, diversity, reasons."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from embeddings.artefact import TrainedModel
from embeddings.images.fitting import NAME as IMAGES
from graph.errors import UnknownNode
from graph.snapshot.actions import Actions, codes_of
from graph.snapshot.view import LiveView
from graph.spans import span
from recommend.answers.paging import Pages, digest
from recommend.answers.slate import answer, items_of
from recommend.errors import InvalidLimit
from recommend.explain import why
from recommend.explain.path_words import Language
from recommend.explain.paths import PathFinder
from recommend.explain.products import ProductReasons
from recommend.explain.users import PeopleReasons
from recommend.prepared import Prepared
from recommend.query import NOBODY, CandidateSource, RecommendationQuery
from recommend.questions import nobody_in_particular, people_for, products_for, products_like, seed_of
from recommend.rank.fusion import Ranked, WeightedFusion
from recommend.rerank.aversion import Aversion
from recommend.rerank.diversity import Diversity
from recommend.served import looks_of, served
from recommend.sources import SOURCES

MOST_ITEMS = 100
"""Items of one answer."""
MOST_PATHS = 10
"""Paths of one explanation."""


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """How answers are made."""

    sources: tuple[CandidateSource, ...] = SOURCES
    """Candidate sources, each with its own settings."""
    fusion: WeightedFusion = field(default_factory=WeightedFusion)
    """What each source's word is worth."""
    aversion: Aversion = field(default_factory=Aversion)
    """What happens to products like those that a person turned down."""
    diversity: Diversity = field(default_factory=Diversity)
    """How many of one category or brand a page may hold."""
    offered: int = 300
    """Candidates taken from one source."""
    ranked: int = 200
    """Items of one question over all its pages."""
    seen: tuple[str, ...] = ("liked", "disliked", "carted", "shared", "bought", "returned", "rated", "reviewed")
    """Actions after which a product is not offered again to who did them."""
    trending_half_life_days: float = 14.0
    """How fast an action stops being news."""
    seed: int = 0
    """Changes every walk."""


DEFAULTS = PipelineSettings()


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of an answer is wanted, and whether it says why."""

    limit: int
    explain: bool
    page_token: str | None
    started: float
    """When the question came, on `time.perf_counter`."""

    @classmethod
    def begin(cls, limit: int, explain: bool, page_token: str | None) -> Page:
        """Start the clock.

        Raises:
            InvalidLimit: ``limit`` is not in 1–`MOST_ITEMS`.
        """
        if not 1 <= limit <= MOST_ITEMS:
            raise InvalidLimit(limit, MOST_ITEMS)
        return cls(limit, explain, page_token, time.perf_counter())


class Recommender:
    """Answers questions from one view and the models trained on it."""

    def __init__(
        self,
        view: LiveView,
        models: Mapping[str, TrainedModel],
        actions: Actions | None = None,
        settings: PipelineSettings = DEFAULTS,
        is_stale: Callable[[], bool] = lambda: False,
    ) -> None:
        """Make ready what every request needs; compiles the kernels when they are not in the cache.

        Args:
            view: the graph.
            models: trained models by name; a source whose model is not there offers nothing.
            actions: which actions count, how much, and how fast they fade.
            settings: of the pipeline.
            is_stale: whether newer events are, or may be, missing from the view; asked for every answer.
        """
        self.view = view
        self._is_stale = is_stale
        self.settings = settings
        tables = {name: each for name, model in models.items() if (each := served(model))}
        looks = looks_of(models, view)
        self.prepared = Prepared(view, actions or Actions.of(), tables, settings.trending_half_life_days, looks)
        self.prepared.warm()
        self._seen = codes_of(settings.seen)
        self._ask_once()

    def _ask_once(self) -> None:
        """Ask one question of each kind, so that the first real one waits for no compiler."""
        actors = self.view.actions.into
        for product_row in self.prepared.popular.head[:1].tolist():
            user_id = self.view.id_of("User", int(actors.neighbours(product_row)[0]))
            self.feed(user_id)
            self.people(user_id)
            self.similar(self.view.id_of("Product", product_row))

    def feed(
        self,
        user_id: str,
        limit: int = 20,
        *,
        explain: bool = True,
        paths: bool = False,
        page_token: str | None = None,
    ) -> dict[str, Any]:
        """Products for a person.

        Somebody of whom nothing is known, or who wants nothing known, gets what is trending, and
        ``cold_start`` is true. With ``paths`` the best knowledge path to each item is among its reasons.

        Raises:
            InvalidLimit: ``limit`` is not in 1–100.
            InvalidPageToken: the token is of another question, or of a snapshot that is no longer served.
        """
        page = Page.begin(limit, explain, page_token)
        query = self.query_for("Product", user_id)
        slate = self._answer("feed", user_id, ("User", "Product"), query, page)
        if explain and paths:
            finder = PathFinder(self.view, query)
            for item in slate["items"]:
                path = why.reason(finder, self.view.row_of("Product", item["id"]))
                item["reasons"] += [path] if path else []
        return slate

    def similar(
        self, product_id: str, limit: int = 20, *, explain: bool = True, page_token: str | None = None
    ) -> dict[str, Any]:
        """Products like a product.

        Raises:
            UnknownNode: nothing has that id.
            InvalidLimit: as for `feed`.
            InvalidPageToken: as for `feed`.
        """
        page = Page.begin(limit, explain, page_token)
        row = self.view.row_of("Product", product_id)
        if row < 0:
            raise UnknownNode("Product", product_id)
        query = products_like(self.prepared, row, self._seed("similar", product_id))
        return self._answer("similar", product_id, ("Product", "Product"), query, page)

    def people(
        self, user_id: str, limit: int = 20, *, explain: bool = True, page_token: str | None = None
    ) -> dict[str, Any]:
        """People whom a person might follow; the most followed ones for somebody of whom nothing is known.

        Raises:
            InvalidLimit: as for `feed`.
            InvalidPageToken: as for `feed`.
        """
        page = Page.begin(limit, explain, page_token)
        return self._answer("people", user_id, ("User", "User"), self.query_for("User", user_id), page)

    def trending(self, limit: int = 20, *, explain: bool = True, page_token: str | None = None) -> dict[str, Any]:
        """Products that people do most with at the moment.

        Raises:
            InvalidLimit: as for `feed`.
            InvalidPageToken: as for `feed`.
        """
        page = Page.begin(limit, explain, page_token)
        query = nobody_in_particular(self.prepared, self.settings.seed)
        return self._answer("trending", "", ("User", "Product"), query, page)

    def explain(self, user_id: str, product_id: str, k: int = 3, language: Language = "en") -> dict[str, Any]:
        """Why a product might be for a person: the best different paths to it, each of which can be checked.

        Nothing that the person did is used when they do not want that.

        Args:
            user_id: who asks.
            product_id: what for.
            k: most paths, 1 to 10.
            language: of the sentences.

        Raises:
            UnknownNode: nobody, or nothing, has that id.
            InvalidLimit: ``k`` is out of range.
        """
        started = time.perf_counter()
        if not 1 <= k <= MOST_PATHS:
            raise InvalidLimit(k, MOST_PATHS)
        rows = {label: self.view.row_of(label, each) for label, each in (("User", user_id), ("Product", product_id))}
        for label, row in rows.items():
            if row < 0 or self.view.is_gone(label, row):
                raise UnknownNode(label, user_id if label == "User" else product_id)
        found = PathFinder(self.view, self.query_for("Product", user_id)).best(rows["Product"], k)
        return {
            "user_id": user_id,
            "product_id": product_id,
            "paths": [why.answer(self.view, each, language) for each in found],
            "stale": self._is_stale(),
            "snapshot": self.view.snapshot_id,
            "took_ms": round((time.perf_counter() - started) * 1000, 3),
        }

    def forget(self, user_ids: Iterable[str]) -> None:
        """From now on, be as if these people had been erased before the snapshot was made."""
        self.prepared.forget(self.view.forget(user_ids))

    def query_for(self, target: str, user_id: str) -> RecommendationQuery:
        """A person's question by rows; an id that nobody has asks as nobody.

        Args:
            target: ``Product`` for a feed, ``User`` for people to follow.
            user_id: who asks.
        """
        row = self.view.row_of("User", user_id)
        if row >= 0 and self.view.is_gone("User", row):
            row = NOBODY
        if target == "User":
            return people_for(self.prepared, row, self._seed("people", user_id))
        return products_for(self.prepared, row, self._seen, self._seed("feed", user_id))

    def _seed(self, placement: str, asker: str) -> int:
        return seed_of(placement, asker, self.settings.seed)

    @cached_property
    def model(self) -> str | None:
        """Names and versions of the models that answers rest on; None without any."""
        names = [f"{each.name}@{each.version}" for each in self.prepared.models.values()]
        looks = self.prepared.looks
        return "+".join([*names, *([f"{IMAGES}@{looks.version}"] if looks is not None else [])]) or None

    @cached_property
    def _state(self) -> bytes:
        return digest(self.view.snapshot_id, self.model or "", repr(self.settings), repr(self.prepared.actions.rules))

    def _answer(
        self, placement: str, asker: str, question: tuple[str, str], query: RecommendationQuery, page: Page
    ) -> dict[str, Any]:
        pages = Pages(digest(placement, asker), self._state)
        offset = pages.offset(page.page_token)
        end = offset + page.limit
        only = ("trending", "popular") if placement == "trending" else None
        ranked = self.rank(question, query, only, end)
        shown = ranked.part(offset, end)
        reasons = self._reasons(query, shown) if page.explain else [[] for _ in shown.rows]
        cold = question[0] == "User" and placement != "trending" and not len(query.anchors) + len(query.friends)
        return answer(
            items_of(self.view, query.target, shown, reasons),
            placement=placement,
            next_page=pages.token(end) if end < len(ranked.rows) else None,
            cold_start=cold,
            stale=self._is_stale(),
            snapshot=self.view.snapshot_id,
            model=self.model,
            started=page.started,
        )

    def rank(
        self,
        question: tuple[str, str],
        query: RecommendationQuery,
        only: tuple[str, ...] | None = None,
        end: int | None = None,
    ) -> Ranked:
        """All candidates of a question in order, at most `PipelineSettings.ranked`.

        Args:
            question: what is asked from and what is wanted, as in `CandidateSource.targets`.
            query: the question by rows.
            only: names of the sources that may answer; None for all that can.
            end: places that have to be right, as `Diversity.rerank` takes it.
        """
        able = [each for each in self.settings.sources if question in each.targets and (not only or each.name in only)]
        offers = []
        for source in able:
            with span("source", {"tastegraph.source": source.name}):
                offers.append(source.candidates(self.view, query, self.settings.offered))
        with span("rank"):
            ranked = self.settings.fusion.rank(offers, query, self.settings.ranked)
            if query.target != "Product":
                return ranked
            return self.settings.diversity.rerank(self.settings.aversion.rerank(ranked, query), self.prepared, end)

    def _reasons(self, query: RecommendationQuery, shown: Ranked) -> list[list[dict[str, Any]]]:
        explainer = ProductReasons if query.target == "Product" else PeopleReasons
        with span("reasons"):
            return explainer(self.view, query).explain(shown)
