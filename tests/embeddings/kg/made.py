"""A small catalogue with a rule in it."""

import numpy as np

from embeddings.kg.graph import ACTED, EdgeSet, KnowledgeGraph, Relation, knowledge_graph

PEOPLE, PRODUCTS, BRANDS, CATEGORIES = 120, 90, 9, 3


def catalogue(seed: int = 0, forgotten: int = 0) -> tuple[KnowledgeGraph, list[tuple[int, int]]]:
    """Products of nine brands in three categories; each person buys products of one brand.

    ::

        person i ──ACTED──► 6 of the products of brand i % 9 ──MADE_BY──► brand b ──SELLS──► category b % 3
                                                             └─IN_CATEGORY──► category b % 3

    Args:
        seed: of who buys what.
        forgotten: so many products have no brand in the graph.

    Returns:
        The graph, and product and brand rows of what was left out.
    """
    rng = np.random.default_rng(seed)
    products = np.arange(PRODUCTS)
    bought = [rng.choice(products[products % BRANDS == person % BRANDS], 6, replace=False) for person in range(PEOPLE)]
    missing = rng.choice(products, forgotten, replace=False)
    kept = np.setdiff1d(products, missing)
    brands = np.arange(BRANDS)
    edges = [
        EdgeSet(Relation(ACTED, "User", "Product"), np.repeat(np.arange(PEOPLE), 6), np.concatenate(bought)),
        EdgeSet(Relation("MADE_BY", "Product", "Brand"), kept, kept % BRANDS),
        EdgeSet(Relation("IN_CATEGORY", "Product", "Category"), products, products % CATEGORIES),
        EdgeSet(Relation("SELLS", "Brand", "Category"), brands, brands % CATEGORIES),
    ]
    counts = {"User": PEOPLE, "Product": PRODUCTS, "Brand": BRANDS, "Category": CATEGORIES}
    return knowledge_graph(counts, edges), [(row, row % BRANDS) for row in missing.tolist()]
