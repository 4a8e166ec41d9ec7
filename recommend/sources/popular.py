"""Sources that offer what many people want: everywhere, in a category, in a community."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from graph.snapshot.csr import read_only
from graph.snapshot.view import LiveView
from recommend import kernels
from recommend.query import NOBODY, Candidates, Floats, RecommendationQuery, Rows
from recommend.sources.scratch import SCRATCH
from recommend.sources.steps import best_people, spread, through_people

if TYPE_CHECKING:
    from recommend.prepared import Ranking

MEMBER_OF = ("User", "MEMBER_OF", "Community")
ANYONE = (("User", "Product"), ("Product", "Product"))


def top(ranking: Ranking, query: RecommendationQuery, limit: int) -> tuple[Rows, Floats]:
    """The best rows of a ranking that the query admits, and their scores."""
    rows = kernels.admitted(ranking.head, read_only(query.hidden), np.sort(query.known), limit)
    if len(rows) < limit and not ranking.whole:
        scores = ranking.scores.copy()
        scores[: len(query.hidden)][query.hidden[: len(scores)]] = 0
        scores[query.known[query.known < len(scores)]] = 0
        rows = type(ranking).of(scores, ranking.among).head[:limit]
    return rows, ranking.scores[rows]


@dataclass(frozen=True, slots=True)
class Trending:
    """Products that people did most with lately."""

    name: ClassVar[str] = "trending"
    targets: ClassVar[tuple[tuple[str, str], ...]] = ANYONE

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:  # noqa: ARG002
        """Score is the sum of the actions, each halving with `trending_half_life_days`."""
        rows, scores = top(query.prepared.trending, query, limit)
        return Candidates.without_cause(rows, scores, self.name)


@dataclass(frozen=True, slots=True)
class Popular:
    """Products that people did most with, over all the time that actions count."""

    name: ClassVar[str] = "popular"
    targets: ClassVar[tuple[tuple[str, str], ...]] = ANYONE

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:  # noqa: ARG002
        """Score is the sum of the actions, each faded by its own half-life."""
        rows, scores = top(query.prepared.popular, query, limit)
        return Candidates.without_cause(rows, scores, self.name)


@dataclass(frozen=True, slots=True)
class PopularInCategory:
    """Popular products of the categories that the user chooses from, or of the page's."""

    name: ClassVar[str] = "popular_in_category"
    targets: ClassVar[tuple[tuple[str, str], ...]] = ANYONE
    anchors: int = 50
    """Newest products of the user's whose categories count."""
    categories: int = 5
    """Categories looked into: those with the largest share."""

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:  # noqa: ARG002
        """Score is the category's share of the user's interest times the product's popularity there, best = 1.

        The cause is the user's newest product in that category.
        """
        found = [
            (*top(query.prepared.popular_in(category), query, limit), share, cause)
            for category, (share, cause) in self._shares(query)
        ]
        found = [each for each in found if len(each[0])]
        if not found:
            return Candidates.none(self.name)
        rows = np.concatenate([rows for rows, _, _, _ in found])
        worth = np.concatenate([scores * np.float32(share / scores[0]) for _, scores, share, _ in found])
        causes = np.repeat(np.array([cause for _, _, _, cause in found], np.int32), [len(each[0]) for each in found])
        order = np.lexsort((rows, -worth))
        firsts = np.unique(rows[order], return_index=True)[1]
        chosen = order[np.sort(firsts)[:limit]]
        return Candidates(rows[chosen], worth[chosen], causes[chosen], self.name)

    def _shares(self, query: RecommendationQuery) -> list[tuple[int, tuple[float, int]]]:
        categories = query.prepared.categories
        shares: dict[int, tuple[float, int]] = {}
        for row, score in zip(
            query.anchors[: self.anchors].tolist(), query.anchor_scores[: self.anchors].tolist(), strict=True
        ):
            for category in categories.neighbours(row).tolist() if row < categories.node_count else ():
                share, cause = shares.get(category, (0.0, row))
                shares[category] = (share + score, cause)
        return sorted(shares.items(), key=lambda item: (-item[1][0], item[0]))[: self.categories]


@dataclass(frozen=True, slots=True)
class PopularInCommunity:
    """Products that members of the user's communities did something with."""

    name: ClassVar[str] = "popular_in_community"
    targets: ClassVar[tuple[tuple[str, str], ...]] = (("User", "Product"),)
    communities: int = 5
    """Most recently joined communities that count."""
    members: int = 100
    """Newest members of each."""
    fan_out: int = 10
    """Newest actions of each member."""

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:
        """Score is the sum over members of their strongest action, faded; members of large communities say less."""
        if query.user_row == NOBODY:
            return Candidates.none(self.name)
        membership = view.edges(*MEMBER_OF)
        communities = np.asarray(membership.out.neighbours(query.user_row)[: self.communities])
        if not len(communities):
            return Candidates.none(self.name)
        ones = np.ones(len(communities), np.float32)
        reached = spread(
            membership.into,
            communities,
            ones,
            SCRATCH.people,
            actions=None,
            now=0,
            fan_out=self.members,
            hub_power=0.5,
        )
        left_out = np.append(query.barred, np.int32(query.user_row))
        most = self.communities * self.members
        people, scores, _, _ = best_people(SCRATCH.people, reached, left_out, query.prepared.silent_people, most)
        return through_people(
            view.actions.out, people, scores, query, fan_out=self.fan_out, limit=limit, source=self.name
        )


@dataclass(frozen=True, slots=True)
class PopularPeople:
    """People whom many follow."""

    name: ClassVar[str] = "popular_people"
    targets: ClassVar[tuple[tuple[str, str], ...]] = (("User", "User"),)

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:  # noqa: ARG002
        """Score is the number of followers."""
        rows, scores = top(query.prepared.followed, query, limit)
        return Candidates.without_cause(rows, scores, self.name)
