"""A low-pass filter on the graph of people and products, in closed form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.classic.kernels import spread, spread_dense
from embeddings.settings import check_learnable, check_range
from embeddings.spectral.blocks import attributes, extended, friends, largest_value, normalised, power_of_degree
from embeddings.spectral.factors import Factors, leading_factors
from embeddings.training import Progress, Rows, TrainingData, silent

BLOCK_USERS = 256
"""People whose way through others is held at once."""

FOLD_IN = "Product:fold_in"
"""Label of the table that turns chosen products into a user's vector: the sum of their rows."""


@dataclass(frozen=True, slots=True)
class FilteredGraph:
    """Vectors of users and items.

    Attributes:
        users: ``(users, dim)`` float32.
        items: ``(items, dim)`` float32; inner products with ``users`` are the scores of the band.
        inputs: ``(items, dim)`` float32; the sum over a person's items is their vector, up to a factor.
        linear: the part outside the band, or None without one.
    """

    users: NDArray[np.float32]
    items: NDArray[np.float32]
    inputs: NDArray[np.float32]
    linear: LinearPart | None

    def score(self, users: Rows) -> NDArray[np.float32]:
        """Inner products, and the linear part where there is one: ``(len(users), items)``."""
        scores = self.users[users] @ self.items.T
        if self.linear is not None:
            self.linear.add(users, scores)
        return scores

    def tables(self) -> Mapping[str, NDArray[np.float32]]:
        """Users, products, and the products as input of a fold-in."""
        return {"User": self.users, "Product": self.items, FOLD_IN: self.inputs}


@dataclass(frozen=True, slots=True)
class LinearPart:
    """What ``ω M M' M`` says of every item, computed when it is asked for: it has no small vectors.

    Attributes:
        interactions: ``M``, users × items, normalised.
        back: ``M'`` by rows.
        factors: ``(items,)`` float32: ``ω`` times what an item's scores are multiplied by.
        people: ``(users,)`` float32: what each person's part is multiplied by.
    """

    interactions: sp.csr_array
    back: sp.csr_array
    factors: NDArray[np.float32]
    people: NDArray[np.float32]

    def add(self, users: Rows, scores: NDArray[np.float32]) -> None:
        """Add to ``(len(users), items)`` scores in place, in blocks of `BLOCK_USERS`."""
        whole, back = self.interactions, self.back
        people = np.empty((BLOCK_USERS, whole.shape[0]), np.float32)
        reached = np.empty((BLOCK_USERS, whole.shape[1]), np.float32)
        for start in range(0, len(users), BLOCK_USERS):
            own = whole[users[start : start + BLOCK_USERS]]
            alike, found = people[: own.shape[0]], reached[: own.shape[0]]
            spread(own.indptr, own.indices, own.data, back.indptr, back.indices, back.data, alike)
            spread_dense(alike, whole.indptr, whole.indices, whole.data, found)
            weights = self.people[users[start : start + BLOCK_USERS], None]
            scores[start : start + BLOCK_USERS] += found * self.factors * weights


