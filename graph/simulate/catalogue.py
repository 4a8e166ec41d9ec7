"""What is sold in a town: a tree of categories, brands, and products with prices and qualities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.simulate.settings import BAND_COUNT, DAY_MS, DAYS, START_MS, TownSettings

DEPARTMENTS: tuple[tuple[str, tuple[tuple[str, tuple[str, str, str]], ...]], ...] = (
    (
        "Fashion",
        (
            ("Shoes", ("Sneakers", "Boots", "Sandals")),
            ("Clothing", ("Dresses", "Jackets", "Shirts")),
            ("Bags", ("Backpacks", "Handbags", "Suitcases")),
            ("Accessories", ("Scarves", "Watches", "Sunglasses")),
        ),
    ),
    (
        "Beauty",
        (
            ("Skin Care", ("Face Creams", "Serums", "Sunscreens")),
            ("Make-up", ("Lipsticks", "Mascaras", "Foundations")),
            ("Hair Care", ("Shampoos", "Hair Masks", "Hair Dryers")),
            ("Fragrance", ("Perfumes", "Body Mists", "Scented Candles")),
        ),
    ),
    (
        "Electronics",
        (
            ("Audio", ("Headphones", "Speakers", "Turntables")),
            ("Photography", ("Cameras", "Lenses", "Tripods")),
            ("Computing", ("Laptops", "Keyboards", "Monitors")),
            ("Phones", ("Smartphones", "Phone Cases", "Chargers")),
        ),
    ),
    (
        "Home",
        (
            ("Furniture", ("Chairs", "Tables", "Shelves")),
            ("Kitchen", ("Pans", "Knives", "Coffee Machines")),
            ("Textiles", ("Blankets", "Cushions", "Rugs")),
            ("Lighting", ("Desk Lamps", "Floor Lamps", "Lanterns")),
        ),
    ),
    (
        "Sports",
        (
            ("Running", ("Running Shoes", "Running Belts", "Sports Watches")),
            ("Cycling", ("Bicycles", "Helmets", "Bike Lights")),
            ("Yoga", ("Yoga Mats", "Leggings", "Foam Rollers")),
            ("Outdoor", ("Tents", "Sleeping Bags", "Hiking Poles")),
        ),
    ),
    (
        "Food",
        (
            ("Coffee and Tea", ("Coffee Beans", "Green Teas", "Herbal Teas")),
            ("Sweets", ("Chocolates", "Biscuits", "Liquorice")),
            ("Pantry", ("Olive Oils", "Spices", "Pasta")),
            ("Drinks", ("Juices", "Lemonades", "Syrups")),
        ),
    ),
    (
        "Books and Games",
        (
            ("Fiction", ("Novels", "Thrillers", "Poetry")),
            ("Knowledge", ("Cookbooks", "Travel Guides", "Biographies")),
            ("Games", ("Board Games", "Puzzles", "Card Games")),
            ("Stationery", ("Notebooks", "Fountain Pens", "Calendars")),
        ),
    ),
    (
        "Family and Pets",
        (
            ("Toys", ("Building Blocks", "Dolls", "Toy Trains")),
            ("Baby", ("Prams", "Baby Clothes", "Night Lights")),
            ("Dogs", ("Dog Beds", "Leashes", "Dog Food")),
            ("Cats", ("Cat Trees", "Cat Toys", "Cat Food")),
        ),
    ),
)
"""Department, its parts, their kinds."""

BAND_PRICE = (900.0, 3_900.0, 16_000.0)
"""Middle price of each band in the smallest unit, before the kind's own factor."""
BRANDS_PER_DEPARTMENT = 30


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Columns of categories and products.

    Attributes:
        category_names: names; departments first, then parts, then kinds.
        category_parent: row of the category above, -1 for departments.
        first_leaf: row of the first kind: kind ``l`` is category ``first_leaf + l``.
        department: ``(l,)`` department of each kind.
        brand_count: how many brands there are.
        leaf: ``(p,)`` kind of each product.
        band: ``(p,)`` its price band, 0 to 2.
        brand: ``(p,)`` its brand.
        quality: ``(p,)`` hidden: standard normal, moves likes and stars.
        price_minor: ``(p,)`` price.
        created_at: ``(p,)`` when it was first sold, milliseconds since 1970.
        bucket_offsets, bucket_products: products by kind and band (bucket ``3 * leaf + band``), most popular first;
            the first of each was on sale before the first day.
    """

    category_names: tuple[str, ...]
    category_parent: NDArray[np.int32]
    first_leaf: int
    department: NDArray[np.int32]
    brand_count: int
    leaf: NDArray[np.int32]
    band: NDArray[np.int8]
    brand: NDArray[np.int32]
    quality: NDArray[np.float32]
    price_minor: NDArray[np.int64]
    created_at: NDArray[np.int64]
    bucket_offsets: NDArray[np.int64]
    bucket_products: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.leaf)


def make_catalogue(settings: TownSettings, rng: np.random.Generator) -> Catalogue:
    """Categories by the size of the town (16 kinds below 2,000 people, else 96) and products in each."""
    names, parent, first_leaf, department = _tree(*((4, 2, 2) if settings.people < 2_000 else (8, 4, 3)))
    leaves = len(department)
    buckets = leaves * BAND_COUNT
    count = max(buckets, settings.products or settings.people // 2)
    bucket = np.concatenate((np.arange(buckets), rng.integers(0, buckets, count - buckets)))
    bucket = rng.permutation(bucket)
    leaf, band = bucket // BAND_COUNT, bucket % BAND_COUNT
    products = np.argsort(bucket, kind="stable").astype(np.int32)
    offsets = np.concatenate(([0], np.cumsum(np.bincount(bucket, minlength=buckets)))).astype(np.int64)
    days = np.where(rng.random(count) < 0.7, -700 * rng.random(count), (DAYS - 10) * rng.random(count))
    days[products[offsets[:-1]]] = -700.0
    brands_each = min(BRANDS_PER_DEPARTMENT, max(4, count // 60))
    factor = np.exp(rng.normal(0.0, 0.5, leaves))
    price = np.array(BAND_PRICE)[band] * factor[leaf] * np.exp(rng.normal(0.0, 0.2, count))
    return Catalogue(
        category_names=names,
        category_parent=parent,
        first_leaf=first_leaf,
        department=department,
        brand_count=brands_each * (int(department.max()) + 1),
        leaf=leaf.astype(np.int32),
        band=band.astype(np.int8),
        brand=(department[leaf] * brands_each + rng.integers(0, brands_each, count)).astype(np.int32),
        quality=rng.normal(size=count).astype(np.float32),
        price_minor=(np.maximum(1, price // 100) * 100 - 1).astype(np.int64),
        created_at=START_MS + (days * DAY_MS).astype(np.int64),
        bucket_offsets=offsets,
        bucket_products=products,
    )


def _tree(
    departments: int, parts: int, kinds: int
) -> tuple[tuple[str, ...], NDArray[np.int32], int, NDArray[np.int32]]:
    """Names and parents of a tree of that size, the row of the first kind, and the department of each kind."""
    top = DEPARTMENTS[:departments]
    names = [name for name, _ in top]
    names += [part for _, below in top for part, _ in below[:parts]]
    names += [kind for _, below in top for _, leaves in below[:parts] for kind in leaves[:kinds]]
    part_parent = np.repeat(np.arange(departments), parts)
    kind_parent = departments + np.repeat(np.arange(departments * parts), kinds)
    parent = np.concatenate((np.full(departments, -1), part_parent, kind_parent)).astype(np.int32)
    return tuple(names), parent, departments * (1 + parts), np.repeat(part_parent, kinds).astype(np.int32)
