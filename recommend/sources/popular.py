"""Sources that offer what many people want: everywhere, in a category, in a community."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from graph.snapshot.csr import read_only
from graph.snapshot.view import LiveView
from recommend import kernels
from recommend.prepared import MEMBER_OF
from recommend.query import NOBODY, Candidates, Floats, RecommendationQuery, Rows
from recommend.sources import kernels_popular
from recommend.sources.scratch import SCRATCH
from recommend.sources.steps import best_people, spread, through_people

if TYPE_CHECKING:
    from recommend.prepared import Ranking

ANYONE = (("User", "Product"), ("Product", "Product"))


def top(ranking: Ranking, query: RecommendationQuery, limit: int, known: Rows | None = None) -> tuple[Rows, Floats]:
    """The best rows of a ranking that the query admits, and their scores; ``known`` are the query's, sorted."""
    known = np.sort(query.known) if known is None else known
    rows = kernels.admitted(ranking.head, read_only(query.hidden), known, limit)
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
        anchors, scores = query.anchors[: self.anchors], query.anchor_scores[: self.anchors]
        edges = query.prepared.categories.edges(timed=False)
        categories, shares, causes = kernels_popular.shares(edges, np.array(anchors), np.array(scores), self.categories)
        known = np.sort(query.known)
        found = [top(query.prepared.popular_in(each), query, limit, known) for each in categories.tolist()]
        starts = np.cumsum([0, *(len(rows) for rows, _ in found)])
        if not starts[-1]:
            return Candidates.none(self.name)
        rows = np.concatenate([rows for rows, _ in found])
        worth = np.concatenate(
            [each * (share / each[0]) if len(each) else each for (_, each), share in zip(found, shares, strict=True)]
        )
        places, lists = kernels_popular.merged(rows, worth, starts, limit)
        return Candidates(rows[places], worth[places], causes[lists], self.name)


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
