"""What is made ready once for a view and its models, so that a request only looks it up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from embeddings.images.alike import Alike
from graph.snapshot.actions import Actions
from graph.snapshot.csr import Csr
from graph.snapshot.view import LiveView
from recommend import kernels
from recommend.filters.columns import Columns
from recommend.query import Floats, Rows
from recommend.served import KNOWLEDGE_MODELS, ServedModel

IN_CATEGORY = ("Product", "IN_CATEGORY", "Category")
MADE_BY = ("Product", "MADE_BY", "Brand")
FOLLOWS = ("User", "FOLLOWS", "User")
MOST_MET = 10_000
"""Products that came since the snapshot whose vectors are made anew with every count: the last ones."""
HEAD = 2000
"""Products kept of a list of the most popular ones; a longer list is made only when a filter leaves too few."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows of one label by falling score.

    Attributes:
        scores: ``(n,)`` by row; 0 for what is never offered.
        head: the best rows, best first, ties by row; none with the score 0.
        whole: every row with a score above 0 is in ``head``.
        among: the rows that are ranked; None for all.
    """

    scores: Floats
    head: Rows
    whole: bool
    among: Rows | None = None

    @classmethod
    def of(cls, scores: Floats, among: Rows | None = None) -> Ranking:
        """Rank all rows, or ``among`` them."""
        if among is not None:
            among = among[among < len(scores)]
        rows = np.flatnonzero(scores > 0).astype(np.int32) if among is None else among[scores[among] > 0]
        whole = len(rows) <= HEAD
        if not whole:
            bar = np.partition(scores[rows], len(rows) - HEAD)[len(rows) - HEAD]
            rows = rows[scores[rows] >= bar]
        order = np.lexsort((rows, -scores[rows]))[:HEAD]
        return cls(scores, np.ascontiguousarray(rows[order]), whole, among)


@dataclass
class Prepared:
    """Made once per view and set of models.

    Attributes:
        view: the graph.
        actions: which actions count.
        models: models that can be served, by name.
        trending_half_life_days: how fast an action stops being news.
        looks: what products look like; None where their pictures have not been looked at.
    """

    view: LiveView
    actions: Actions
    models: Mapping[str, ServedModel]
    trending_half_life_days: float = 14.0
    looks: Alike | None = None
    _by_category: dict[int, Ranking] = field(default_factory=dict)

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
        lately = np.full_like(self.actions.half_life_minutes, self.trending_half_life_days * 24 * 60)
        return self._ranking(lately)

    def _ranking(self, half_lives: Floats) -> Ranking:
        edges, count = self.view.actions.into.edges(), self.view.count("Product")
        scores = kernels.activity(edges, count, self.actions.weights, half_lives, self.view.latest_minutes)
        scores[self.hidden_products[: len(scores)]] = 0
        return Ranking.of(scores)

    @cached_property
    def followed(self) -> Ranking:
        """People by how many follow them."""
        scores = self.view.edges(*FOLLOWS).into.degrees()[: self.view.count("User")].astype(np.float32)
        scores[self.silent_people[: len(scores)]] = 0
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

    def take(self, changes: Iterable[tuple[str, int, str]]) -> None:
        """Some nodes changed: from now on they are shown or hidden as they are now.

        Args:
            changes: label, row and name of the property, or ``gone``.
        """
        described: set[int] = set()
        for label, row, name in changes:
            if label == "User" and name in {"gone", "visibility"}:
                self.silent_people[row] = self.view.is_gone("User", row) or self._is_private(row)
                self.__dict__.pop("someone_silent", None)
            elif label == "Product":
                if name in {"gone", "available"}:
                    self.hidden_products[row] = self.view.is_gone("Product", row) or self._is_nowhere(row)
                self.__dict__.pop("columns", None)
                described.add(row)
        self._meet(described)

    def _meet(self, products: Iterable[int]) -> None:
        """Let models know products that they have not seen."""
        rows = sorted(products)
        for model in self.models.values():
            if rows and model.name not in KNOWLEDGE_MODELS:
                model.newcomers.take(self.view, rows, model.users, model.products)

    def refresh(self) -> None:
        """Count anew what many people did: how popular products and people are, as of now."""
        for name in ("popular", "renown", "trending", "followed"):
            self.__dict__.pop(name, None)
        self._by_category = {}
        _ = self.popular, self.renown, self.trending, self.followed
        came = range(self.view.snapshot.manifest.nodes.get("Product", 0), self.view.count("Product"))
        self._meet(list(came)[-MOST_MET:])

    def warm(self) -> None:
        """Make everything that a first request would wait for."""
        _ = self.silent_people, self.hidden_products, self.popular, self.renown, self.trending, self.followed
        if self.looks is not None:
            self.looks.warm()
