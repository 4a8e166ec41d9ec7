"""From a question in words to products, each with what found it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.text import TextEncoder, language_of, telling
from graph.snapshot.actions import CODE_COUNT
from graph.snapshot.view import LiveView
from recommend.answers.attribution import Attribution
from recommend.answers.paging import Pages, Pinned, digest
from recommend.answers.slate import answer, items_of
from recommend.errors import InvalidQuestion
from recommend.explain.path_words import Language
from recommend.filters import Columns, FilterContext, mask_of, read_filter
from recommend.pipeline import Page
from recommend.prepared import Prepared
from recommend.query import NO_ROWS, NO_SCORES, NOBODY, Candidates, RecommendationQuery
from recommend.questions import products_for
from recommend.rank.fusion import Ranked, WeightedFusion
from recommend.search import sentences
from recommend.search.concepts import Concepts, Reached, best_of
from recommend.search.index import NAME, SearchIndex
from recommend.search.side import Newcomers, Side
from recommend.ways import still_offered

WORDS, MEANING, CONCEPT = "words", "meaning", "concept"
NEAR = 0.25
"""Cosine from which on two texts mean something alike: 98 of 100 pairs of different products' names lie below."""
OFFERED = 300
"""Products taken from each way of finding them."""
RANKED = 200
"""Products of one question over all its pages."""
NO_ACTIONS: NDArray[np.bool_] = np.zeros(CODE_COUNT, np.bool_)


