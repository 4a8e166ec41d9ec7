"""The node tables of a town: people, products, categories, brands, communities."""

from __future__ import annotations

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graph.simulate import words
from graph.simulate.people import CELEBRITY, FAKE, INFLUENCER
from graph.simulate.town import Town
from graph.simulate.words import chosen, ids, joined, scattered

Columns = dict[str, pa.Array]


def user_ids(town: Town, rows: NDArray[np.integer]) -> pa.Array:
    """External ids of people."""
    return ids("u", rows, len(town.people))


def product_ids(town: Town, rows: NDArray[np.integer]) -> pa.Array:
    """External ids of products."""
    return ids("p", rows, len(town.catalogue))


def category_ids(town: Town, rows: NDArray[np.integer]) -> pa.Array:
    """External ids of categories."""
    return ids("c", rows, len(town.catalogue.category_names))


def brand_ids(town: Town, rows: NDArray[np.integer]) -> pa.Array:
    """External ids of brands."""
    return ids("m", rows, town.catalogue.brand_count)


def community_ids(town: Town, rows: NDArray[np.integer]) -> pa.Array:
    """External ids of communities; null for -1."""
    return ids("g", rows, len(town.people.size))


def user_columns(town: Town) -> Columns:
    """One row an account, in row order; fakes leave most of it empty."""
    people = town.people
    rows = np.arange(len(people))
    empty = (people.role == FAKE) & (scattered(rows, 1) % 10 < 7)
    home = np.where(scattered(rows, 2) % 10 < 6, people.community, scattered(rows, 3) % 97)
    country = home // 4
    name = joined(chosen(words.FIRST, scattered(rows, 4)), chosen(words.LAST, scattered(rows, 5)))
    filled = {
        "display_name": name,
        "birth_year": pa.array(1950 + scattered(rows, 6) % 58),
        "gender": chosen(words.GENDERS, scattered(rows, 7)),
        "city": chosen(words.CITIES, np.maximum(home, 0)),
        "country": chosen(words.COUNTRIES, np.maximum(country, 0)),
        "language": chosen(words.LANGUAGES, np.maximum(country, 0)),
        "occupation": chosen(words.OCCUPATIONS, scattered(rows, 8)),
    }
    hidden = pa.array(empty)
    return {
        "id": user_ids(town, rows),
        "handle": joined(
            "user", pa.array(scattered(rows, 9) % 10_000).cast(pa.string()), ids("", rows, len(rows)), by="_"
        ),
        **{key: pc.if_else(hidden, None, column) for key, column in filled.items()},
        "joined_at": pa.array(people.joined_at),
        "visibility": chosen(("public",) * 18 + ("followers", "private"), scattered(rows, 10)),
        "consent": _consent(rows),
        "creator": _creator(town),
    }


def _consent(rows: NDArray[np.integer]) -> pa.Array:
    """Nine in ten have not touched it; some do not want to be named, few not to be profiled."""
    choices: list[str | None] = [None] * 18
    choices.append(orjson.dumps({"personalise": True, "name_in_reasons": False, "analytics": True}).decode())
    choices.append(orjson.dumps({"personalise": False, "name_in_reasons": False, "analytics": False}).decode())
    return pa.array(choices, pa.string()).take(pa.array(scattered(rows, 11) % len(choices)))


def _creator(town: Town) -> pa.Array:
    """What influencers and celebrities ask for, by how many follow them."""
    followers = np.diff(town.followers.offsets)
    texts: list[str | None] = [None] * len(town.people)
    for row in np.concatenate((town.people.rows(INFLUENCER), town.people.rows(CELEBRITY))):
        fee = 5_000 + 40 * int(followers[row])
        platforms = [{"name": "tastegraph", "handle": f"user_{row}"}]
        texts[row] = orjson.dumps({"fee_minor": fee, "currency": "EUR", "platforms": platforms}).decode()
    return pa.array(texts, pa.string())


def product_titles(town: Town, rows: NDArray[np.integer]) -> pa.Array:
    """Brand, adjective, kind and model number."""
    catalogue = town.catalogue
    kind = pa.array(catalogue.category_names).take(pa.array(catalogue.first_leaf + catalogue.leaf[rows]))
    model = pa.array(100 + scattered(rows, 21) % 900).cast(pa.string())
    return joined(_brand_names(town, rows), chosen(words.ADJECTIVES, scattered(rows, 20)), kind, model)


def _brand_names(town: Town, rows: NDArray[np.integer]) -> pa.Array:
    names = [words.brand_name(brand) for brand in range(town.catalogue.brand_count)]
    return pa.array(names).take(pa.array(town.catalogue.brand[rows]))


def product_columns(town: Town) -> Columns:
    """One row a product, in row order."""
    catalogue = town.catalogue
    rows = np.arange(len(catalogue))
    leaf = catalogue.first_leaf + catalogue.leaf
    kind = pa.array(catalogue.category_names).take(pa.array(leaf))
    adjective = chosen(words.ADJECTIVES, scattered(rows, 20))
    tags = joined(chosen(words.TAGS[:5], scattered(rows, 22)), chosen(words.TAGS[5:], scattered(rows, 23)), by="|")
    few = pa.array(["low price", "middle price", "high price"]).take(pa.array(catalogue.band.astype(np.int64)))
    return {
        "id": product_ids(town, rows),
        "title": product_titles(town, rows),
        "description": joined(adjective, pc.utf8_lower(kind), "by", _brand_names(town, rows), "at a", few),
        "categories": category_ids(town, leaf),
        "brand": brand_ids(town, catalogue.brand),
        "tags": pc.if_else(pa.array(scattered(rows, 24) % 3 == 0), None, tags),
        "price_minor": pa.array(catalogue.price_minor),
        "currency": chosen(("EUR",), rows),
        "created_at": pa.array(catalogue.created_at),
        "available": pc.if_else(pa.array(scattered(rows, 25) % 50 == 0), "false", "true"),
    }


def category_columns(town: Town) -> Columns:
    """Departments, parts, kinds, each with the one above."""
    parent = town.catalogue.category_parent
    return {
        "id": category_ids(town, np.arange(len(parent))),
        "name": pa.array(town.catalogue.category_names),
        "parent": category_ids(town, parent),
    }


def brand_columns(town: Town) -> Columns:
    """All brands."""
    rows = np.arange(town.catalogue.brand_count)
    return {"id": brand_ids(town, rows), "name": pa.array([words.brand_name(int(b)) for b in rows])}


def community_columns(town: Town) -> Columns:
    """The groups that people join, each named for what its community likes best."""
    people = town.people
    rows = np.arange(len(people.size))
    leaf = town.catalogue.first_leaf + people.favourite[people.members[people.place], 0]
    kind = pa.array(town.catalogue.category_names).take(pa.array(leaf))
    return {"id": community_ids(town, rows), "name": joined(kind, "friends", pa.array(rows + 1).cast(pa.string()))}
