"""A small real graph, loaded, built and trained once; nothing is mocked.

Three circles of eight people. Everybody follows the next two of their circle and rated four of its six
products. The last two products of a circle belong to nobody's first three ratings, so there is something left to
recommend. One person and one product have ids that addresses must encode. ::

    circle c:  u-c-0 → u-c-1 → u-c-2 → … → u-c-7 → u-c-0        u-c-i rated p-c-(i … i+3 mod 6)
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.folders import open_folder
from api.settings import Settings
from api.steps import build_current, load_source
from api.training import train_model
from api.wiring import Service, open_service

CIRCLES, PEOPLE, PRODUCTS, RATED = 3, 8, 6, 4
ODD_USER = "Ana/50% 😀?#"
ODD_PRODUCT = "shoe/red 'n' \"blue\" & 100%"

MAPPING = """
[[nodes]]
file = "products.jsonl"
label = "Product"
columns = { id = "id", title = "title", categories = "categories", price_minor = "price" }

[[nodes]]
file = "users.jsonl"
label = "User"
columns = { id = "id", display_name = "name" }

[[events]]
file = "follows.jsonl"
type = "followed"
columns = { user_id = "who", other_id = "whom" }

[[events]]
file = "ratings.jsonl"
type = "rated"
columns = { user_id = "who", product_id = "what", value = "stars", at = "at" }
time = "unix_s"
"""


def user_id(circle: int, number: int) -> str:
    number %= PEOPLE
    return ODD_USER if (circle, number) == (0, 0) else f"u-{circle}-{number}"


def product_id(circle: int, number: int) -> str:
    number %= PRODUCTS
    return ODD_PRODUCT if (circle, number) == (0, 0) else f"p-{circle}-{number}"


def _lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def write_files(folder: Path) -> Path:
    """Write the graph's files and the mapping that loads them."""
    people = [(circle, number) for circle in range(CIRCLES) for number in range(PEOPLE)]
    things = [(circle, number) for circle in range(CIRCLES) for number in range(PRODUCTS)]
    _lines(folder / "users.jsonl", [{"id": user_id(*one), "name": f"Person {one[0]}.{one[1]}"} for one in people])
    _lines(
        folder / "products.jsonl",
        [
            {
                "id": product_id(*one),
                "title": f"Thing {one[0]}.{one[1]}",
                "categories": [f"c{one[0]}"],
                "price": 100 + one[1],
            }
            for one in things
        ],
    )
    _lines(
        folder / "follows.jsonl",
        [{"who": user_id(c, n), "whom": user_id(c, n + step)} for c, n in people for step in (1, 2)],
    )
    _lines(
        folder / "ratings.jsonl",
        [
            {"who": user_id(c, n), "what": product_id(c, n + step), "stars": 5, "at": 1_700_000_000 + 3600 * (n + step)}
            for c, n in people
            for step in range(RATED)
        ],
    )
    mapping = folder / "mapping.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    return mapping


@dataclass(frozen=True)
class Reader:
    """Asks an application without a network in between."""

    app: FastAPI

    def get(
        self, path: str, method: str = "GET", body: Any = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, path, json=body, headers=headers)

        return asyncio.run(ask())


@pytest.fixture(scope="session")
def mapping(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_files(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory, mapping: Path) -> Path:
    """A data folder with store, snapshot and one trained model."""
    path = tmp_path_factory.mktemp("town") / "data"
    folder = open_folder(Settings.read(data=path))
    load_source(str(mapping), folder, Settings.read(data=path))
    build_current(folder)
    train_model(folder, "spectral", {"dim": 8}, Settings.read(data=path))
    return path


@pytest.fixture(scope="session")
def service(data: Path) -> Service:
    return open_service(Settings.read(data=data))


@pytest.fixture(scope="session")
def get(service: Service) -> Callable[..., httpx.Response]:
    return Reader(create_app(service)).get