@dataclass(frozen=True, slots=True)
class SearchQuestion:
    """What is looked for; words, or a concept, or both.

    Attributes:
        text: words, in any language.
        concept: label and id of a category, brand, tag or entity: only its products are found.
        filter: in the grammar of `recommend.filters`.
        language: BCP 47 tag: only products whose texts are in that language.
        user_id: who asks; for filters that speak of ``user`` or ``event``.
        product_id: of the page; for filters that speak of ``current``.
        filter_values: what ``$name`` stands for in the filter.
    """

    text: str = ""
    concept: tuple[str, str] | None = None
    filter: str | None = None
    language: str | None = None
    user_id: str | None = None
    product_id: str | None = None
    filter_values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found, and what is needed to say why."""

    ranked: Ranked
    text: str
    concepts: Concepts
    side: Side
    closeness: dict[int, float]
    query: RecommendationQuery
    reached: Sequence[Reached]


@dataclass(frozen=True)
class Searcher:
    """Answers from one view and its index. Safe to ask from several threads.

    Attributes:
        prepared: what was made ready for the view.
        index: of the same snapshot.
        encoder: that made the index's vectors.
        is_stale: whether newer events are, or may be, missing from the view.
        fusion: what each way of finding is worth.
        pages: signs page tokens.
    """

    prepared: Prepared
    index: SearchIndex
    encoder: TextEncoder
    is_stale: Callable[[], bool] = lambda: False
    fusion: WeightedFusion = field(default_factory=lambda: WeightedFusion({WORDS: 1.0, MEANING: 0.8, CONCEPT: 0.6}))
    pages: Pages = field(default_factory=lambda: Pages(os.urandom(32)))

    @property
    def view(self) -> LiveView:
        """The graph."""
        return self.prepared.view

    @cached_property
    def _newcomers(self) -> Newcomers:
        return Newcomers(self.view, self.index, self.encoder)

    def search(
        self,
        question: SearchQuestion,
        limit: int = 20,
        *,
        explain: bool = True,
        page_token: str | None = None,
        fields: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Products that fit a question, best first, each with what found it, and with ``fields`` of one's choice.

        Raises:
            InvalidQuestion: there are neither words nor a concept.
            InvalidFilter: the filter cannot be read, or compares what cannot be compared.
            UnknownNode: no concept has that id.
            InvalidLimit: ``limit`` is not in 1–100.
            InvalidPageToken: the token is none of ours, changed, or of another question.
        """
        page = Page.begin(limit, explain, page_token)
        text = " ".join(question.text.split())
        if not text and question.concept is None:
            raise InvalidQuestion("the search has neither text nor a concept; say what to look for")
        asked = digest("search", repr(question))
        found = self._found(replace(question, text=text))
        language = language_of(text)
        pinned = Pinned(Attribution("search").token(), 0, found.ranked)
        if page_token is not None:
            pinned = self.pages.pinned(page_token, asked, self.view, "Product")
            pinned = replace(pinned, ranked=still_offered(pinned.ranked, found.query))
        shown, rest = pinned.ranked.part(0, limit), pinned.ranked.part(limit, len(pinned.ranked.rows))
        left = Pinned(pinned.attribution, pinned.place + len(shown.rows), rest)
        spoken: Language = "zh" if language == "zh" else "en"
        places = range(len(shown.rows))
        reasons = [self._reasons(found, place, shown, spoken) if explain else [] for place in places]
        items = items_of(self.view, "Product", shown, reasons, fields)
        for item, row in zip(items, shown.rows.tolist(), strict=True):
            if told := self._language(row, found.side):
                item["fields"]["language"] = told
        return answer(
            items,
            placement="search",
            next_page=self.pages.token(asked, self.view, "Product", left) if len(rest.rows) else None,
            stale=self.is_stale(),
            snapshot=self.view.snapshot_id,
            model=f"{NAME}@{self.index.version}",
            started=page.started,
            attribution=pinned.attribution,
        ) | {"language": language}

    def _found(self, question: SearchQuestion) -> _Found:
        query, columns = self._query(question), self.prepared.columns
        concepts, side = Concepts(columns, self.index), self._newcomers.side(columns)
        asked = [] if question.concept is None else [concepts.reached(concepts.asked(*question.concept))]
        allowed = self._allowed(question, query, columns, side, asked)
        query = replace(query, hidden=~allowed)
        named = self.index.names.named_in(question.text)
        reached = [*asked, *(concepts.reached(each) for each in named)]
        near = self._near(question.text, allowed, side)
        offers = [
            self._with_words(question.text, allowed, side),
            near,
            concepts.candidates(reached, query, allowed, OFFERED),
        ]
        ranked = self.fusion.rank(offers, query, RANKED)
        closeness = dict(zip(near.rows.tolist(), near.scores.tolist(), strict=True))
        return _Found(ranked, question.text, concepts, side, closeness, query, reached)

    def _with_words(self, text: str, allowed: NDArray[np.bool_], side: Side) -> Candidates:
        scores = np.zeros(len(allowed), np.float32)
        for words, first in ((self.index.words, 0), (side.words, side.first)):
            part = words.scores(words.terms(text).values())[: max(0, len(allowed) - first)]
            scores[first : first + len(part)] = part
        scores[~allowed] = 0
        return best_of(scores, OFFERED, WORDS)

    def _query(self, question: SearchQuestion) -> RecommendationQuery:
        row = NOBODY if question.user_id is None else self.view.row_of("User", question.user_id)
        if row >= 0 and self.view.is_gone("User", row):
            row = NOBODY
        query = products_for(self.prepared, row, NO_ACTIONS, 0)
        return replace(query, user_row=row, known=NO_ROWS)

    def _allowed(
        self,
        question: SearchQuestion,
        query: RecommendationQuery,
        columns: Columns,
        side: Side,
        asked: Sequence[Reached],
    ) -> NDArray[np.bool_]:
        """``(n,)`` products that may be found at all."""
        allowed = ~self.prepared.hidden_products[: columns.count]
        if question.filter is not None:
            page = NOBODY if question.product_id is None else self.view.row_of("Product", question.product_id)
            context = FilterContext(columns, query.now_minutes, query.user_row, page, question.filter_values)
            allowed &= mask_of(read_filter(question.filter), context)
        if question.language is not None:
            allowed &= self._spoken(question.language.lower(), len(allowed), side)
        for each in asked:
            inside = np.zeros(len(allowed), np.bool_)
            inside[each.rows] = True
            allowed &= inside
        return allowed

    def _spoken(self, language: str, count: int, side: Side) -> NDArray[np.bool_]:
        codes = [code for code, each in enumerate(self.index.languages) if each == language]
        spoken = np.zeros(count, np.bool_)
        spoken[: side.first] = np.isin(self.index.language, codes)[:count]
        told = np.array([each == language for each in side.languages], np.bool_)[: count - side.first]
        spoken[side.first : side.first + len(told)] = told
        return spoken

    def _language(self, row: int, side: Side) -> str:
        if row < side.first:
            return str(self.index.languages[self.index.language[row]])
        return side.languages[row - side.first] if row < side.end else ""

    def _near(self, text: str, allowed: NDArray[np.bool_], side: Side) -> Candidates:
        vector = self.encoder.encode([" ".join(telling(text))])[0]
        if not vector.any():
            return Candidates.none(MEANING)
        rows, scores = NO_ROWS, NO_SCORES
        if len(self.index.meaning.products):
            rows, scores = self.index.meaning.nearest(vector, ~allowed[: side.first], NO_ROWS, OFFERED)
        new = np.flatnonzero(allowed[side.first : side.end]).astype(np.int32)
        rows = np.concatenate([rows, new + np.int32(side.first)])
        scores = np.concatenate([scores, side.vectors[new] @ vector])
        near = scores >= NEAR
        order = np.lexsort((rows[near], -scores[near]))[:OFFERED]
        return Candidates.without_cause(rows[near][order], scores[near][order], MEANING)

    def _reasons(self, found: _Found, place: int, shown: Ranked, language: Language) -> list[dict[str, Any]]:
        row, sources = int(shown.rows[place]), shown.names_at(place)
        reasons: list[dict[str, Any]] = []
        if WORDS in sources:
            new = row >= found.side.first
            index, at = (found.side.words, row - found.side.first) if new else (self.index.words, row)
            words = [word for word, term in index.terms(found.text).items() if index.holds(term, at)]
            reasons.append({"type": WORDS, "words": words, "text": sentences.has_words(words, language)})
        if CONCEPT in sources:
            reasons += [
                self._belongs(found.concepts, each, row, language) for each in found.reached if row in each.rows
            ]
        if MEANING in sources and row in found.closeness:
            closeness = round(found.closeness[row], 4)
            reasons.append({"type": MEANING, "closeness": closeness, "text": sentences.is_near(found.text, language)})
        return reasons

    def _belongs(self, concepts: Concepts, reached: Reached, row: int, language: Language) -> dict[str, Any]:
        label = reached.concept.label
        path = concepts.path(reached, row)
        asked = concepts.named(label, reached.concept.row)
        called = [self._called(label, each["to"]) for each in path] if label == "Category" else [_name(asked)]
        text = sentences.belongs(label, called if len(called) == 1 else [called[0], called[-1]], language)
        if label == "Brand" and path[0]["to"] != asked["id"]:
            brand = self.view.row_of("Brand", path[0]["to"])
            how = reached.kin[brand].how
            text = sentences.is_kin(self._called("Brand", path[0]["to"]), _name(asked), how, language)
        return {"type": CONCEPT, "concept": asked, "path": path, "text": text}

    def _called(self, label: str, node_id: str) -> str:
        return self.view.text(label, "name", self.view.row_of(label, node_id)) or node_id


def _name(concept: dict[str, Any]) -> str:
    return str(concept.get("name", concept["id"]))