@dataclass(frozen=True)
class Spectral:
    """Keep the smooth part of what people chose.

    The matrix ``M = [[R, c S], [a A, 0]]`` of interactions ``R``, follows ``S`` and attributes ``A``, each divided by
    powers of its degrees, is factored as ``U Σ V'``. A user's scores are ``U Σ g(Σ) V'``, each item's then multiplied
    by a power of its degree. With ``linear`` what lies outside the ``dim`` vectors is heard too, as in
    GF-CF; it has no place in `tables`, so an index over them answers with the band alone.

    Attributes:
        dim: singular vectors that are kept.
        user_exponent: power of a user's degree that interactions are divided by.
        item_exponent: power of an item's degree, likewise.
        popularity_exponent: power of an item's degree that its scores are multiplied by.
        sharpness: ``g(σ) = (σ / σ₁) ** sharpness``; 0 keeps all ``dim`` alike.
        linear: ``ω``: ``ω (σ / σ₁) ** 2`` is added to ``g`` for every ``σ``, those that are not kept included.
        individual: ``ω`` is multiplied by ``(degree / median degree) ** -individual`` of the person, so that those of
            whom little is known hear more of their items' direct neighbours.
        social: weight ``c`` of the follow graph; 0 leaves it out.
        attributes: weight ``a`` of the items' attributes; 0 leaves them out.
        rounds: of the randomised factorisation.
    """

    name: ClassVar[str] = "spectral"
    summary: ClassVar[str] = "Degree-normalised low-rank filter over interactions, follows and attributes."
    source: ClassVar[str] = (
        "Shen et al., GF-CF, CIKM 2021; Peng et al., SGFCF, SIGIR 2024; the social and attribute blocks and the "
        "individual weight of the linear part are ours"
    )
    needs_torch: ClassVar[bool] = False

    dim: int = 96
    user_exponent: float = 0.3
    item_exponent: float = 0.35
    popularity_exponent: float = 0.05
    sharpness: float = 1.5
    linear: float = 0.0
    individual: float = 0.0
    social: float = 0.3
    attributes: float = 0.0
    rounds: int = 6

    def __post_init__(self) -> None:
        """Refuse settings that cannot be.

        Raises:
            UnknownSetting: one lies out of its range.
        """
        check_range(self, "dim", 1)
        check_range(self, "rounds", 1)
        for each in ("user_exponent", "item_exponent", "popularity_exponent", "sharpness", "linear", "individual"):
            check_range(self, each, 0, 100)
        for each in ("social", "attributes"):
            check_range(self, each, 0, 100)

    def fit(self, data: TrainingData, *, rng: np.random.Generator, progress: Progress = silent) -> FilteredGraph:
        """Factor the matrix: O(``rounds · dim · edges + (users + items) · dim²``) time.

        Raises:
            NothingToLearn: there is no interaction.
        """
        check_learnable(data)
        matrix = data.matrix()
        factors = leading_factors(self._blocks(data, matrix), self.dim, rounds=self.rounds, rng=rng, progress=progress)
        return self._filtered(matrix, factors)

    def _blocks(self, data: TrainingData, matrix: sp.csr_array) -> sp.csr_array:
        interactions = normalised(matrix, self.user_exponent, self.item_exponent)
        scale = largest_value(interactions)
        social = known = None
        if self.social and len(data.followers):
            social = normalised(friends(data), 0.5, 0.5) * np.float32(self.social * scale)
        if self.attributes and len(data.attribute_items):
            known = normalised(attributes(data), 0.5, 0.5) * np.float32(self.attributes * scale)
        return extended(interactions, social, known)

    def _filtered(self, matrix: sp.csr_array, factors: Factors) -> FilteredGraph:
        user_count, item_count = matrix.shape
        response = (factors.values / factors.values[0]) ** np.float32(self.sharpness)
        right = factors.right[:item_count]
        outward = power_of_degree(matrix, 0, self.popularity_exponent)[:, None]
        inward = power_of_degree(matrix, 0, -self.item_exponent)[:, None]
        users = factors.left[:user_count] * (factors.values * response)
        linear = self._linear(matrix, factors) if self.linear else None
        return FilteredGraph(users, right * outward, right * response * inward, linear)

    def _linear(self, matrix: sp.csr_array, factors: Factors) -> LinearPart:
        interactions = normalised(matrix, self.user_exponent, self.item_exponent)
        weight = np.float32(self.linear / factors.values[0] ** 2)
        outward = weight * power_of_degree(matrix, 0, self.popularity_exponent)
        return LinearPart(interactions, interactions.T.tocsr(), outward, self._of_people(matrix))

    def _of_people(self, matrix: sp.csr_array) -> NDArray[np.float32]:
        """``(users,)`` float32: the individual part of ``ω``."""
        degrees = np.maximum(np.diff(matrix.indptr), 1)
        median = max(1.0, float(np.median(degrees[np.diff(matrix.indptr) > 0])))
        return np.asarray((degrees / median) ** -self.individual, np.float32)
