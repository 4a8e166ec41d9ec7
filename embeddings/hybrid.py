"""Models made of other models: their scores added up, one of them for each person, or one after the other."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.errors import UnknownSetting
from embeddings.ranking import best
from embeddings.settings import check_learnable, check_range
from embeddings.training import FittedModel, Model, Progress, Rows, TrainingData, silent

Scores = NDArray[np.float32]
FLOOR = 0.02
"""Added to each score's part of the user's best, so that an item that one model does not know is not ruled out."""
PART = re.compile(r"\s*(?P<name>\w+)(?:\((?P<settings>[^()]*)\))?\s*")


@dataclass(frozen=True, slots=True)
class FittedBlend:
    """Fitted models and their weights.

    Attributes:
        parts: the models.
        weights: ``(len(parts),)`` of the logarithms.
        known: users × items; they take no part in the scale.
        plain: ``(len(parts),)`` of the parts of the best score; None for 0 everywhere.
    """

    parts: Sequence[FittedModel]
    weights: Sequence[float]
    known: sp.csr_array
    plain: Sequence[float] | None = None

    def score(self, users: Rows) -> Scores:
        """Weighted sum of `common_scale` and of its parts of the best, ``(len(users), item_count)``."""
        known = self.known[users]
        total = np.zeros(known.shape, np.float32)
        plains = self.plain if self.plain is not None else np.zeros(len(self.parts))
        for part, weight, plain in zip(self.parts, self.weights, plains, strict=True):
            shares = shares_of_best(part.score(users), known)
            if plain:
                total += np.float32(plain) * shares
            if weight:
                total += np.float32(weight) * _logarithms(shares)
        return total

    def tables(self) -> Mapping[str, Scores]:
        """None: logarithms are not inner products."""
        return {}


def common_scale(scores: Scores, known: sp.csr_array) -> Scores:
    """``log(FLOOR + score / best)`` per user, ``best`` among unknown items, scores below 0 counting as 0.

    Sums of logarithms are products of the models' opinions: an item must please all that have a weight.
    """
    return _logarithms(shares_of_best(scores, known))


def shares_of_best(scores: Scores, known: sp.csr_array) -> Scores:
    """``score / best`` per user, ``best`` among unknown items; known items and scores below 0 count as 0."""
    shares = np.maximum(scores, 0.0, dtype=np.float32)
    shares[np.repeat(np.arange(len(shares)), np.diff(known.indptr)), known.indices] = 0.0
    best = shares.max(axis=1, keepdims=True)
    shares /= np.where(best > 0, best, 1.0)
    return shares


def _logarithms(shares: Scores) -> Scores:
    shares += np.float32(FLOOR)
    return np.log(shares, out=shares)


def part_of_best(scale: Scores) -> Scores:
    """Back from the common scale: ``score / best`` in ``[0, 1]``; the array is overwritten."""
    np.exp(scale, out=scale)
    scale -= np.float32(FLOOR)
    return scale


@dataclass(frozen=True)
class Weighted:
    """Each model's scores as parts of the person's best, times its weight, added up.

    Attributes:
        parts: models, such as ``spectral(dim=64, linear=4.0) + item_knn``.
        weights: one number for each, such as ``1 0.3``.
    """

    name: ClassVar[str] = "weighted"
    summary: ClassVar[str] = "Hybrid: the scores of several models, weighed and added up."
    source: ClassVar[str] = "Burke, Hybrid recommender systems, UMUAI 2002"
    needs_torch: ClassVar[bool] = False

    parts: str = "spectral + item_knn"
    weights: str = "1 0.3"

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownModel: a part is no model.
            UnknownSetting: a part cannot be read or has no such setting, or there are not as many weights.
        """
        if len(_numbers(self)) != len(_parts(self, self.parts)):
            raise UnknownSetting(self.name, "weights", f"{self.weights!r} holds not one number for each part")

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> FittedBlend:
        """Train the parts, one after the other.

        Raises:
            NothingToLearn: there is no interaction.
        """
        check_learnable(data)
        fitted = _fitted(_parts(self, self.parts), data, rng, progress)
        return FittedBlend(fitted, [0.0] * len(fitted), data.matrix(), _numbers(self))


@dataclass(frozen=True, slots=True)
class Switched:
    """One model for people with few interactions, another one for the others.

    Attributes:
        few: for the former.
        many: for the latter.
        quiet: ``(users,)`` bool: who is one of the former.
    """

    few: FittedModel
    many: FittedModel
    quiet: NDArray[np.bool_]

    def score(self, users: Rows) -> Scores:
        """The scores of the model whose turn it is: ``(len(users), items)``."""
        quiet = self.quiet[users]
        scores = np.array(self.many.score(users), np.float32)
        if quiet.any():
            scores[quiet] = self.few.score(users[quiet])
        return scores

    def tables(self) -> Mapping[str, Scores]:
        """None: two models have no vectors in common."""
        return {}


