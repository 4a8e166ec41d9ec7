"""The client of the package, against a real service."""

from __future__ import annotations

import ast
import asyncio
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.access.keys import ApiKeys
from api.app import create_app
from api.settings import Settings
from api.wiring import open_service
from tastegraph_client import ApiError, AsyncClient, Client, Item, Unreachable
from tests.api.conftest import ODD_USER, data, mapping

__all__ = ["data", "mapping"]
KEY = "a key for the client's tests"
FOLDER = Path(__file__).parents[2] / "client"


@pytest.fixture
def app(data: Path, tmp_path: Path) -> Iterator[FastAPI]:
    service = open_service(Settings.read(data=shutil.copytree(data, tmp_path / "data")))
    yield create_app(service, ApiKeys(tmp_path / "keys.json", KEY))
    service.close()


@pytest.fixture
def client(app: FastAPI) -> Iterator[Client]:
    with TestClient(app) as http:
        yield Client(key=KEY, http=http)


def test_every_call_has_its_answer(client: Client) -> None:
    feed = client.recommend(
        "feed", user_id="u-1-3", page_size=4, filter="price_minor >= $least", filter_values={"least": 1}
    )
    assert (len(feed.items), feed.placement, feed.items[0].type) == (4, "feed", "product")
    assert feed.items[0].reasons[0]["text"]
    assert client.search("thing").items
    assert client.user(ODD_USER)["id"] == ODD_USER
    assert client.product("p-1-3")["id"] == "p-1-3"
    assert client.explain("u-1-3", feed.items[0].id)["user_id"] == "u-1-3"
    assert client.placements()["version"] == 0
    assert client.put_placements({"feed": {"page_size": 3}}, validate_only=True)["version"] == 0
    assert client.put_placements({"feed": {"page_size": 3}}, expected=0)["version"] == 1
    assert len(client.recommend(user_id="u-1-3").items) == 3
    assert client.erase("u-1-3")["user_id"] == "u-1-3"


def test_pages_are_asked_for_as_they_are_wanted(client: Client) -> None:
    whole = client.recommend("feed", user_id="u-1-3", page_size=100)
    assert tuple(client.all_items("feed", user_id="u-1-3", page_size=4)) == whole.items
    first = next(client.pages("feed", user_id="u-1-3", page_size=4))
    assert first.items == whole.items[:4]


def test_what_was_sent_is_in_the_next_answer(client: Client) -> None:
    wanted = client.recommend("feed", user_id="u-1-3").items[0].id
    told = {"type": "bought", "user_id": "u-1-3", "product_id": wanted, "event_id": "e1"}
    receipt = client.send([told, {"type": "bought", "user_id": "u-1-3"}])
    assert (receipt.accepted, receipt.rejected, receipt.results[0].event_id) == (1, 1, "e1")
    assert receipt.results[1].reason
    answer = client.recommend("feed", user_id="u-1-3")
    assert wanted not in [item.id for item in answer.items]
    assert not answer.stale
    assert client.send([told]).duplicates == 1


def test_a_refusal_says_what_was_wrong(client: Client, app: FastAPI) -> None:
    with pytest.raises(ApiError, match="did you mean feed") as refused:
        client.recommend("fed", user_id="u-1-3")
    assert (refused.value.status, refused.value.code) == (404, "unknown_placement")
    assert refused.value.request_id
    with TestClient(app) as http, pytest.raises(ApiError) as stranger:
        Client(http=http).recommend(user_id="u-1-3")
    assert (stranger.value.status, stranger.value.code) == (401, "unauthenticated")


def busy(failures: int, *, lost: bool = False) -> tuple[list[httpx.Request], httpx.MockTransport]:
    """A network on which so many requests come to nothing."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if len(seen) > failures:
            told = {"position": "7", "accepted": 1, "duplicates": 0, "rejected": 0, "results": []}
            return httpx.Response(202, json=told)
        if lost:
            raise httpx.ConnectError("gone", request=request)
        return httpx.Response(503, headers={"Retry-After": "0"})

    return seen, httpx.MockTransport(handle)


@pytest.mark.parametrize("lost", [False, True])
def test_events_are_sent_again_under_the_same_id(lost: bool) -> None:
    seen, transport = busy(2, lost=lost)
    with httpx.Client(transport=transport, base_url="http://shop") as http:
        receipt = Client(http=http).send([{"type": "liked", "user_id": "u", "product_id": "p"}])
    assert receipt.position == "7"
    assert len({request.content for request in seen}) == 1
    assert len(seen) == 3


def test_a_change_of_placements_is_never_sent_again() -> None:
    seen, transport = busy(9)
    with httpx.Client(transport=transport, base_url="http://shop") as http, pytest.raises(ApiError, match="503"):
        Client(http=http).put_placements({})
    assert len(seen) == 1


def test_no_answer_at_all_is_told_apart() -> None:
    seen, transport = busy(9, lost=True)
    with httpx.Client(transport=transport, base_url="http://shop") as http, pytest.raises(Unreachable, match="gone"):
        Client(http=http, retries=1).recommend(user_id="u")
    assert len(seen) == 2


def test_the_awaited_client_answers_as_the_other(app: FastAPI, client: Client) -> None:
    async def ask() -> tuple[list[Item], str | None]:
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop")
        async with http, AsyncClient(key=KEY, http=http) as shop:
            receipt = await shop.send([{"type": "liked", "user_id": "u-2-2", "product_id": "p-1-1"}])
            found = [item async for item in shop.all_items("feed", user_id="u-1-3", page_size=4)]
            with pytest.raises(ApiError):
                await shop.recommend("fed")
            assert (await shop.search("thing")).items
            assert (await shop.user("u-1-3"))["id"] == "u-1-3"
            return found, receipt.position

    found, position = asyncio.run(ask())
    assert position
    assert [item.id for item in found] == [item.id for item in client.all_items("feed", user_id="u-1-3", page_size=4)]


def test_both_clients_have_the_same_methods() -> None:
    def public(kind: type) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert public(Client) == public(AsyncClient)


def test_the_client_imports_nothing_of_the_server() -> None:
    for path in (FOLDER / "tastegraph_client").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.partition(".")[0] in {*sys.stdlib_module_names, "httpx", "tastegraph_client"}, (path, name)


@pytest.mark.slow
def test_the_client_is_a_distribution_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert {each for each in tops if not each.endswith(".dist-info")} == {"tastegraph_client"}
