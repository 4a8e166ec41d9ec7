"""What is made ready once for a view and its models, so that a request only looks it up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from embeddings.images.alike import Alike
from graph.live.edges import Moved
from graph.live.kernels import CAME
from graph.live.overlay import Changes
from graph.snapshot.actions import Actions
from graph.snapshot.csr import Csr
from graph.snapshot.view import LiveView
from recommend import kernels
from recommend.filters.columns import Columns
from recommend.query import Floats, Rows
from recommend.rules import ProductRules
from recommend.served import KNOWLEDGE_MODELS, ServedModel

IN_CATEGORY = ("Product", "IN_CATEGORY", "Category")
MADE_BY = ("Product", "MADE_BY", "Brand")
FOLLOWS = ("User", "FOLLOWS", "User")
MEMBER_OF = ("User", "MEMBER_OF", "Community")
MOST_MET = 10_000
"""Products that came since the snapshot whose vectors are made anew with every count: the last ones."""
HEAD = 2000
"""Products kept of a list of the most popular ones; a longer list is made only when a filter leaves too few."""


SPARE = 1 << 12
"""Products or people that may come between two counts, and are counted at once."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows of one label by falling score.

    Attributes:
        scores: ``(n,)`` by row; 0 for what is never offered. May be longer than there are rows, and changes in place.
        head: the best rows, best first, ties by row; none with the score 0.
        floor: all rows with scores above it are in ``head``.
        among: the rows that are ranked; None for all.
    """

    scores: Floats
    head: Rows
    floor: float
    among: Rows | None = None

    @classmethod
    def of(cls, scores: Floats, among: Rows | None = None) -> Ranking:
        """Rank all rows, or ``among`` them."""
        if among is not None:
            among = among[among < len(scores)]
        rows = np.flatnonzero(scores > 0).astype(np.int32) if among is None else among[scores[among] > 0]
        floor = 0.0
        if len(rows) > HEAD:
            floor = float(np.partition(scores[rows], len(rows) - HEAD)[len(rows) - HEAD])
            rows = rows[scores[rows] >= floor]
        order = np.lexsort((rows, -scores[rows]))[:HEAD]
        return cls(scores, np.ascontiguousarray(rows[order]), floor, among)

    def after(self, changed: Rows) -> Ranking:
        """As it is since the scores of some distinct rows changed, as far as ``head`` reaches."""
        order = np.lexsort((changed, -self.scores[changed]))
        head = kernels.put_in_order(self.head, self.scores, changed[order], self.floor)
        floor = float(self.scores[head[HEAD - 1]]) if len(head) > HEAD else self.floor
        return replace(self, head=head[:HEAD], floor=floor)

    @property
    def whole(self) -> bool:
        """Whether every row with a score above 0 is in ``head``."""
        return self.floor <= 0


@dataclass
class Prepared:
    """Made once per view and set of models.

    Attributes:
        view: the graph.
        actions: which actions count.
        models: models that can be served, by name.
        trending_half_life_days: how fast an action stops being news.
        looks: what products look like; None where their pictures have not been looked at.
        rules: what is in one basket with what; None where that has not been worked out.
    """

    view: LiveView
    actions: Actions
    models: Mapping[str, ServedModel]
    trending_half_life_days: float = 14.0
    looks: Alike | None = None
    rules: ProductRules | None = None
    _by_category: dict[int, Ranking] = field(default_factory=dict)
    _stirred: dict[int, list[int]] = field(default_factory=dict)
    """Products by category whose popularity changed since the category was ranked."""

    @cached_property
    def silent_people(self) -> NDArray[np.bool_]:
        """``(n,)`` people who are never shown and lead nowhere: erased, ended, or private."""
        hidden = np.array(self.view.gone("User"), np.bool_)
        for row in self.view.rows_with("User", "visibility"):
            hidden[row] |= self._is_private(row)
        return hidden

    def _is_private(self, row: int) -> bool:
        return self.view.text("User", "visibility", row) == "private"

    @cached_property
    def someone_silent(self) -> bool:
        """Whether `silent_people` names anybody."""
        return bool(self.silent_people.any())

    @cached_property
    def hidden_products(self) -> NDArray[np.bool_]:
        """``(n,)`` products that are never offered: ended, or not to be had anywhere."""
        hidden = np.array(self.view.gone("Product"), np.bool_)
        for row in self.view.rows_with("Product", "available"):
            hidden[row] |= self._is_nowhere(row)
        return hidden

    def _is_nowhere(self, row: int) -> bool:
        available = self.view.json("Product", "available", row)
        return available is False or (isinstance(available, dict) and not any(available.values()))

    @cached_property
    def popular(self) -> Ranking:
        """Products by what people did with them, each action faded by its own half-life."""
        return self._ranking(self.actions.half_life_minutes)

    @cached_property
    def renown(self) -> Floats:
        """``(n,)`` logarithm of one more than how popular a product is."""
        return np.log1p(self.popular.scores)

    @cached_property
    def trending(self) -> Ranking:
        """Products by what people did with them lately."""
        return self._ranking(self._lately)

    @property
    def _lately(self) -> Floats:
        return np.full_like(self.actions.half_life_minutes, self.trending_half_life_days * 24 * 60)

    def _ranking(self, half_lives: Floats) -> Ranking:
        edges, count = self.view.actions.into.edges(), self.view.count("Product") + SPARE
        scores = kernels.activity(
            edges, np.arange(count, dtype=np.int32), self.actions.weights, half_lives, self.view.latest_minutes
        )
        hidden = self.hidden_products[: len(scores)]
        scores[: len(hidden)][hidden] = 0
        return Ranking.of(scores)

    @cached_property
    def followed(self) -> Ranking:
        """People by how many follow them."""
        scores = np.zeros(self.view.count("User") + SPARE, np.float32)
        degrees = self.view.edges(*FOLLOWS).into.degrees()[: self.view.count("User")]
        scores[: len(degrees)] = degrees
        silent = self.silent_people[: len(scores)]
        scores[: len(silent)][silent] = 0
        return Ranking.of(scores)

    @property
    def categories(self) -> Csr:
        """Product → category."""
        return self.view.edges(*IN_CATEGORY).out

    @property
    def brands(self) -> Csr:
        """Product → brand."""
        return self.view.edges(*MADE_BY).out

    @cached_property
    def columns(self) -> Columns:
        """Properties of products as filters compare them."""
        return Columns(self.view)

    def popular_in(self, category_row: int) -> Ranking:
        """Products of one category by popularity; made at the first question about it."""
        ranking = self._by_category.get(category_row)
        stirred = self._stirred.pop(category_row, None)
        if ranking is not None and stirred:
            ranking = self._by_category[category_row] = ranking.after(np.unique(stirred).astype(np.int32))
        if ranking is None:
            among = np.asarray(self.view.edges(*IN_CATEGORY).into.neighbours(category_row))
            ranking = self._by_category[category_row] = Ranking.of(self.popular.scores, among)
        return ranking

    def forget(self, people: Rows) -> None:
        """These people are never shown and lead nowhere from now on."""
        if not len(people):
            return
        self.silent_people[people] = True
        for made in ("someone_silent", "followed"):
            self.__dict__.pop(made, None)
        _ = self.followed

    def take(self, changes: Changes) -> None:
        """Something happened: nodes are shown or hidden as they are now, and what people did counts at once.

        Only how actions fade waits for `refresh`.
        """
        described: set[int] = set()
        turned: dict[str, set[int]] = {"User": set(), "Product": set()}
        for label, row, name in changes.nodes:
            if label == "User" and name in {"gone", "visibility"}:
                self.silent_people[row] = self.view.is_gone("User", row) or self._is_private(row)
                self.__dict__.pop("someone_silent", None)
                turned["User"].add(row)
            elif label == "Product":
                if name in {"gone", "available"}:
                    self.hidden_products[row] = self.view.is_gone("Product", row) or self._is_nowhere(row)
                    turned["Product"].add(row)
                if name == "categories":
                    self._leave_categories(row)
                self.__dict__.pop("columns", None)
                described.add(row)
            elif label == "Category":
                self.__dict__.pop("columns", None)
        chosen = self._count(changes.acted, turned["Product"])
        self._meet(described | self._unmet(chosen))
        self._count_followers(changes.followed, turned["User"])

    def _count(self, acted: Moved, turned: Iterable[int]) -> Rows:
        """Count what people did with products, and anew those that are shown or hidden now; all these products."""
        popular, trending = self.popular, self.trending
        admitted = self._admitted(acted, self.hidden_products, len(popular.scores))
        anew = np.array([row for row in turned if row < len(popular.scores)], np.int32)
        chosen: Rows = np.union1d(admitted[0], anew).astype(np.int32)
        if not len(chosen):
            return chosen
        now, weights = self.view.latest_minutes, self.actions.weights
        for ranking, half_lives in ((popular, self.actions.half_life_minutes), (trending, self._lately)):
            kernels.gained(admitted, weights, half_lives, now, ranking.scores)
            counted = kernels.activity(self.view.actions.into.edges(), anew, weights, half_lives, now)
            ranking.scores[anew] = np.where(self.hidden_products[anew], 0, counted)
        self.renown[chosen] = np.log1p(popular.scores[chosen])
        self.__dict__["popular"], self.__dict__["trending"] = popular.after(chosen), trending.after(chosen)
        categories = self.categories
        for row in chosen.tolist() if self._by_category else ():
            for category in categories.neighbours(row).tolist() if row < categories.node_count else ():
                if category in self._by_category:
                    self._stirred.setdefault(category, []).append(row)
        return chosen

    def _leave_categories(self, product: int) -> None:
        """Rank those categories anew in which a product was that may be in others now."""
        if self.popular.scores[product : product + 1].any():
            held = [category for category, each in self._by_category.items() if product in each.head]
            for category in held:
                self._by_category.pop(category, None)

    def _count_followers(self, followed: Moved, turned: Iterable[int]) -> None:
        ranking = self.followed
        rows, _, came = self._admitted(followed, self.silent_people, len(ranking.scores))
        anew = np.array([row for row in turned if row < len(ranking.scores)], np.int32)
        changed = np.union1d(rows, anew).astype(np.int32)
        if len(changed):
            np.add.at(ranking.scores, rows, np.where(came, 1, -1).astype(np.float32))
            degrees = self.view.edges(*FOLLOWS).into.degrees(anew)
            ranking.scores[anew] = np.where(self.silent_people[anew], 0, degrees)
            ranking.scores[changed] = np.maximum(ranking.scores[changed], 0)
            self.__dict__["followed"] = ranking.after(changed)

    @staticmethod
    def _admitted(moved: Moved, hidden: NDArray[np.bool_], most: int) -> kernels.Moved:
        """Rows, stamps and whether each came, of those that are ranked."""
        rows = moved.targets
        good = rows < most
        maskable = rows < len(hidden)
        good[maskable] &= ~hidden[rows[maskable]]
        return rows[good], moved.stamps[good], moved.ways[good] == CAME

    def _unmet(self, chosen: Rows) -> set[int]:
        """Of these products, new ones of which a model knows nothing yet."""
        new = chosen[chosen >= self.view.snapshot.manifest.nodes.get("Product", 0)]
        if not len(new):
            return set()
        met = [model.newcomers.rows for model in self._learning()]
        return {row for rows in met for row in np.setdiff1d(new, rows).tolist()}

    def _learning(self) -> list[ServedModel]:
        return [each for each in self.models.values() if each.name not in KNOWLEDGE_MODELS]

    def _meet(self, products: Iterable[int]) -> None:
        """Let models know products that they have not seen."""
        rows = sorted(products)
        for model in self._learning() if rows else ():
            model.newcomers.take(self.view, rows, model.users, model.products)

    def refresh(self) -> None:
        """Count anew what many people did: how popular products and people are, as of now."""
        for name in ("popular", "renown", "trending", "followed"):
            self.__dict__.pop(name, None)
        self._by_category, self._stirred = {}, {}
        _ = self.popular, self.renown, self.trending, self.followed
        came = range(self.view.snapshot.manifest.nodes.get("Product", 0), self.view.count("Product"))
        self._meet(list(came)[-MOST_MET:])

    def warm(self) -> None:
        """Make everything that a first request would wait for."""
        _ = self.silent_people, self.hidden_products, self.popular, self.renown, self.trending, self.followed
        if self.looks is not None:
            self.looks.warm()
