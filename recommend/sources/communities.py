"""Sources that offer communities to join."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graph.snapshot.view import LiveView
from recommend.prepared import MEMBER_OF
from recommend.query import Candidates, RecommendationQuery
from recommend.sources.scratch import SCRATCH
from recommend.sources.steps import best, spread

WANTED = (("User", "Community"),)


@dataclass(frozen=True, slots=True)
class FriendsCommunities:
    """Communities that people whom the user follows are members of."""

    name: ClassVar[str] = "friends_communities"
    targets: ClassVar[tuple[tuple[str, str], ...]] = WANTED
    people: int = 200
    """Most recently followed people that are asked."""
    fan_out: int = 50
    """Newest memberships of each."""

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:
        """Score is the number of friends who are members, those in many communities counting less."""
        friends = query.friends[: self.people]
        if not len(friends):
            return Candidates.none(self.name)
        reached = spread(
            view.edges(*MEMBER_OF).out,
            friends,
            np.ones(len(friends), np.float32),
            SCRATCH.targets,
            actions=None,
            now=0,
            fan_out=self.fan_out,
            hub_power=0.5,
        )
        rows, scores, _, _ = best(SCRATCH.targets, reached, query, limit)
        return Candidates.without_cause(rows, scores, self.name)


@dataclass(frozen=True, slots=True)
class PopularCommunities:
    """Communities with the most members."""

    name: ClassVar[str] = "popular_communities"
    targets: ClassVar[tuple[tuple[str, str], ...]] = WANTED

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:
        """Score is the number of members. O(communities)."""
        members = view.edges(*MEMBER_OF).into.degrees(np.arange(view.count("Community"), dtype=np.int32))
        scores = members.astype(np.float32)
        scores[: len(query.hidden)][query.hidden[: len(scores)]] = 0
        scores[query.known[query.known < len(scores)]] = 0
        rows = np.flatnonzero(scores > 0).astype(np.int32)
        rows = rows[np.lexsort((rows, -scores[rows]))[:limit]]
        return Candidates.without_cause(rows, scores[rows], self.name)
