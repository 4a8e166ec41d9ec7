"""Records example answers of the named queries: ``python -m api.query_examples DATA docs/reference --graph Ciao``.

It asks the Neo4j server of the settings, into which the data folder's graph was loaded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from api.asking import Asker
from api.queries_page import EXAMPLES, SHOWN, public_queries
from graph.errors import TastegraphError
from graph.queries import NamedQuery
from graph.store.port import GraphStore

RATED = ("User", "RATED", "Product")
FOLLOWS = ("User", "FOLLOWS", "User")
IN_CATEGORY = ("Product", "IN_CATEGORY", "Category")


@dataclass(frozen=True, slots=True)
class Subjects:
    """External ids to ask about, those with most relationships first.

    Attributes:
        users: by ratings times (followers + people followed).
        products: by ratings.
        categories: by products.
        newest_ms: time of the newest rating, in milliseconds since 1970.
    """

    users: tuple[str, ...]
    products: tuple[str, ...]
    categories: tuple[str, ...]
    newest_ms: int

    def parameters(self, found: NamedQuery, place: int) -> dict[str, Any]:
        """What a query needs, filled with the subjects at that place; archives hold ratings, so these count."""
        named = {
            "user_id": self.users[place % len(self.users)],
            "other_id": self.users[(place + 1) % len(self.users)],
            "product_id": self.products[place % len(self.products)],
            "category_id": self.categories[place % len(self.categories)] if self.categories else "none",
            "community": 0,
            "segment_id": "none",
        }
        given = {name: named[name] for name in found.parameters if name in named}
        if '["BOUGHT"]' in found.parameters.get("actions", ""):
            given["actions"] = ["RATED"]
        return given


def subjects(store: GraphStore) -> Subjects:
    """Who and what there is to ask about, found by counting relationships."""
    people, products, categories = (store.node_count(label) for label in ("User", "Product", "Category"))
    ratings, rated = np.zeros(people, np.int64), np.zeros(products, np.int64)
    met, members = np.zeros(people, np.int64), np.zeros(categories, np.int64)
    newest_ms = 0
    for batch in store.edges(RATED):
        newest_ms = max(newest_ms, int(batch.at.max(initial=0)))
        np.add.at(ratings, batch.source, 1)
        np.add.at(rated, batch.target, 1)
    for batch in store.edges(FOLLOWS):
        np.add.at(met, batch.source, 1)
        np.add.at(met, batch.target, 1)
    for batch in store.edges(IN_CATEGORY):
        np.add.at(members, batch.target, 1)
    users, goods = _most(store, "User", ratings * met), _most(store, "Product", rated)
    return Subjects(users, goods, _most(store, "Category", members), newest_ms)


def _most(store: GraphStore, label: str, counts: NDArray[np.int64]) -> tuple[str, ...]:
    ids = [each for batch in store.node_ids(label) for each in batch]
    ranked = np.argsort(-counts, kind="stable")
    return tuple(found for row in ranked[counts[ranked] > 0] if (found := ids[row]) is not None)


def examples(asker: Asker, about: Subjects, graph: str) -> dict[str, dict[str, Any]]:
    """The first rows of every public query, without those that this server could not answer.

    A few subjects are tried until one has an answer; where none has, the empty answer of the first is kept.
    """
    found = {each.name: _example(asker, about, each, graph) for each in public_queries()}
    return {name: example for name, example in found.items() if example}


def _example(asker: Asker, about: Subjects, found: NamedQuery, graph: str) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for place in (50, 100, 200, 400, 0, 1, 2):
        given = about.parameters(found, place)
        try:
            answer: Mapping[str, Any] = asker.ask_named(found.name, given)
        except TastegraphError:  # such as for want of an index that a model's write-back makes
            continue
        example = {"graph": graph, "given": given, "columns": answer["columns"], "rows": answer["rows"][:SHOWN]}
        kept = kept or example
        if example["rows"] or not given:
            return example
    return kept


def record(
    data: Annotated[Path, typer.Argument(help="Data folder whose graph the server holds.")],
    folder: Annotated[Path, typer.Argument(help="Folder of the reference pages.")],
    graph: Annotated[str, typer.Option(help="Name of the graph, as the page says it.")] = "Ciao",
) -> None:
    """Ask every public query and write the answers down."""
    from api.folders import open_folder
    from api.settings import Settings
    from api.wiring import open_asker

    settings = Settings.read(data=data)
    held = open_folder(settings)
    with closing(held.open_store(read_only=True)) as store:
        about = subjects(store)
    with closing(open_asker(settings, about.newest_ms)) as asker:
        found = examples(asker, about, graph)
    (folder / EXAMPLES).write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    typer.echo(f"{sum(bool(each['rows']) for each in found.values())} of {len(found)} queries have rows to show")


if __name__ == "__main__":
    typer.run(record)
