"""`POST /v1/search` and `tastegraph search`, over a shop loaded from files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.cli import run
from api.folders import open_folder
from api.schemas.search import Hits
from api.settings import Settings
from api.steps import build_current, load_source
from api.wiring import Service, open_service
from tests.api.conftest import Reader

SEARCH = ("/v1/search", "POST")
Printed = pytest.CaptureFixture[str]

MAPPING = """
[[nodes]]
file = "products.jsonl"
label = "Product"
columns = { id = "id", title = "title", categories = "categories", price_minor = "price" }

[[nodes]]
file = "people.jsonl"
label = "User"
columns = { id = "id", visibility = "visibility" }

[[events]]
file = "reviews.jsonl"
type = "reviewed"
columns = { user_id = "who", product_id = "what", value = "stars", text = "text" }
"""
ROWS: dict[str, list[dict[str, Any]]] = {
    "products": [
        {"id": "p1", "title": "Trail running shoes", "categories": ["shoes"], "price": 7000},
        {"id": "p2", "title": "跑鞋", "categories": ["shoes"], "price": 5000},
        {"id": "p3", "title": "Desk lamp", "categories": ["lamps"], "price": 2000},
    ],
    "people": [{"id": "ana", "visibility": "public"}, {"id": "bo", "visibility": "private"}],
    "reviews": [
        {"who": "ana", "what": "p3", "stars": 5, "text": "A cosy glow"},
        {"who": "bo", "what": "p3", "stars": 1, "text": "Hideous wobble"},
    ],
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("shop")
    for name, rows in ROWS.items():
        (home / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (home / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    settings = Settings.read(data=home / "data")
    folder = open_folder(settings)
    load_source(str(home / "mapping.toml"), folder, settings)
    build_current(folder)
    return home / "data"


@pytest.fixture(scope="module")
def ask(shop: Path) -> Iterator[Reader]:
    with serving(shop) as service:
        yield Reader(create_app(service))


@contextmanager
def serving(data: Path) -> Iterator[Service]:
    service = open_service(Settings.read(data=data))
    yield service
    service.close()


def hits(ask: Reader, **asked: Any) -> Hits:
    answer = ask.get(*SEARCH, asked)
    assert answer.status_code == 200, answer.text
    return Hits.model_validate(answer.json())


def test_a_search_over_http_says_of_each_hit_what_found_it(ask: Reader) -> None:
    found = hits(ask, text="running shoes")
    assert [item.id for item in found.items] == ["p1", "p2"]
    assert found.placement == "search"
    assert found.language == "und"
    for item in found.items:
        assert {reason.type for reason in item.reasons} == set(item.sources)
    assert hits(ask, text="跑鞋").language == "zh"


def test_every_part_of_the_request_does_something(ask: Reader) -> None:
    assert [item.id for item in hits(ask, text="shoes", filter="price_minor < 6000").items] == ["p2"]
    assert [item.id for item in hits(ask, concept={"category": "lamps"}).items] == ["p3"]
    assert [item.id for item in hits(ask, text="shoes", language="zh").items] == ["p2"]
    assert len(hits(ask, text="shoes", limit=1).items) == 1
    assert not hits(ask, text="shoes", explain=False).items[0].reasons
    first = hits(ask, text="shoes", limit=1)
    assert [item.id for item in hits(ask, text="shoes", limit=1, page_token=first.next_page).items] == ["p2"]
    mine = hits(ask, text="lamp", filter='event("reviewed")', user_id="ana")
    assert [item.id for item in mine.items] == ["p3"]
    beside = hits(ask, concept={"category": "shoes"}, filter="id != current.id", product_id="p1")
    assert [item.id for item in beside.items] == ["p2"]


def test_reviews_are_searched_but_not_those_of_people_who_want_to_be_private(ask: Reader) -> None:
    assert [item.id for item in hits(ask, text="cosy").items] == ["p3"]
    assert not any("words" in item.sources for item in hits(ask, text="hideous wobble").items)


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({}, 422, "invalid_question"),
        ({"text": "shoes", "filter": "nonsense = 1"}, 422, "invalid_filter"),
        ({"concept": {"brand": "nobody"}}, 404, "unknown_node"),
        ({"concept": {}}, 422, "invalid_request"),
        ({"concept": {"brand": "a", "tag": "b"}}, 422, "invalid_request"),
        ({"concept": {"brand": None}}, 422, "invalid_request"),
        ({"text": "shoes", "limit": 0}, 422, "invalid_request"),
        ({"text": "shoes", "limit": True}, 422, "invalid_request"),
        ({"text": "shoes", "colour": 1}, 422, "invalid_request"),
        ({"text": "a" * 501}, 422, "invalid_request"),
        ({"text": 5}, 422, "invalid_request"),
        ({"text": "shoes", "language": "english"}, 422, "invalid_request"),
        ({"text": "shoes", "page_token": "x"}, 422, "invalid_page_token"),
    ],
)
def test_what_cannot_be_searched_for_is_refused(ask: Reader, asked: dict[str, Any], status: int, code: str) -> None:
    answer = ask.get(*SEARCH, asked)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_command_prints_what_it_found_and_why(shop: Path, ask: Reader, capsys: Printed) -> None:
    assert run(["search", "running shoes", "--data", str(shop), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["items"] == ask.get(*SEARCH, {"text": "running shoes"}).json()["items"]
    assert run(["search", "--within", "category:shoes", "--filter", "price_minor < 6000", "--data", str(shop)]) == 0
    assert "p2" in capsys.readouterr().out
    assert run(["search", "zzz", "--data", str(shop)]) == 0
    assert "nothing fits" in capsys.readouterr().out
    assert run(["search", "--within", "shoes", "--data", str(shop)]) == 2
    assert "category:ID" in capsys.readouterr().err


def test_the_index_is_made_once_and_again_for_a_new_snapshot(shop: Path, tmp_path: Path) -> None:
    data = shutil.copytree(shop, tmp_path / "data")

    def version() -> str:
        with serving(data) as service:
            return service.searcher.index.version

    first = version()
    assert version() == first
    build_current(open_folder(Settings.read(data=data)))
    assert version() != first


def test_a_damaged_index_is_made_anew(shop: Path, tmp_path: Path) -> None:
    data = shutil.copytree(shop, tmp_path / "data")
    with serving(data) as service:
        before = service.searcher.index.version
    (array,) = (data / "models" / "search" / before).glob("words.impacts*")
    array.write_bytes(array.read_bytes()[:-4] + b"\xff\xff\xff\xff")
    with serving(data) as service:
        assert service.searcher.index.version != before
        assert service.searcher.index.words.terms("lamp")


def test_what_an_erased_person_wrote_is_not_found_any_more(shop: Path, tmp_path: Path, capsys: Printed) -> None:
    data = shutil.copytree(shop, tmp_path / "data")
    with serving(data):
        pass
    assert run(["erase", "ana", "--data", str(data)]) == 0
    assert not (data / "models" / "search").exists()
    with serving(data) as service:
        asked = Reader(create_app(service))
        assert not any("words" in item.sources for item in hits(asked, text="cosy glow").items)
