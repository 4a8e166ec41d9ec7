"""Reasons for people: whom friends follow, who follows back, who chooses the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from graph.snapshot.view import LiveView
from recommend.explain import facts, words
from recommend.explain.people import crowd
from recommend.query import RecommendationQuery, Rows
from recommend.rank.fusion import Ranked
from recommend.sources.social import FOLLOWS

COMPARED = 200
"""Newest products of the user's that are compared."""

Reason = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PeopleReasons:
    """Explains the people of one page; every fact is read from the view's edges."""

    view: LiveView
    query: RecommendationQuery

    def explain(self, ranked: Ranked) -> list[list[Reason]]:
        """The reasons of each person, never none."""
        social, taste = self._social(ranked.rows), self._taste(ranked.rows)
        back = set(self.view.edges(*FOLLOWS).into.neighbours(self.query.user_row).tolist()) if self._known else set()
        reasons = []
        for place, row in enumerate(ranked.rows.tolist()):
            found = [each[place] for each in (social, taste) if place in each]
            if row in back:
                found.append({"type": "follows_you", "action": "followed", "text": words.FOLLOWS_YOU})
            reasons.append(found or [self._popular(row)])
        return reasons

    @property
    def _known(self) -> bool:
        return self.query.user_row >= 0

    def _social(self, rows: Rows) -> dict[int, Reason]:
        friends = self.query.friends
        follows = self.view.edges(*FOLLOWS)
        found = facts.meetings(friends, rows, follows.out, follows.into, None)
        reasons: dict[int, Reason] = {}
        for place, kinds in found.by_place().items():
            who = sorted({each for people in kinds.values() for each in people})
            people = crowd(self.view, friends[who].tolist())
            if people.count:
                reasons[place] = {
                    "type": "social",
                    "action": "followed",
                    "count": people.count,
                    "people": people.named,
                    "text": words.friends_follow(people.count, at_least=not found.complete),
                }
        return reasons

    def _taste(self, rows: Rows) -> dict[int, Reason]:
        mine = self.query.anchors[:COMPARED]
        actions = self.view.actions
        found = facts.meetings(rows, mine, actions.out, actions.into, self.query.actions)
        pairs = np.unique(np.stack([found.people, found.places]), axis=1)
        counts = np.bincount(pairs[0], minlength=len(rows))
        return {
            place: {"type": "taste", "count": count, "text": words.same_products(count)}
            for place, count in enumerate(counts.tolist())
            if count
        }

    def _popular(self, row: int) -> Reason:
        into = self.view.edges(*FOLLOWS).into
        count = len(np.unique(into.neighbours(row))) if row < into.node_count else 0
        if not count:
            return {"type": "new", "count": 0, "text": words.NEW_PERSON}
        return {"type": "popular", "action": "followed", "count": count, "text": words.followed_by(count)}
