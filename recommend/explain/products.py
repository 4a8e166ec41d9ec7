"""Reasons for products: social, similar, by category, by community, by what many chose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from graph.snapshot.view import LiveView
from recommend.explain import facts, words
from recommend.explain.people import crowd
from recommend.prepared import MEMBER_OF
from recommend.query import NOBODY, RecommendationQuery, Rows
from recommend.rank.fusion import Ranked
from recommend.sources.knowledge import KgNeighbours
from recommend.sources.looks import LookAlike

ANCHORS = 10
"""Newest products of the user's that an item is compared with, beside the one that led to it."""
MOST_ANCHORS = 31
"""Products of the user's that the items of a page are compared with: bits of what a person chose."""
ENOUGH_REASONS = 2
"""With so many reasons of its own an item gets none of the general ones: category, trending, popular."""
TRENDING_DAYS = 30
"""Time that a trending reason speaks of."""

Reason = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ProductReasons:
    """Explains the products of one page; every fact is read from the view's edges."""

    view: LiveView
    query: RecommendationQuery

    def explain(self, ranked: Ranked) -> list[list[Reason]]:
        """The reasons of each item, never none."""
        social = self._social(ranked.rows)
        similar = self._similar(ranked)
        community = self._community(ranked)
        mine = self._my_categories()
        rows, names = ranked.rows.tolist(), ranked.names()
        reasons: list[list[Reason]] = []
        for place, row in enumerate(rows):
            found = [each[place] for each in (social, similar, community) if place in each]
            found += self._looks(names[place])
            if len(found) < ENOUGH_REASONS and (reason := self._category(row, mine)):
                found.append(reason)
            reasons.append(found)
        wanting = [place for place, found in enumerate(reasons) if len(found) < ENOUGH_REASONS]
        for place, chosen in zip(wanting, self._chosen_by_many(ranked.rows[wanting]), strict=True):
            reasons[place] += [chosen] if chosen else []
        return [found or [self._last(rows[place], names[place])] for place, found in enumerate(reasons)]

    def _did(self, people: Rows, rows: Rows) -> facts.Meetings:
        actions = self.view.actions
        return facts.meetings(people, rows, actions.out, actions.into, self.query.actions)

    def _social(self, rows: Rows) -> dict[int, Reason]:
        friends = self.query.friends
        did = self._did(friends, rows)
        reasons: dict[int, Reason] = {}
        for place, kinds in did.by_place().items():
            crowds = {kind: crowd(self.view, friends[who].tolist()) for kind, who in kinds.items()}
            kind = max(crowds, key=lambda each: (crowds[each].count, -each))
            event, people = facts.EVENTS[kind], crowds[kind]
            if people.count:
                reasons[place] = {
                    "type": "social",
                    "action": event,
                    "count": people.count,
                    "people": people.named,
                    "text": words.friends_did(people.count, event, at_least=not did.complete),
                }
        return reasons

    def _similar(self, ranked: Ranked) -> dict[int, Reason]:
        anchors = self._anchors(ranked.because)
        if not len(anchors) or not len(ranked.rows):
            return {}
        shared = facts.shared_people(self.view, self.query, anchors, ranked.rows)
        likest = shared.argmax(axis=1).tolist()
        rows = anchors.tolist()
        place_of = {row: at for at, row in enumerate(rows)}
        counts = shared.tolist()
        likeness = cache(self._likeness)
        reasons: dict[int, Reason] = {}
        for place, cause in enumerate(ranked.because.tolist()):
            led = place_of.get(cause)
            at = led if led is not None and counts[place][led] else likest[place]
            if (count := counts[place][at]) and (like := likeness(rows[at])):
                reasons[place] = like(count)
        return reasons

    def _anchors(self, because: Rows) -> Rows:
        """Products that items may be like: those that led to them, and the newest; `MOST_ANCHORS` at most."""
        own = self.query.anchors.tolist()
        newest = own[:ANCHORS]
        leading = set(because.tolist()).intersection(own).difference(newest)
        return np.array([*newest, *sorted(leading)][:MOST_ANCHORS], np.int32)

    def _likeness(self, anchor: int) -> Callable[[int], Reason] | None:
        """The reason of items that so many people chose beside this product; None where the user did not choose it."""
        name, product_id = self._name(anchor), self.view.id_of("Product", anchor)
        is_page = self.query.product_row == anchor or self.query.user_row == NOBODY
        event = None if is_page else facts.own_action(self.view, self.query, anchor)
        if event is None and not is_page:
            return None

        def like(count: int) -> Reason:
            text = words.like_page(name, count) if event is None else words.like_yours(name, event)
            return {"type": "similar", "action": event, "product_id": product_id, "count": count, "text": text}

        return like

    def _looks(self, sources: list[str]) -> list[Reason]:
        page = self.query.product_row
        if page == NOBODY or LookAlike.name not in sources:
            return []
        text = words.looks_like(self._name(page))
        return [{"type": "look", "product_id": self.view.id_of("Product", page), "text": text}]

    def _community(self, ranked: Ranked) -> dict[int, Reason]:
        query = self.query
        if "popular_in_community" not in ranked.sources or query.user_row == NOBODY:
            return {}
        membership = self.view.edges(*MEMBER_OF)
        reasons: dict[int, Reason] = {}
        for community in membership.out.neighbours(query.user_row).tolist():
            members = np.unique(membership.into.neighbours(community)).astype(np.int32)
            members = members[~query.prepared.silent_people[members] & ~np.isin(members, query.barred)]
            members = members[members != query.user_row]
            name = words.community(
                self.view.text("Community", "name", community), self.view.id_of("Community", community)
            )
            for place, kinds in self._did(members, ranked.rows).by_place().items():
                kind = max(kinds, key=lambda each, kinds=kinds: (len(kinds[each]), -each))  # type: ignore[misc]
                count = len(kinds[kind])
                if count > reasons.get(place, {"count": 1})["count"]:
                    event = facts.EVENTS[kind]
                    text = words.members_did(count, event, name)
                    reasons[place] = {"type": "community", "action": event, "count": count, "text": text}
        return reasons

    def _my_categories(self) -> dict[int, int]:
        """The newest of the user's products, or the page's, in each category."""
        categories = self.query.prepared.categories
        found: dict[int, int] = {}
        for anchor in self.query.anchors[:ANCHORS].tolist():
            for category in categories.neighbours(anchor).tolist():
                found.setdefault(category, anchor)
        return found

    def _category(self, row: int, mine: dict[int, int]) -> Reason | None:
        for category in self.query.prepared.categories.neighbours(row).tolist() if mine else ():
            if category in mine:
                return self._same_category(row, mine[category], category)
        return None

    def _same_category(self, row: int, anchor: int, category: int) -> Reason:
        category_id = self.view.id_of("Category", category)
        item_id, anchor_id = self.view.id_of("Product", row), self.view.id_of("Product", anchor)
        name = words.category(self.view.text("Category", "name", category), category_id)
        return {
            "type": "category",
            "product_id": anchor_id,
            "path": [
                {"from": anchor_id, "rel": "IN_CATEGORY", "to": category_id},
                {"from": item_id, "rel": "IN_CATEGORY", "to": category_id},
            ],
            "text": words.in_category(name, self._name(anchor)),
        }

    def _chosen_by_many(self, rows: Rows) -> list[Reason | None]:
        """How many people chose each product lately, else ever."""
        now = self.query.now_minutes
        since = max(now - TRENDING_DAYS * 24 * 60, 1)
        lately = facts.most_common_actions(self.view, self.query, rows, since) if now > 0 else [None] * len(rows)
        rest = np.array([found is None for found in lately], np.bool_)
        ever = iter(facts.most_common_actions(self.view, self.query, rows[rest], 0))
        return [_trending(*found) if found else _popular(next(ever)) for found in lately]

    def _last(self, row: int, sources: list[str]) -> Reason:
        models = {*self.query.prepared.models, KgNeighbours.name}
        model = next((name for name in sources if name in models), None)
        if model and self.view.actions.into.degree(row):
            return {"type": "model", "text": words.NEAR_YOUR_TASTE}
        return {"type": "new", "count": 0, "text": words.NEW_PRODUCT}

    def _name(self, row: int) -> str:
        return words.product(self.view.text("Product", "title", row), self.view.id_of("Product", row))


def _trending(event: str, count: int, more: bool) -> Reason:
    text = words.did_lately(count, event, TRENDING_DAYS, at_least=more)
    return {"type": "trending", "action": event, "count": count, "text": text}


def _popular(found: tuple[str, int, bool] | None) -> Reason | None:
    if found is None:
        return None
    event, count, more = found
    return {"type": "popular", "action": event, "count": count, "text": words.did(count, event, at_least=more)}
