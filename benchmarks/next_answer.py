"""What the very next answer makes of an event: purchases in a new cluster, and products that just came."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import orjson

from benchmarks.harness import Measure, alone
from benchmarks.live import NEVER, WORKERS, made_town
from benchmarks.serving import Pool, packed, percentile_ms, served

PORT = 18_437
PEOPLE_ASKED, PURCHASES, NEW_PRODUCTS = 200, 6, 100
TOP = 20
Tree = dict[str, list[str]]


def next_answer(work: Path) -> list[Measure]:
    """A cluster is a group of kinds such as Shoes, in which the person never chose anything."""
    folder = made_town(work)
    before, after, asked, searched, alike = alone(_asked, folder)
    return [
        Measure("of the top 20, from a new cluster: before", float(np.mean(before)), "mean"),
        Measure("after 6 purchases there, the next answer", float(np.median(after)), "median", 10, at_least=True),
        Measure("people with 10 or more", float(np.mean(np.array(after) >= 10)), "share"),
        Measure("purchases sent to that answer, p95", percentile_ms(asked, 95), "ms"),
        Measure("a new product found by search at each worker, p95", percentile_ms(searched, 95), "ms", 1000),
        Measure("and with ten of its kind beside it, p95", percentile_ms(alike, 95), "ms", 1000),
    ]


def clusters(folder: Path) -> tuple[Tree, dict[str, set[str]]]:
    """Products by cluster, and the clusters that each person chose from."""
    from graph.folder import DataFolder
    from graph.snapshot.shelf import Shelf
    from graph.snapshot.view import LiveView

    view = LiveView(Shelf(DataFolder(folder).snapshots).current(verify=False))
    kinds = view.edges("Product", "IN_CATEGORY", "Category").out
    above = view.edges("Category", "SUBCATEGORY_OF", "Category").out
    of: dict[int, str] = {}
    products: Tree = defaultdict(list)
    for row in range(view.count("Product")):
        cluster = view.id_of("Category", int(above.neighbours(int(kinds.neighbours(row)[0]))[0]))
        products[cluster].append(view.id_of("Product", row))
        of[row] = cluster
    chosen = {
        view.id_of("User", row): {of[each] for each in view.actions.out.neighbours(row).tolist()}
        for row in range(view.count("User"))
    }
    return dict(products), chosen


def _asked(folder: Path) -> tuple[list[int], list[int], list[float], list[float], list[float]]:
    with served(folder, PORT, WORKERS, **NEVER):
        return asyncio.run(_ask(*clusters(folder)))


async def _ask(
    products: Tree, chosen: dict[str, set[str]]
) -> tuple[list[int], list[int], list[float], list[float], list[float]]:
    rng, pool = random.Random(0), Pool(PORT)
    found: tuple[list[int], list[int], list[float], list[float], list[float]] = ([], [], [], [], [])
    able = [person for person, known in chosen.items() if known and len(known) < len(products)]
    for person in rng.sample(able, PEOPLE_ASKED):
        cluster = rng.choice(sorted(products.keys() - chosen[person]))
        bought = rng.sample(products[cluster], PURCHASES)
        found[0].append(_count(await pool.ask(f"/v1/users/{person}/feed?limit={TOP}"), products[cluster]))
        start = time.perf_counter()
        told = packed([{"type": "bought", "user_id": person, "product_id": each} for each in bought])
        _, answer = await pool.ask("/v1/events", told)
        position = str(orjson.loads(answer)["position"])
        feed = await pool.ask(f"/v1/users/{person}/feed?limit={TOP}", X_After_Position=position)
        found[2].append(time.perf_counter() - start)
        found[1].append(_count(feed, products[cluster]))
    others = [Pool(PORT) for _ in range(4 * WORKERS)]
    for number in range(NEW_PRODUCTS):
        like = rng.choice(products[rng.choice(sorted(products))])
        kind = next(each for each in products.values() if like in each)
        searched, beside = await _arrives(pool, others, f"new-{number}", like, kind)
        found[3].append(searched)
        found[4].append(beside)
    for each in (pool, *others):
        each.close()
    return found


def _count(answer: tuple[int, bytes], among: list[str]) -> int:
    return len({item["id"] for item in orjson.loads(answer[1])["items"]} & set(among))


async def _arrives(pool: Pool, others: list[Pool], product_id: str, like: str, kind: list[str]) -> tuple[float, float]:
    """Seconds from a product's event until each connection's worker finds it by its name, and has what is like it."""
    _, answer = await pool.ask(f"/v1/products/{like}")
    known = orjson.loads(answer)["properties"]
    name = "".join(chr(ord("a") + int(digit)) for digit in product_id.rpartition("-")[2]) + "quillon"
    properties = {each: known[each] for each in ("categories", "brand", "tags") if known.get(each)}
    told = {"type": "product", "product_id": product_id, "properties": {"title": f"The {name} lamp", **properties}}
    start = time.perf_counter()
    await pool.ask("/v1/events", packed([told]))
    body = orjson.dumps({"text": name, "limit": 10})
    searched = await asyncio.gather(*(_until(each, "/v1/search", body, [product_id], 1, start) for each in others))
    path = f"/v1/products/{product_id}/similar?limit={TOP}"
    beside = await asyncio.gather(*(_until(each, path, None, kind, TOP // 2, start) for each in others))
    return max(searched), max(beside)


async def _until(pool: Pool, path: str, body: bytes | None, wanted: list[str], enough: int, start: float) -> float:
    """Seconds until an answer has enough of the products; ten where none does."""
    while time.perf_counter() - start < 10:
        status, answer = await pool.ask(path, body)
        if status == 200 and _count((status, answer), wanted) >= enough:
            return time.perf_counter() - start
        await asyncio.sleep(0.01)
    return 10.0
