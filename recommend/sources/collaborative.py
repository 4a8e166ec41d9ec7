"""Sources that follow what people did: co-interaction and the random walk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graph.snapshot.view import LiveView
from recommend.query import NOBODY, NOTHING_HIDDEN, Candidates, RecommendationQuery
from recommend.sources import kernels_walk
from recommend.sources.scratch import SCRATCH
from recommend.sources.steps import best, best_people, spread, through_people

FROM_ANYWHERE = (("User", "Product"), ("Product", "Product"))


@dataclass(frozen=True, slots=True)
class CoInteraction:
    """Products that people did something with who share a product with the user, or with the page."""

    name: ClassVar[str] = "co_interaction"
    targets: ClassVar[tuple[tuple[str, str], ...]] = (("Product", "Product"),)
    anchors: int = 20
    """Newest products of the user's to start from."""
    people: int = 50
    """Newest people of each of them that are asked."""
    peers: int = 150
    """People kept: those who share most."""
    fan_out: int = 20
    """Newest actions of each that count."""

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:
        """Score is the sum over people of what they share with the user.

        Much-wanted products and very active people say less. The cause is the shared product that weighs most.
        """
        anchors = query.anchors[: self.anchors]
        if not len(anchors):
            return Candidates.none(self.name)
        reached = spread(
            view.actions.into,
            anchors,
            query.anchor_scores[: self.anchors],
            SCRATCH.people,
            actions=query.actions,
            now=query.now_minutes,
            fan_out=self.people,
            causes=anchors,
            hub_power=0.5,
        )
        left_out = np.append(query.barred, np.int32(query.user_row))
        peers, scores, causes, _ = best_people(
            SCRATCH.people, reached, left_out, query.prepared.silent_people, self.peers
        )
        return through_people(
            view.actions.out,
            peers,
            scores,
            query,
            fan_out=self.fan_out,
            limit=limit,
            source=self.name,
            causes=causes,
            hub_power=0.5,
        )


@dataclass(frozen=True, slots=True)
class Walk:
    """Products that random walks from the user's own, or from the page, visit most."""

    name: ClassVar[str] = "walk"
    targets: ClassVar[tuple[tuple[str, str], ...]] = FROM_ANYWHERE
    pins: int = 20
    """Newest products of the user's to walk from."""
    steps: int = 2500
    """Steps in all."""
    restart: float = 0.5
    """Probability of returning to the pin after a step."""
    enough_rows: int = 500
    """A pin's walkers stop when so many products were visited often enough."""
    enough_visits: int = 8
    """Visits that are enough; 0 never stops early."""

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:
        """Score is the square of the summed roots of the visits from each pin.

        The cause is the pin that led there most often.
        """
        pins = query.anchors[: self.pins]
        if not len(pins):
            return Candidates.none(self.name)
        tally = SCRATCH.targets
        mark = tally.begin(self.steps + kernels_walk.WALKERS * len(pins))
        all_count = not int(view.kinds_present) & ~int(query.actions.mask)
        reached = kernels_walk.walk(
            view.actions.out.edges(timed=not all_count),
            view.actions.into.edges(timed=not all_count),
            np.array(pins),
            np.array(query.anchor_scores[: self.pins]),
            np.array(query.barred),
            query.prepared.silent_people if query.prepared.someone_silent else NOTHING_HIDDEN,
            query.actions.mask,
            self.steps,
            self.restart,
            self.enough_rows,
            self.enough_visits,
            np.uint64(query.seed),
            tally.table,
            tally.used,
            mark,
        )
        rows, scores, because, _ = best(tally, reached, query, limit)
        return Candidates(rows, scores, because, self.name)


@dataclass(frozen=True, slots=True)
class TasteTwins:
    """People who did something with the same products as the user."""

    name: ClassVar[str] = "taste_twins"
    targets: ClassVar[tuple[tuple[str, str], ...]] = (("User", "User"),)
    anchors: int = 50
    """Newest products of the user's that are compared."""
    fan_out: int = 200
    """Newest people of each."""

    def candidates(self, view: LiveView, query: RecommendationQuery, limit: int) -> Candidates:
        """Score is the sum over shared products, much-wanted ones counting less."""
        anchors = query.anchors[: self.anchors]
        if not len(anchors) or query.user_row == NOBODY:
            return Candidates.none(self.name)
        reached = spread(
            view.actions.into,
            anchors,
            query.anchor_scores[: self.anchors],
            SCRATCH.targets,
            actions=query.actions,
            now=query.now_minutes,
            fan_out=self.fan_out,
            causes=anchors,
            hub_power=0.5,
        )
        rows, scores, because, _ = best(SCRATCH.targets, reached, query, limit)
        return Candidates(rows, scores, because, self.name)
