"""Stars that people gave, and the port of models that predict them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.errors import NothingToLearn
from embeddings.training import Progress, Rows, silent
from graph.snapshot.actions import CODE_MASK, CODES, STARRED, minutes_of
from graph.snapshot.view import LiveView


@dataclass(frozen=True, slots=True)
class Ratings:
    """One rating a pair of user and item, by row numbers.

    Attributes:
        user_count: users, those without ratings included.
        item_count: items, likewise.
        users: ``(m,)`` int32 rows.
        items: ``(m,)`` int32 rows.
        values: ``(m,)`` float32 stars.
        minutes: ``(m,)`` int64 minutes since 1970, or None without times.
    """

    user_count: int
    item_count: int
    users: Rows
    items: Rows
    values: NDArray[np.float32]
    minutes: NDArray[np.int64] | None = None

    def matrix(self) -> sp.csr_array:
        """Users × items, float32, sorted by item in a row; a pair without a rating has no entry."""
        order = np.lexsort((self.items, self.users))
        counts = np.bincount(self.users, minlength=self.user_count)
        indptr = np.concatenate(([0], np.cumsum(counts)))
        shape = (self.user_count, self.item_count)
        return sp.csr_array((self.values[order], self.items[order], indptr), shape=shape)

    def part(self, which: NDArray[np.bool_]) -> Ratings:
        """Some of the ratings; rows keep their numbers."""
        minutes = None if self.minutes is None else self.minutes[which]
        return Ratings(
            self.user_count, self.item_count, self.users[which], self.items[which], self.values[which], minutes
        )


class FittedRatings(Protocol):
    """A model that has learnt how many stars people give."""

    def predict(self, users: Rows, items: Rows) -> NDArray[np.float32]:
        """Stars of ``(m,)`` users for ``(m,)`` items; rows without ratings get a guess too."""


class RatingModel(Protocol):
    """A model of ratings and its settings, which are its dataclass fields."""

    name: ClassVar[str]
    summary: ClassVar[str]
    source: ClassVar[str]

    def fit(self, ratings: Ratings, *, rng: np.random.Generator, progress: Progress = silent) -> FittedRatings:
        """Learn from all ratings; the same ratings and generator state give the same result.

        Raises:
            NothingToLearn: there is no rating.
        """


def check_ratings(ratings: Ratings) -> None:
    """Refuse to learn from no rating.

    Raises:
        NothingToLearn: there is none.
    """
    if not len(ratings.users):
        raise NothingToLearn


def newest_of_pairs(
    users: Rows,
    items: Rows,
    values: NDArray[np.float32],
    minutes: NDArray[np.int64] | None,
    user_count: int,
    item_count: int,
) -> Ratings:
    """Ratings out of rows that may repeat a pair: the newest of each pair, without times the last."""
    keys = users.astype(np.int64) * item_count + items
    order = np.lexsort((np.arange(len(keys)), minutes, keys) if minutes is not None else (np.arange(len(keys)), keys))
    last = np.append(np.diff(keys[order]) > 0, np.ones(min(1, len(keys)), bool))
    kept = order[last]
    when = None if minutes is None else minutes[kept]
    return Ratings(user_count, item_count, users[kept], items[kept], values[kept].astype(np.float32), when)


def ratings_of_view(view: LiveView) -> Ratings:
    """The stars that the people of a view gave, by rating or in a review; of a pair the newest."""
    csr = view.actions.out
    stamps = csr.stamps
    assert stamps is not None, "actions always have stamps"
    stars_of_code = np.array([stars or 0.0 if kind in STARRED else 0.0 for kind, stars in CODES], np.float32)
    stars_of_code = np.pad(stars_of_code, (0, CODE_MASK + 1 - len(stars_of_code)))
    users = np.repeat(np.arange(csr.node_count, dtype=np.int32), csr.degrees())
    items, stars = np.asarray(csr.indices), stars_of_code[stamps & np.uint32(CODE_MASK)]
    kept = stars > 0
    for label, rows in (("User", users), ("Product", items)):
        gone = view.gone(label)
        if len(gone):
            kept &= ~gone[rows]
    times = minutes_of(stamps[kept])
    return newest_of_pairs(users[kept], items[kept], stars[kept], times, view.count("User"), view.count("Product"))
