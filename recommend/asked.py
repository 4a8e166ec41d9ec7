"""A question to a placement in the words of who asks, and what it means by rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import UnknownNode
from graph.snapshot.actions import codes_of
from graph.snapshot.view import LiveView
from recommend.answers.paging import digest
from recommend.errors import InvalidQuestion
from recommend.explain.people import for_followers_only
from recommend.filters import FilterContext, depends_on_asker, mask_of, read_filter
from recommend.placements import Placement, Promotion
from recommend.prepared import Prepared
from recommend.query import NO_ROWS, NO_SCORES, NOBODY, Floats, RecommendationQuery, Rows
from recommend.questions import (
    acted_on,
    barred_of,
    communities_for,
    followed_by,
    nobody_in_particular,
    people_for,
    products_for,
    products_like,
)

OF_EACH = 20
"""Newest products of each person of a group that sources start from."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Context:
    """Where and when a question is asked.

    Attributes:
        session: id of the visit.
        device: such as ``phone``.
        minutes: since 1970: the moment of the question, which ages and ``now()`` are counted from; None for that of the
            newest event.
        place: a market: what is not available there is not offered.
    """

    session: str | None = None
    device: str | None = None
    minutes: int | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to a placement.

    Attributes:
        placement: its name.
        user_id: who asks; somebody unknown asks as nobody.
        items: products that it starts from: the page's, or a basket.
        users: people for whom it is asked, where that is not who asks: a group, or who gets a gift.
        vector: what is looked for, in the space of a trained model with so many dimensions.
        positive: products to start from as if the person had chosen them just now.
        negative: products that are not wanted, nor what is like them.
        filter: only products that pass.
        filter_values: what ``$name`` stands for in the filters of question and placement.
        promotions: beside those of the placement.
        context: where and when.
        fields: properties that the items show beside the usual ones.
        num_results: items over all pages; the placement's by default.
        page_size: items of a page; the placement's by default.
        explain: False leaves out all reasons.
        paths: whether the best knowledge path to each item is among its reasons.
        page_token: of the page before.
    """

    placement: str = "feed"
    user_id: str | None = None
    items: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    vector: tuple[float, ...] = ()
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    filter: str | None = None
    filter_values: Mapping[str, Any] = field(default_factory=dict)
    promotions: tuple[Promotion, ...] = ()
    context: Context = Context()
    fields: tuple[str, ...] = ()
    num_results: int | None = None
    page_size: int | None = None
    explain: bool = True
    paths: bool = False
    page_token: str | None = None

    def digest(self) -> bytes:
        """Stands for all that decides which items there are, and in which order."""
        told = (self.items, self.users, self.vector, self.positive, self.negative, self.promotions, self.num_results)
        wide = (self.filter, sorted(self.filter_values.items()), self.context)
        return digest(self.placement, self.user_id or "", repr((told, wide)) if any(told) or any(wide[:2]) else "")


@dataclass(frozen=True, slots=True)
class Understood:
    """A question by rows.

    Attributes:
        query: what sources are asked.
        telling: what reasons may speak of: the same, but for what is nobody's business.
        filtering: who filters, when, on which page.
        cold: nothing is known of who asks.
    """

    query: RecommendationQuery
    telling: RecommendationQuery
    filtering: FilterContext
    cold: bool


class Understanding:
    """Turns questions into rows.

    Args:
        prepared: of the view that they are asked of.
        seen: ``(64,)`` by code: actions after which a product is not offered again.
    """

    def __init__(self, prepared: Prepared, seen: Mask) -> None:
        self._prepared = prepared
        self._seen = seen

    @property
    def _view(self) -> LiveView:
        return self._prepared.view

    def understood(self, placement: Placement, asked: Asked, seed: int) -> Understood:
        """What a question means.

        Args:
            placement: that it is asked of.
            asked: the question.
            seed: of its walks.

        Raises:
            InvalidQuestion: it does not say what the placement asks for, or what it cannot use.
            InvalidFilter: a filter cannot be read, or compares what cannot be compared.
            UnknownNode: nothing has the id of a product that it starts from.
        """
        seen = self._seen if placement.leave_out is None else codes_of(placement.leave_out)
        asker = self.person(asked.user_id)
        query = self._begun(placement, asked, asker, seen, seed)
        quiet = bool(asked.users)
        query = self._wished(query, asked)
        page = query.product_row
        if placement.start:
            query = self._from_newest(query, placement.start)
        if asked.context.minutes is not None:
            query = replace(query, now_minutes=asked.context.minutes)
        filtering = FilterContext(
            self._prepared.columns, query.now_minutes, asker, query.product_row, asked.filter_values
        )
        if placement.wants == "Product":
            query = replace(query, hidden=self.hidden(query.hidden, (placement.filter, asked.filter), filtering, asked))
        telling = replace(query, user_row=NOBODY, anchors=NO_ROWS, friends=NO_ROWS) if quiet else query
        cold = placement.asks in ("person", "recipient") and page == NOBODY and query.vector is None
        return Understood(query, telling, filtering, cold and not len(query.anchors) + len(query.friends))

    def person(self, user_id: str | None) -> int:
        """The row of somebody who asks; `NOBODY` for somebody unknown or gone."""
        row = NOBODY if user_id is None else self._view.row_of("User", user_id)
        return NOBODY if row >= 0 and self._view.is_gone("User", row) else row

    def hidden(
        self, hidden: Mask, filters: Sequence[str | None], context: FilterContext, asked: Asked | None = None
    ) -> Mask:
        """The mask of what may not be offered, filters included."""
        masks = [self._passing(each, context) for each in filters if each]
        if asked is not None and asked.context.place is not None:
            sold = self._prepared.columns.loose(f"available.{asked.context.place}").numbers
            masks.append(~(sold == 0))
        if not masks:
            return hidden
        found = np.ones(max(len(hidden), context.columns.count), np.bool_)
        found[: context.columns.count] = ~np.logical_and.reduce(masks)
        found[: len(hidden)] |= hidden
        return found

    def _passing(self, text: str, context: FilterContext) -> Mask:
        wanted = read_filter(text)
        if depends_on_asker(wanted):
            return mask_of(wanted, context)
        return context.columns.kept(f"{context.now_minutes} {text}", lambda: mask_of(wanted, context))

    def _begun(self, placement: Placement, asked: Asked, asker: int, seen: Mask, seed: int) -> RecommendationQuery:
        match placement.asks:
            case "product" | "basket":
                if not asked.items or (placement.asks == "product" and len(asked.items) > 1):
                    what = "one product" if placement.asks == "product" else "products"
                    raise InvalidQuestion(f"this placement asks for {what}; name it in items")
                return self._beside(asked, asker, seen, seed, alone=placement.asks == "product")
            case "recipient":
                if len(asked.users) != 1:
                    raise InvalidQuestion("this placement asks for one other person; name them in users")
                return self._for_people(placement, asked.users, asker, seen, seed)
            case "anybody":
                return replace(nobody_in_particular(self._prepared, seed), known=self._did(asker, seen))
            case "words":
                raise InvalidQuestion("this placement asks for words; POST /v1/search takes them")
            case "person":
                if asked.users:
                    return self._for_people(placement, asked.users, asker, seen, seed)
                if asked.user_id is None and not (asked.positive or asked.vector):
                    raise InvalidQuestion("this placement asks for a person; name them in user_id")
                if placement.wants == "User":
                    return people_for(self._prepared, asker, seed)
                if placement.wants == "Community":
                    return communities_for(self._prepared, asker, seed)
                return products_for(self._prepared, asker, seen, seed)

    def _did(self, row: int, seen: Mask) -> Rows:
        return acted_on(self._view, row, seen)

    def _beside(self, asked: Asked, asker: int, seen: Mask, seed: int, *, alone: bool) -> RecommendationQuery:
        rows = self._products(asked.items)
        if not len(rows):
            raise UnknownNode("Product", asked.items[0])
        return replace(
            products_like(self._prepared, int(rows[0]), seed),
            product_row=int(rows[0]) if alone else NOBODY,
            anchors=rows,
            anchor_scores=np.ones(len(rows), np.float32),
            known=np.union1d(rows, self._did(asker, seen)).astype(np.int32),
            barred=barred_of(self._view, asker),
        )

    def _for_people(
        self, placement: Placement, user_ids: Sequence[str], asker: int, seen: Mask, seed: int
    ) -> RecommendationQuery:
        """A question for others: nothing is used of people whose actions the asker may not see, but left out it is."""
        if placement.wants != "Product":
            raise InvalidQuestion("this placement is for one person; name them in user_id")
        rows = [row for row in map(self.person, user_ids) if row != NOBODY]
        each = [products_for(self._prepared, row, seen, seed) for row in rows]
        shown = [one for one, row in zip(each, rows, strict=True) if self._may_see(asker, row)]
        anchors, scores = _together([(one.anchors[:OF_EACH], one.anchor_scores[:OF_EACH]) for one in shown])
        return replace(
            nobody_in_particular(self._prepared, seed),
            anchors=anchors,
            anchor_scores=scores,
            friends=_joined([one.friends for one in shown]),
            known=_joined([one.known for one in each]),
            barred=np.union1d(barred_of(self._view, asker), _joined([one.barred for one in each])).astype(np.int32),
        )

    def _may_see(self, asker: int, row: int) -> bool:
        if asker == row:
            return True
        silent = self._prepared.silent_people
        if row < len(silent) and silent[row]:
            return False
        if row in barred_of(self._view, asker):
            return False
        return not for_followers_only(self._view, row) or row in followed_by(self._view, asker)

    def _products(self, ids: Sequence[str]) -> Rows:
        rows = [row for each in ids if (row := self._view.row_of("Product", each)) >= 0]
        return np.array(list(dict.fromkeys(rows)), np.int32)

    def _wished(self, query: RecommendationQuery, asked: Asked) -> RecommendationQuery:
        if asked.positive or asked.negative:
            wanted, unwanted = self._products(asked.positive), self._products(asked.negative)
            anchors, scores = _together(
                [(wanted, np.full(len(wanted), max(query.anchor_scores.max(initial=0), 1), np.float32)),
                 (query.anchors, query.anchor_scores)]
            )  # fmt: skip
            turned_down, counting = _together(
                [(unwanted, np.ones(len(unwanted), np.float32)), (query.turned_down, query.turned_down_scores)]
            )
            query = replace(
                query,
                anchors=anchors,
                anchor_scores=scores,
                turned_down=turned_down,
                turned_down_scores=counting,
            )
            if query.target == "Product":
                query = replace(query, known=_joined([query.known, wanted, unwanted]))
        return self._towards(query, asked.vector) if asked.vector else query

    def _towards(self, query: RecommendationQuery, vector: Sequence[float]) -> RecommendationQuery:
        models = self._prepared.models
        name = next((name for name, each in models.items() if each.products.shape[1] == len(vector)), None)
        if name is None:
            known = ", ".join(f"{name}: {each.products.shape[1]}" for name, each in models.items()) or "none is trained"
            raise InvalidQuestion(f"vector: no model has {len(vector)} dimensions ({known})")
        return replace(query, vector=np.array(vector, np.float32), vector_model=name)

    def _from_newest(self, query: RecommendationQuery, events: Sequence[str]) -> RecommendationQuery:
        """Start from the newest product that the person did one of these with, as if it were the page."""
        done = set(acted_on(self._view, query.user_row, codes_of(events)).tolist())
        newest = next((row for row in query.anchors.tolist() if row in done), None)
        if newest is None:
            return replace(query, user_row=NOBODY, anchors=NO_ROWS, anchor_scores=NO_SCORES, friends=NO_ROWS)
        page = np.array([newest], np.int32)
        return replace(query, product_row=newest, anchors=page, anchor_scores=np.ones(1, np.float32), friends=NO_ROWS)


def _together(parts: Sequence[tuple[Rows, Floats]]) -> tuple[Rows, Floats]:
    """Rows of several lists in turn, each once, at the highest score that it has."""
    found: dict[int, float] = {}
    longest = max((len(rows) for rows, _ in parts), default=0)
    for place in range(longest):
        for rows, scores in parts:
            if place < len(rows):
                row = int(rows[place])
                found[row] = max(found.get(row, 0.0), float(scores[place]))
    return np.array(list(found), np.int32), np.array(list(found.values()), np.float32)


def _joined(parts: Sequence[Rows]) -> Rows:
    return np.array(list(dict.fromkeys(row for rows in parts for row in rows.tolist())), np.int32)
