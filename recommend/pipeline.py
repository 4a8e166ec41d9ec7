"""From a question to a slate: sources, fusion, diversity, reasons."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from embeddings.artefact import TrainedModel
from embeddings.images.fitting import NAME as IMAGES
from graph.errors import UnknownNode
from graph.snapshot.actions import Actions, codes_of
from graph.snapshot.view import LiveView
from graph.spans import span
from recommend.answers.attribution import read_attribution
from recommend.answers.paging import Pages, Pinned
from recommend.answers.slate import answer, items_of
from recommend.asked import Asked, Understanding, Understood
from recommend.errors import InvalidLimit, InvalidQuestion
from recommend.explain import why
from recommend.explain.communities import CommunityReasons
from recommend.explain.path_words import Language
from recommend.explain.paths import PathFinder
from recommend.explain.products import ProductReasons
from recommend.explain.users import PeopleReasons
from recommend.placements import Placements, Promotion, shipped
from recommend.placements.placement import MOST_ITEMS, MOST_RANKED
from recommend.prepared import Prepared
from recommend.query import CandidateSource, RecommendationQuery
from recommend.questions import people_for, products_for, seed_of
from recommend.rank.fusion import Ranked, WeightedFusion
from recommend.rerank.aversion import Aversion
from recommend.rerank.diversity import Diversity
from recommend.rerank.promotions import MOST_PROMOTED, promoted, promotion_reasons
from recommend.rules import rules_of
from recommend.served import looks_of, served
from recommend.sources import SOURCES
from recommend.ways import Way, Ways, filled, still_offered

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
    """Items of one question over all its pages, where no placement says how many."""
    seen: tuple[str, ...] = ("liked", "disliked", "carted", "shared", "bought", "returned", "rated", "reviewed")
    """Actions after which a product is not offered again to who did them."""
    trending_half_life_days: float = 14.0
    """How fast an action stops being news."""
    seed: int = 0
    """Changes every walk."""


class Explainer(Protocol):
    """Says why items are there."""

    def explain(self, ranked: Ranked) -> list[list[dict[str, Any]]]:
        """The reasons of each item, never none."""


DEFAULTS = PipelineSettings()
EXPLAINERS: Mapping[str, Callable[[LiveView, RecommendationQuery], Explainer]] = {
    "Product": ProductReasons,
    "User": PeopleReasons,
    "Community": CommunityReasons,
}


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
        placements: Callable[[], Placements] = shipped,
        page_key: bytes | None = None,
    ) -> None:
        """Make ready what every request needs; compiles the kernels when they are not in the cache.

        Args:
            view: the graph.
            models: trained models by name; a source whose model is not there offers nothing.
            actions: which actions count, how much, and how fast they fade.
            settings: of the pipeline.
            is_stale: whether newer events are, or may be, missing from the view; asked for every answer.
            placements: those that are in force; asked for every answer.
            page_key: signs page tokens; processes that answer for each other share it. A new one by default.
        """
        self.view = view
        self._is_stale = is_stale
        self.settings = settings
        tables = {name: each for name, model in models.items() if (each := served(model))}
        looks, rules = looks_of(models, view), rules_of(models, view)
        self.prepared = Prepared(view, actions or Actions.of(), tables, settings.trending_half_life_days, looks, rules)
        self.prepared.warm()
        self._seen = codes_of(settings.seen)
        self._placements = placements
        self._ways = Ways(settings)
        self._understanding = Understanding(self.prepared, self._seen)
        self.pages = Pages(page_key or os.urandom(32))
        self._ask_once()

    def _ask_once(self) -> None:
        """Ask one question of each kind, so that the first real one waits for no compiler."""
        actors = self.view.actions.into
        for product_row in self.prepared.popular.head[:1].tolist():
            user_id = self.view.id_of("User", int(actors.neighbours(product_row)[0]))
            self.feed(user_id)
            self.people(user_id)
            self.similar(self.view.id_of("Product", product_row))

    def recommend(self, asked: Asked) -> dict[str, Any]:
        """The answer of a placement.

        Somebody of whom nothing is known, or who wants nothing known, gets what is popular, and ``cold_start`` is true.

        Raises:
            UnknownPlacement: no placement has that name.
            InvalidQuestion: the question does not say what the placement asks for.
            InvalidFilter: a filter cannot be read, or compares what cannot be compared.
            InvalidLimit: a page has 1 to 100 items, a slate up to 1000.
            InvalidPageToken: the token is none of ours, changed, or of another question.
            UnknownNode: nothing has the id of a product that it starts from.
        """
        way, arm = self._ways.of(self._placements(), asked.placement, asked.user_id)
        placement = way.placement
        size = placement.page_size if asked.page_size is None else asked.page_size
        page = Page.begin(size, asked.explain, asked.page_token)
        wanted = placement.num_results if asked.num_results is None else asked.num_results
        if not 1 <= wanted <= MOST_RANKED:
            raise InvalidLimit(wanted, MOST_RANKED)
        if asked.fields and placement.wants != "Product":
            raise InvalidQuestion("fields: only products show more than the usual ones")
        seed = self._seed(asked.placement, asked.user_id or ",".join((*asked.items, *asked.users)))
        meant = self._understanding.understood(placement, asked, seed)
        question = asked.digest()
        if asked.page_token is not None:
            pinned = self.pages.pinned(asked.page_token, question, self.view, placement.wants)
            pinned = replace(pinned, ranked=still_offered(pinned.ranked, meant.query))
            arm = read_attribution(pinned.attribution) or arm
        else:
            pinned = Pinned(arm.token(), 0, self._slate(way, asked, meant, wanted))
        shown, rest = pinned.ranked.part(0, page.limit), pinned.ranked.part(page.limit, len(pinned.ranked.rows))
        left = Pinned(pinned.attribution, pinned.place + len(shown.rows), rest)
        more = self.pages.token(question, self.view, placement.wants, left) if len(rest.rows) else None
        return answer(
            items_of(self.view, placement.wants, shown, self._told(way, asked, meant, shown), asked.fields),
            placement=asked.placement,
            next_page=more,
            cold_start=meant.cold,
            stale=self._is_stale(),
            snapshot=self.view.snapshot_id,
            model=self.model,
            started=page.started,
            attribution=pinned.attribution,
            experiment=arm.shown,
        )

    def feed(
        self,
        user_id: str,
        limit: int = 20,
        *,
        explain: bool = True,
        paths: bool = False,
        page_token: str | None = None,
    ) -> dict[str, Any]:
        """Products for a person, as `recommend` answers; ``paths`` adds the best knowledge path to the reasons."""
        return self.recommend(
            Asked("feed", user_id, page_size=limit, explain=explain, paths=paths, page_token=page_token)
        )

    def similar(
        self, product_id: str, limit: int = 20, *, explain: bool = True, page_token: str | None = None
    ) -> dict[str, Any]:
        """Products like a product, as `recommend` answers."""
        return self.recommend(
            Asked("similar", items=(product_id,), page_size=limit, explain=explain, page_token=page_token)
        )

    def people(
        self, user_id: str, limit: int = 20, *, explain: bool = True, page_token: str | None = None
    ) -> dict[str, Any]:
        """People whom a person might follow; the most followed ones for somebody of whom nothing is known."""
        return self.recommend(
            Asked("people-to-follow", user_id, page_size=limit, explain=explain, page_token=page_token)
        )

    def trending(self, limit: int = 20, *, explain: bool = True, page_token: str | None = None) -> dict[str, Any]:
        """Products that people do most with at the moment, as `recommend` answers."""
        return self.recommend(Asked("trending", page_size=limit, explain=explain, page_token=page_token))

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
        row = self._understanding.person(user_id)
        if target == "User":
            return people_for(self.prepared, row, self._seed("people-to-follow", user_id))
        return products_for(self.prepared, row, self._seen, self._seed("feed", user_id))

    def _seed(self, placement: str, asker: str) -> int:
        return seed_of(placement, asker, self.settings.seed)

    @cached_property
    def model(self) -> str | None:
        """Names and versions of the models that answers rest on; None without any."""
        names = [f"{each.name}@{each.version}" for each in self.prepared.models.values()]
        looks = self.prepared.looks
        return "+".join([*names, *([f"{IMAGES}@{looks.version}"] if looks is not None else [])]) or None

    def _slate(self, way: Way, asked: Asked, meant: Understood, wanted: int) -> Ranked:
        """All items of a question, in order."""
        query = meant.query
        if query.vector is not None:
            ranked = self.rank(way.placement.question, query, (query.vector_model,), limit=wanted)
        else:
            ranked = self.rank(way.placement.question, query, limit=wanted, way=way)
        if way.placement.wants != "Product":
            return ranked
        ranked = filled(ranked, query, way, wanted, self.settings.offered)
        for promotion in (*way.placement.promotions, *asked.promotions):
            ranked = promoted(ranked, promotion, self._promotable(promotion, meant, way), wanted)
        return ranked

    def _promotable(self, promotion: Promotion, meant: Understood, way: Way) -> Ranked:
        """What a promotion may show, best first: by the sources, then by what is popular, then the newest."""
        hidden = self._understanding.hidden(self.prepared.hidden_products, (promotion.filter,), meant.filtering)
        if promotion.products:
            chosen = np.ones(max(len(hidden), self.view.count("Product")), np.bool_)
            rows = self.view.rows_of("Product", list(promotion.products))
            chosen[rows[rows >= 0]] = False
            chosen[: len(hidden)] |= hidden
            hidden = chosen
        query = replace(meant.query, hidden=hidden)
        found = self.rank(way.placement.question, query, limit=MOST_PROMOTED, way=way)
        return filled(found, query, way, MOST_PROMOTED, self.settings.offered)

    def _told(self, way: Way, asked: Asked, meant: Understood, shown: Ranked) -> list[list[dict[str, Any]]]:
        level = way.placement.explain
        if not asked.explain or level == "none":
            return [[] for _ in shown.rows]
        reasons = self._reasons(meant.telling, shown)
        reasons = [promotion_reasons(names) + found for names, found in zip(shown.names(), reasons, strict=True)]
        if level == "short":
            return [[{"type": each[0]["type"], "text": each[0]["text"]}] for each in reasons]
        if asked.paths and way.placement.wants == "Product":
            finder = PathFinder(self.view, meant.telling)
            for row, each in zip(shown.rows.tolist(), reasons, strict=True):
                path = why.reason(finder, row)
                each += [path] if path else []
        return reasons

    def rank(
        self,
        question: tuple[str, str],
        query: RecommendationQuery,
        only: tuple[str, ...] | None = None,
        limit: int | None = None,
        way: Way | None = None,
    ) -> Ranked:
        """All candidates of a question in order.

        Args:
            question: what is asked from and what is wanted, as in `CandidateSource.targets`.
            query: the question by rows.
            only: names of the sources that may answer; None for all that can.
            limit: most of them; `PipelineSettings.ranked` by default.
            way: which sources a placement asks, what each is worth, how they are spaced out; the settings' by default.
        """
        way = way or self._ways.plain
        able = [each for each in way.sources if question in each.targets and (not only or each.name in only)]
        offers = []
        for source in able:
            with span("source", {"tastegraph.source": source.name}):
                offers.append(source.candidates(self.view, query, self.settings.offered))
        with span("rank"):
            ranked = way.fusion.rank(offers, query, limit or self.settings.ranked)
            if query.target != "Product":
                return ranked
            return way.diversity.rerank(self.settings.aversion.rerank(ranked, query), self.prepared)

    def _reasons(self, query: RecommendationQuery, shown: Ranked) -> list[list[dict[str, Any]]]:
        explainer = EXPLAINERS[query.target]
        with span("reasons"):
            return explainer(self.view, query).explain(shown)