@dataclass(frozen=True)
class Switching:
    """Who did little gets another model than who did much.

    Attributes:
        few: a model, such as ``popularity``.
        many: a model, such as ``spectral(dim=64)``.
        least: interactions from which on ``many`` is asked.
    """

    name: ClassVar[str] = "switching"
    summary: ClassVar[str] = "Hybrid: one model for people of whom little is known, another one for the others."
    source: ClassVar[str] = "Burke, Hybrid recommender systems, UMUAI 2002"
    needs_torch: ClassVar[bool] = False

    few: str = "popularity"
    many: str = "spectral"
    least: int = 3

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownModel: one is no model.
            UnknownSetting: one cannot be read or has no such setting, or ``least`` is negative.
        """
        check_range(self, "least", 0)
        for each in (self.few, self.many):
            _single(self, each)

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> Switched:
        """Train both.

        Raises:
            NothingToLearn: there is no interaction.
        """
        check_learnable(data)
        few, many = _fitted([_single(self, self.few), _single(self, self.many)], data, rng, progress)
        return Switched(few, many, np.bincount(data.users, minlength=data.user_count) < self.least)


@dataclass(frozen=True, slots=True)
class Cascaded:
    """A model's best items, in the order of another one.

    Attributes:
        first: picks.
        then: orders what was picked.
        depth: items picked.
        known: users × items that are not picked.
    """

    first: FittedModel
    then: FittedModel
    depth: int
    known: sp.csr_array

    def score(self, users: Rows) -> Scores:
        """Above 1 for picked items, by the other model; at most 1 for the rest: ``(len(users), items)``."""
        known = self.known[users]
        scores = part_of_best(common_scale(self.first.score(users), known))
        order = part_of_best(common_scale(self.then.score(users), known))
        free = scores.copy()
        free[np.repeat(np.arange(len(free)), np.diff(known.indptr)), known.indices] = -1.0
        picked = best(free, min(self.depth, free.shape[1]))
        np.put_along_axis(scores, picked, 1.5 + np.take_along_axis(order, picked, axis=1), axis=1)
        return scores

    def tables(self) -> Mapping[str, Scores]:
        """None: an order within a list is no inner product."""
        return {}


@dataclass(frozen=True)
class Cascade:
    """A model picks, another one orders.

    Attributes:
        first: a model that picks, such as ``spectral``.
        then: a model that orders, such as ``item_knn``.
        depth: items picked.
    """

    name: ClassVar[str] = "cascade"
    summary: ClassVar[str] = "Hybrid: the best items of one model in the order of another one."
    source: ClassVar[str] = "Burke, Hybrid recommender systems, UMUAI 2002"
    needs_torch: ClassVar[bool] = False

    first: str = "spectral"
    then: str = "item_knn"
    depth: int = 100

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownModel: one is no model.
            UnknownSetting: one cannot be read or has no such setting, or ``depth`` is below 1.
        """
        check_range(self, "depth", 1)
        for each in (self.first, self.then):
            _single(self, each)

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> Cascaded:
        """Train both.

        Raises:
            NothingToLearn: there is no interaction.
        """
        check_learnable(data)
        first, then = _fitted([_single(self, self.first), _single(self, self.then)], data, rng, progress)
        return Cascaded(first, then, self.depth, data.matrix())


HYBRIDS: tuple[type[Model], ...] = (Weighted, Switching, Cascade)


def _fitted(
    models: Sequence[Model], data: TrainingData, rng: np.random.Generator, progress: Progress
) -> list[FittedModel]:
    def part_of(place: int) -> Progress:
        return lambda done, note: progress((place + done) / len(models), f"{models[place].name}: {note}")

    return [each.fit(data, rng=rng, progress=part_of(place)) for place, each in enumerate(models)]


def _single(hybrid: Any, text: str) -> Model:
    found = _parts(hybrid, text)
    if len(found) != 1:
        raise UnknownSetting(hybrid.name, "parts", f"{text!r} is not one model")
    return found[0]


def _parts(hybrid: Any, text: str) -> list[Model]:
    """Read ``spectral(dim=64) + item_knn``."""
    from embeddings.models import model

    matches = [PART.fullmatch(each) for each in text.split("+")]
    found = [model(each["name"], _settings(hybrid, each["settings"] or "")) for each in matches if each]
    if len(found) < len(matches):
        raise UnknownSetting(hybrid.name, "parts", f"{text!r} is not of the form spectral(dim=64) + item_knn")
    return found


def _settings(hybrid: Any, text: str) -> dict[str, Any]:
    pairs = [each.partition("=") for each in text.split(",") if each.strip()]
    if not all(equals for _, equals, _ in pairs):
        raise UnknownSetting(hybrid.name, "parts", f"{text!r} is not of the form dim=64, linear=4.0")
    return {name.strip(): _value(value.strip()) for name, _, value in pairs}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _numbers(hybrid: Weighted) -> list[float]:
    try:
        return [float(each) for each in hybrid.weights.split()]
    except ValueError as error:
        raise UnknownSetting(hybrid.name, "weights", f"{hybrid.weights!r} holds something else than numbers") from error
