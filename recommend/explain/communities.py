"""Reasons for communities: who of those whom one follows is a member, and how many are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graph.snapshot.view import LiveView
from recommend.explain import facts, words
from recommend.explain.people import crowd
from recommend.prepared import MEMBER_OF
from recommend.query import RecommendationQuery
from recommend.rank.fusion import Ranked

Reason = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CommunityReasons:
    """Explains the communities of one page; every fact is read from the view's edges."""

    view: LiveView
    query: RecommendationQuery

    def explain(self, ranked: Ranked) -> list[list[Reason]]:
        """The reasons of each community, never none."""
        friends = self.query.friends
        membership = self.view.edges(*MEMBER_OF)
        found = facts.meetings(friends, ranked.rows, membership.out, membership.into, None)
        social: dict[int, Reason] = {}
        for place, kinds in found.by_place().items():
            who = sorted({each for people in kinds.values() for each in people})
            people = crowd(self.view, friends[who].tolist())
            if people.count:
                social[place] = {
                    "type": "social",
                    "action": "joined",
                    "count": people.count,
                    "people": people.named,
                    "text": words.friends_joined(people.count, at_least=not found.complete),
                }
        return [
            [*([social[place]] if place in social else []), self._popular(row)]
            for place, row in enumerate(ranked.rows.tolist())
        ]

    def _popular(self, row: int) -> Reason:
        count = self.view.edges(*MEMBER_OF).into.degree(row)
        return {"type": "popular", "action": "joined", "count": count, "text": words.members(count)}
