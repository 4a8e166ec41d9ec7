"""Real ids to ask about, from the busiest to those with just enough to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from api.wiring import Service

FOLLOWS = ("User", "FOLLOWS", "User")
WANTED = 12
ENOUGH = 3
"""Fewest actions, and people followed, of somebody who is asked about."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Ids to ask about.

    Attributes:
        users: people who follow others and did something; the first one's feed names people whom they follow.
        products: products that people did something with.
    """

    users: tuple[str, ...]
    products: tuple[str, ...]

    def calls(self, address: str, key: str | None = None) -> tuple[str, ...]:
        """Three calls to paste into a shell, with a key if one is needed: feed, similar products, people to follow."""
        user, product = encoded(self.users[0]), encoded(self.products[0])
        paths = (f"users/{user}/feed", f"products/{product}/similar", f"users/{user}/people")
        header = "" if key is None else f'-H "X-API-Key: {key}" '
        return tuple(f"curl -s {header}'{address}/v1/{path}?limit=5'" for path in paths)


def encoded(key: str) -> str:
    """An id as part of a path."""
    return quote(key, safe="").replace("'", "%27")


def choose_examples(service: Service) -> Examples | None:
    """Pick examples; None where nobody follows anybody or nothing was done."""
    view = service.view
    acted = view.actions
    people, products = (np.arange(view.count(label), dtype=np.int32) for label in ("User", "Product"))
    sizes = np.minimum(view.edges(*FOLLOWS).out.degrees(people), acted.out.degrees(people))
    busy_people = _busiest(sizes, view.gone("User")[: len(people)])
    busy_products = _busiest(acted.into.degrees(products), view.gone("Product")[: len(products)])
    if not len(busy_people) or not len(busy_products):
        return None
    users = [view.id_of("User", row) for row in busy_people.tolist()]
    first = next((user for user in users if names_friends(service.recommender.feed(user))), users[0])
    others = (user for user in users if user != first)
    return Examples((first, *others), tuple(view.id_of("Product", row) for row in busy_products.tolist()))


def names_friends(slate: Mapping[str, Any]) -> bool:
    """Whether some item is there because of people whom the person follows, and the answer says which."""
    reasons = (reason for item in slate["items"] for reason in item["reasons"])
    return any(reason["type"] == "social" and reason["people"] for reason in reasons)


def _busiest(size: NDArray[np.int64], gone: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Rows with at least `ENOUGH`, the busiest first, then ever sparser ones."""
    enough = np.flatnonzero((size >= ENOUGH) & ~gone)
    order = enough[np.argsort(-size[enough], kind="stable")]
    if not len(order):
        return order
    return order[np.unique(np.geomspace(1, len(order), WANTED).astype(np.int64)) - 1]
