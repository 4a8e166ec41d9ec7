"""Sources that follow the follow graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graph.snapshot.view import LiveView
from recommend.query import NO_ROWS, NOBODY, Candidates, RecommendationQuery
from recommend.sources.scratch import SCRATCH
from recommend.sources.steps import best, best_people, spread, through_people

FOLLOWS = ("User", "FOLLOWS", "User")


@dataclass(frozen=True, slots=True)
class Friends:
    """Products that people whom the user follows did something with."""

    name: ClassVar[str] = "friends"
    targets: ClassVar[tuple[tuple[str, str], ...]] = (("User", "Product"),)
    people: int = 100
    """Most recently followed people that are asked."""
    fan_out: int = 20
    """Newest actions of each that count; bounds the cost at somebody very active."""

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:
        """Score is the sum over distinct friends of their strongest action, faded by its age."""
        friends = query.friends[: self.people]
        if not len(friends):
            return Candidates.none(self.name)
        ones = np.ones(len(friends), np.float32)
        return through_people(
            view.actions.out, friends, ones, query, fan_out=self.fan_out, limit=limit, source=self.name
        )


@dataclass(frozen=True, slots=True)
class FriendsOfFriends:
    """Products that people did something with whom the user's friends follow."""

    name: ClassVar[str] = "friends_of_friends"
    targets: ClassVar[tuple[tuple[str, str], ...]] = (("User", "Product"),)
    friends: int = 50
    """Most recently followed people whose follows are looked at."""
    follows: int = 20
    """Newest follows of each."""
    people: int = 100
    """Best connected friends of friends that are asked."""
    fan_out: int = 10
    """Newest actions of each that count."""

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:
        """Score is the sum over friends of friends of their strongest action, times the friends they share."""
        friends = query.friends[: self.friends]
        if not len(friends):
            return Candidates.none(self.name)
        ones = np.ones(len(friends), np.float32)
        reached = spread(
            view.edges(*FOLLOWS).out, friends, ones, SCRATCH.people, actions=None, now=0, fan_out=self.follows
        )
        left_out = np.concatenate([query.friends, query.barred, np.array([query.user_row], np.int32)])
        people, scores, _, _ = best_people(SCRATCH.people, reached, left_out, query.prepared.silent_people, self.people)
        return through_people(
            view.actions.out, people, scores, query, fan_out=self.fan_out, limit=limit, source=self.name
        )


@dataclass(frozen=True, slots=True)
class MutualFriends:
    """People whom the user's friends follow."""

    name: ClassVar[str] = "mutual_friends"
    targets: ClassVar[tuple[tuple[str, str], ...]] = (("User", "User"),)
    friends: int = 200
    """Most recently followed people whose follows are looked at."""
    fan_out: int = 100
    """Newest follows of each."""

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:
        """Score is the number of friends who follow them, those who follow many counting less."""
        friends = query.friends[: self.friends]
        ones = np.ones(len(friends), np.float32)
        reached = spread(
            view.edges(*FOLLOWS).out,
            friends,
            ones,
            SCRATCH.targets,
            actions=None,
            now=0,
            fan_out=self.fan_out,
            hub_power=0.5,
        )
        rows, scores, _, _ = best(SCRATCH.targets, reached, query, limit)
        return Candidates.without_cause(rows, scores, self.name)


@dataclass(frozen=True, slots=True)
class Followers:
    """People who follow the user and are not followed back."""

    name: ClassVar[str] = "followers"
    targets: ClassVar[tuple[tuple[str, str], ...]] = (("User", "User"),)

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:
        """Score is ``100 / (100 + place)`` in the list of followers, newest first, the first place being 0."""
        if query.user_row == NOBODY:
            return Candidates.none(self.name)
        into = view.edges(*FOLLOWS).into
        newest = into.neighbours(query.user_row)[: 2 * limit] if query.user_row < into.node_count else NO_ROWS
        admitted = ~np.isin(newest, query.known)
        maskable = newest < len(query.hidden)
        admitted[maskable] &= ~query.hidden[newest[maskable]]
        rows = newest[admitted][:limit]
        return Candidates.without_cause(rows, (100 / (100 + np.arange(len(rows)))).astype(np.float32), self.name)
