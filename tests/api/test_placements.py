"""Placements over HTTP and on the command line, on the small graph of conftest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.cli import run
from api.schemas.placements import InForce, Versions
from api.schemas.recommendations import Slate
from api.schemas.search import Hits
from api.settings import Settings
from api.wiring import open_service
from tests.api.conftest import ODD_PRODUCT, ODD_USER, Reader
from tests.api.test_http import problem

ASK = ("/v1/recommendations", "POST")


@pytest.fixture
def ask(data: Path, tmp_path: Path) -> Iterator[Reader]:
    service = open_service(Settings.read(data=shutil.copytree(data, tmp_path / "data")))
    yield Reader(create_app(service))
    service.close()


def slate(ask: Reader, **asked: Any) -> Slate:
    answer = ask.get(*ASK, asked)
    assert answer.status_code == 200, answer.text
    return Slate.model_validate_json(answer.content)


def ids(found: Slate) -> list[str]:
    return [item.id for item in found.items]


def test_one_form_asks_every_placement(ask: Reader) -> None:
    assert ids(slate(ask, user_id="u-1-3")) == ids(Slate.model_validate_json(ask.get("/v1/users/u-1-3/feed").content))
    assert slate(ask, placement="similar", items=[ODD_PRODUCT]).placement == "similar"
    assert slate(ask, placement="people-to-follow", user_id=ODD_USER).items[0].type == "user"
    assert slate(ask, placement="gift", user_id="u-1-3", users=["u-1-4"]).items
    found = Hits.model_validate_json(ask.get(*ASK, {"placement": "search", "text": "thing"}).content)
    assert found.placement == "search"
    assert found.items


def test_every_part_of_a_question_is_taken(ask: Reader) -> None:
    found = slate(
        ask,
        placement="feed",
        user_id="u-1-3",
        positive=["p-2-0"],
        negative=["p-2-1"],
        filter="price_minor >= $least and id not in ($but)",
        filter_values={"least": 102, "but": ["p-2-2"]},
        promotions=[{"name": "spring", "products": ["p-0-5"], "positions": [2]}],
        context={"session": "s1", "device": "phone", "time": "2026-11-22T10:00:00Z", "place": "DE"},
        fields=["price_minor", "categories"],
        num_results=5,
        page_size=3,
        paths=True,
    )
    assert found.items[1].id == "p-0-5"
    assert found.items[1].sources == ["promotion:spring"]
    assert all(item.fields["price_minor"] >= 102 for item in found.items if item.sources != ["promotion:spring"])
    assert not {"p-2-0", "p-2-1", "p-2-2"} & set(ids(found))
    dim = 8
    towards = slate(ask, vector=[1.0, *([0.0] * (dim - 1))])
    assert all(item.sources == ["spectral"] for item in towards.items if "catalogue" not in item.sources)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"placement": "fed", "user_id": "u-1-3"}, 404, "unknown_placement"),
        ({}, 422, "invalid_question"),
        ({"placement": "similar", "items": ["nothing"]}, 404, "unknown_node"),
        ({"user_id": "u-1-3", "page_size": False}, 422, "invalid_request"),
        ({"user_id": "u-1-3", "explain": 1}, 422, "invalid_request"),
        ({"user_id": "u-1-3", "vector": ["far"]}, 422, "invalid_request"),
        ({"user_id": "u-1-3", "filter": "price <"}, 422, "invalid_filter"),
        ({"user_id": "u-1-3", "filter_values": {"a": {"b": 1}}}, 422, "invalid_request"),
        ({"user_id": "u-1-3", "items": ["x"] * 101}, 422, "invalid_request"),
        ({"user_id": "u-1-3", "page_token": "AAAA"}, 422, "invalid_page_token"),
        ({"user_id": "u-1-3", "context": {"time": "2026-11-22T10:00:00"}}, 422, "invalid_request"),
        ({"placement": "search", "text": "thing", "items": ["p-1-1"]}, 422, "invalid_question"),
        ({"usr_id": "u-1-3"}, 422, "invalid_request"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(ask: Reader, body: dict[str, Any], status: int, code: str) -> None:
    problem(ask.get(*ASK, body), status, code)


def test_pages_follow_one_another_by_token(ask: Reader) -> None:
    whole = ids(slate(ask, user_id="u-1-3", page_size=100))
    pages, token = [], None
    while token is not None or not pages:
        page = slate(ask, user_id="u-1-3", page_size=3, page_token=token)
        pages, token = pages + ids(page), page.next_page
    assert pages == whole


def test_short_forms_ask_a_placement_for_a_person_or_a_product(ask: Reader) -> None:
    person = ask.get("/v1/users/u-1-3/recommendations/from-people-you-follow?limit=3")
    assert Slate.model_validate_json(person.content).placement == "from-people-you-follow"
    beside = ask.get("/v1/products/p-1-3/recommendations/bought-together?limit=3")
    assert len(Slate.model_validate_json(beside.content).items) == 3
    problem(ask.get("/v1/users/u-1-3/recommendations/nothing"), 404, "unknown_placement")


def test_a_changed_placement_answers_the_next_request(ask: Reader) -> None:
    first = InForce.model_validate_json(ask.get("/v1/placements").content)
    assert first.version == 0
    own = {"feed": {"filter": "price_minor > 103", "page_size": 2}, "mine": {"title": "Mine", "sources": {"walk": 1.0}}}
    checked = ask.get("/v1/placements?validate_only=true", "PUT", own)
    assert checked.status_code == 200
    assert InForce.model_validate_json(ask.get("/v1/placements").content).version == 0, "it was only checked"
    put = ask.get("/v1/placements", "PUT", own)
    assert (put.status_code, put.headers["etag"]) == (200, '"1"')
    found = slate(ask, user_id="u-1-3")
    assert len(found.items) == 2
    assert all(item.fields["price_minor"] > 103 for item in found.items)
    assert slate(ask, placement="mine", user_id="u-1-3").items
    problem(ask.get("/v1/placements", "PUT", {}, {"If-Match": '"0"'}), 412, "placements_changed")
    problem(ask.get("/v1/placements", "PUT", {}, {"If-Match": "x"}), 422, "invalid_request")
    problem(ask.get("/v1/placements", "PUT", {"feed": {"page_size": 0}}), 422, "invalid_placement")
    back = ask.get("/v1/placements/rollback", "POST", {"version": 0})
    assert back.headers["etag"] == '"2"'
    assert len(slate(ask, user_id="u-1-3").items) > 2
    kept = Versions.model_validate_json(ask.get("/v1/placements/versions").content).versions
    assert [each.version for each in kept] == [2, 1, 0]
    problem(ask.get("/v1/placements/rollback", "POST", {"version": 9}), 404, "unknown_placement_version")


def test_placements_are_published_on_the_command_line_too(
    ask: Reader, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, file = str(tmp_path / "data"), tmp_path / "placements.toml"
    file.write_text("[feed]\npage_size = 2\n", encoding="utf-8")
    assert run(["placements", "check", str(file)]) == 0
    assert run(["placements", "publish", str(file), "--data", data]) == 0
    assert len(slate(ask, user_id="u-1-3").items) == 2
    assert run(["placements", "rollback", "0", "--data", data]) == 0
    assert len(slate(ask, user_id="u-1-3").items) > 2
    capsys.readouterr()
    assert run(["placements", "list", "--data", data, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == 2
    assert run(["placements", "versions", "--data", data]) == 0
    file.write_text("[feed]\npage_sise = 2\n", encoding="utf-8")
    assert run(["placements", "check", str(file)]) != 0
    assert "feed.page_sise" in capsys.readouterr().err
