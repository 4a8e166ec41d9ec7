"""Random small towns with every kind of edge, for the exports."""

import numpy as np

from graph.snapshot.view import LiveView
from tests.graph.snapshot.small import small_view

USERS, PRODUCTS = 9, 8


def random_town(folder, seed: int) -> LiveView:
    """People who follow, rate, buy and like; categories, brands, knowledge; a person erased, a product ended."""
    rng = np.random.default_rng(seed)

    def pairs(count: int, sources: str, targets: str) -> list[tuple[str, str, int]]:
        many = {"u": USERS, "p": PRODUCTS}
        return [
            (
                f"{sources}{rng.integers(many[sources])}",
                f"{targets}{rng.integers(many[targets])}",
                int(rng.integers(400)),
            )
            for _ in range(count)
        ]

    return small_view(
        folder,
        users=[*(f"u{each}" for each in range(USERS)), None],
        products=[f"p{each}" for each in range(PRODUCTS)],
        rated=[(u, p, float(rng.integers(2, 11)) / 2, at) for u, p, at in pairs(12, "u", "p")],
        bought=pairs(10, "u", "p"),
        actions={"LIKED": pairs(6, "u", "p")},
        follows=pairs(10, "u", "u"),
        edges={("User", "MUTED", "User"): pairs(3, "u", "u")},
        properties={
            "Product": {
                f"p{each}": {
                    "title": f"Thing {each} 茶\x07",
                    "price_minor": 100 + each,
                    "created_at": 1_700_000_000_000 + each,
                    "categories": [f"c{each % 3}"],
                    "brand": f"b{each % 2}",
                    "available": {"DE": bool(each % 2)},
                    "related": {"us": {"goes_with": [f"Product:p{(each + 1) % PRODUCTS}", "Entity:e"]}},
                }
                for each in range(PRODUCTS)
            },
            "Category": {"c1": {"parent": ["c0"], "name": "Kitchen"}},
            "Segment": {"s": {"label": "early"}},
        },
        gone={"Product": ["p7"]},
    )
