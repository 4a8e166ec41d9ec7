"""Events that change the next answer: how many a second are taken, and how soon every worker knows of one."""

from __future__ import annotations

import asyncio
import random
import shutil
import time
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from benchmarks.harness import Measure, alone
from benchmarks.serving import Pool, feed_rates, open_loop, packed, percentile_ms, served

PEOPLE = 10_000
PRODUCTS = 5_000
PORT = 18_417
WORKERS = 2
BATCHES, BATCH, CLIENTS = 200, 1_000, 4
EVENTS_A_SECOND, FEEDS_A_SECOND, SECONDS = 500, 100, 40.0
PROBES = 100
NUMBERS = count()
NEVER = {"events__rebuild_events": "0", "events__rebuild_minutes": "0"}


def events_in(work: Path) -> list[Measure]:
    """`POST /v1/events` in batches of 1,000, generator and store included, on all cores together."""
    folder = made_town(work)
    rate, slowest = alone(_ingest, folder)
    return [
        Measure("events acknowledged, batches of 1,000", rate, "/s", 20_000, at_least=True),
        Measure("slowest batch", slowest, "ms"),
    ]


def freshness(work: Path) -> list[Measure]:
    """A dislike at a time: until the product is gone from the feed on each of eight connections to two workers."""
    folder = made_town(work)
    reflected, feeds, taken, missing = alone(_freshness, folder)
    return [
        Measure("event sent to every worker's answer, p95", percentile_ms(reflected, 95), "ms", 200),
        Measure("p99", percentile_ms(reflected, 99), "ms", 500),
        Measure("probes", len(reflected), ""),
        Measure("probes that never showed", missing, ""),
        Measure("feeds meanwhile, p99 from when due", percentile_ms(feeds, 99), "ms"),
        Measure("events meanwhile, p99 from when due", percentile_ms(taken, 99), "ms"),
    ]


def feeds(work: Path) -> list[Measure]:
    """Feeds of the town over HTTP at two workers: as many as can be, then at half that rate from when they were due."""
    folder = made_town(work)
    rate, half = alone(_feeds, folder)
    return [
        Measure("feeds, 16 clients one after the other", rate, "/s"),
        Measure("at half that rate, median", percentile_ms(half, 50), "ms"),
        Measure("at half that rate, p99", percentile_ms(half, 99), "ms"),
    ]


def made_town(work: Path) -> Path:
    """The data folder of a town, loaded, with a snapshot and a trained spectral model; made anew."""
    folder = work / "live"
    shutil.rmtree(folder, ignore_errors=True)
    alone(_prepared, folder)
    return folder / "data"


def _prepared(folder: Path) -> None:
    from api.settings import Settings
    from api.steps import build_current
    from api.training import train_model
    from graph.folder import DataFolder
    from graph.load import load
    from graph.simulate import TownSettings, simulate_town

    mapping = simulate_town(TownSettings(people=PEOPLE, products=PRODUCTS)).write(folder / "town")
    data = DataFolder(folder / "data")
    load(mapping, data)
    build_current(data)
    train_model(data, "spectral", {}, Settings.read(data=data.path))


def _ids(folder: Path) -> tuple[list[str], list[str]]:
    from graph.folder import DataFolder
    from graph.snapshot.shelf import Shelf

    names = Shelf(DataFolder(folder).snapshots).current(verify=False).vocabularies
    return tuple(names[label].ids(range(len(names[label]))) for label in ("User", "Product"))  # type: ignore[return-value]


def _event(people: list[str], products: list[str], **more: str) -> dict[str, Any]:
    kind = random.choice(("viewed", "viewed", "viewed", "liked", "bought"))
    named = {"user_id": random.choice(people), "product_id": random.choice(products)}
    return {"event_id": f"b{time.time_ns()}-{next(NUMBERS)}", "type": kind, **named, **more}


def _ingest(folder: Path) -> tuple[float, float]:
    people, products = _ids(folder)
    bodies = [
        packed([_event(people, products, at="2026-11-23T10:00:00Z") for _ in range(BATCH)]) for _ in range(BATCHES)
    ]
    with served(folder, PORT, WORKERS, **NEVER):
        return asyncio.run(_send(bodies))


async def _send(bodies: list[bytes]) -> tuple[float, float]:
    pool, waiting, slowest = Pool(PORT), list(bodies), 0.0

    async def client() -> None:
        nonlocal slowest
        while waiting:
            start = time.perf_counter()
            status, answer = await pool.ask("/v1/events", waiting.pop())
            slowest = max(slowest, time.perf_counter() - start)
            assert status == 202, answer
            assert orjson.loads(answer)["accepted"] == BATCH

    start = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    taken = time.perf_counter() - start
    pool.close()
    return len(bodies) * BATCH / taken, 1000 * slowest


def _freshness(folder: Path) -> tuple[list[float], list[float], list[float], int]:
    people, products = _ids(folder)
    with served(folder, PORT, WORKERS, **NEVER):
        return asyncio.run(_probe(people, products))


async def _probe(people: list[str], products: list[str]) -> tuple[list[float], list[float], list[float], int]:
    pool, probing = Pool(PORT), [Pool(PORT) for _ in range(4 * WORKERS)]

    async def feed(_: int) -> None:
        status, _body = await pool.ask(f"/v1/users/{random.choice(people)}/feed")
        assert status == 200

    async def tell(_: int) -> None:
        status, _body = await pool.ask("/v1/events", packed([_event(people, products) for _ in range(10)]))
        assert status == 202

    async def probes() -> tuple[list[float], int]:
        found, missing = [], 0
        for person in random.sample(people, PROBES):
            _, answer = await pool.ask(f"/v1/users/{person}/feed")
            offered = orjson.loads(answer)["items"][0]["id"]
            start = time.perf_counter()
            told = {"type": "disliked", "user_id": person, "product_id": offered}
            await pool.ask("/v1/events", packed([told]))
            shown = await asyncio.gather(*(_gone(each, person, offered, start) for each in probing))
            missing += None in shown
            found += [max(each for each in shown if each is not None)] if None not in shown else []
            await asyncio.sleep(0.05)
        return found, missing

    background = asyncio.gather(
        open_loop(FEEDS_A_SECOND, SECONDS, feed), open_loop(EVENTS_A_SECOND / 10, SECONDS, tell)
    )
    reflected, missing = await probes()
    asked, taken = await background
    for each in (pool, *probing):
        each.close()
    return reflected, asked, taken, missing


async def _gone(pool: Pool, person: str, product: str, start: float) -> float | None:
    """Seconds until a product is gone from a feed; None after ten."""
    while time.perf_counter() - start < 10:
        _, answer = await pool.ask(f"/v1/users/{person}/feed")
        if product not in (item["id"] for item in orjson.loads(answer)["items"]):
            return time.perf_counter() - start
        await asyncio.sleep(0.01)
    return None


def _feeds(folder: Path) -> tuple[float, list[float]]:
    people, _ = _ids(folder)
    with served(folder, PORT, WORKERS, **NEVER):
        return asyncio.run(feed_rates(PORT, lambda: random.choice(people)))
