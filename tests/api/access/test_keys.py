"""API keys: made, kept as hashes, taken, revoked; what each scope may do; how often."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.access.door import Door
from api.access.keys import SCOPES, ApiKeys
from api.app import create_app
from api.cli import run
from api.errors import UnknownKey
from api.settings import AuthSettings
from api.wiring import Service
from tests.api.conftest import ODD_USER, Reader
from tests.api.test_http import problem

ADMIN = "an admin's key of the settings"
OPEN = {"/livez", "/readyz"}


@pytest.fixture
def keys(tmp_path: Path) -> ApiKeys:
    return ApiKeys(tmp_path / "api_keys.json", ADMIN)


@pytest.fixture
def ask(service: Service, keys: ApiKeys) -> Reader:
    return Reader(create_app(service, keys))


def with_key(key: str) -> dict[str, str]:
    return {"X-API-Key": key}


def test_a_key_is_kept_as_a_hash_and_valid_until_it_is_revoked(tmp_path: Path) -> None:
    path = tmp_path / "api_keys.json"
    mine, other = ApiKeys(path), ApiKeys(path)
    assert not mine.any()
    key, made = mine.create("app", ["read"], "ana")
    assert key not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = other.caller(key)
    assert found is not None
    assert (found.key_id, found.user_id, found.may("read"), found.may("write")) == (made.id, "ana", True, False)
    assert other.caller(key + "x") is None
    other.create("second", ["admin"])
    mine.revoke(made.id)
    assert other.caller(key) is None
    assert [each.name for each in mine.all()] == ["second"]
    with pytest.raises(UnknownKey):
        mine.revoke(made.id)


def test_the_first_key_is_made_once_and_anew_when_asked_for(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path / "k.json")
    first = keys.first()
    assert first is not None
    assert keys.first() is None
    again = keys.first(again=True)
    assert again is not None
    assert keys.caller(first) is None
    assert keys.caller(again) is not None
    assert ApiKeys(tmp_path / "none.json", ADMIN).first() is None, "the settings name one"


def operations(reader: Reader) -> list[tuple[str, str, str | None]]:
    """Every operation with an address of its form, and the scope that it needs."""
    found: list[tuple[str, str, str | None]] = [("GET", "/metrics", "analyst")]
    for path, methods in reader.get("/openapi.json").json()["paths"].items():
        named = path.replace("{user_id}", "u-1-3").replace("{product_id}", "p-1-3")
        address = named.replace("{", "").replace("}", "")
        found += [
            (method.upper(), address, told.get("x-scope")) for method, told in methods.items() if path not in OPEN
        ]
    return found


def test_every_operation_needs_a_key_and_its_scope(ask: Reader, keys: ApiKeys) -> None:
    by_scope = {scope: keys.create(scope, [scope])[0] for scope in SCOPES}
    asked = operations(ask)
    assert len(asked) > 20
    for method, path, needs in asked:
        assert needs in SCOPES, f"{method} {path} says no scope"
        problem(ask.get(path, method), 401, "unauthenticated")
        problem(ask.get(path, method, headers=with_key("tg_wrong")), 401, "unauthenticated")
        for scope, key in by_scope.items():
            if scope not in (needs, "admin"):
                problem(ask.get(path, method, headers=with_key(key)), 403, "forbidden")


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/docs", "/openapi.json"])
def test_health_and_documentation_need_no_key(ask: Reader, path: str) -> None:
    assert ask.get(path).status_code == 200


@pytest.mark.parametrize(
    "header", [{"X-API-Key": ADMIN}, {"Authorization": f"Bearer {ADMIN}"}, {"authorization": f"bearer {ADMIN}"}]
)
def test_a_key_comes_in_either_header(ask: Reader, header: Mapping[str, str]) -> None:
    assert ask.get("/v1/trending", headers=header).status_code == 200


def test_a_missing_key_says_how_one_is_sent(ask: Reader) -> None:
    answer = ask.get("/v1/trending")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "X-API-Key" in answer.json()["detail"]


def test_a_key_of_one_person_asks_about_that_person_alone(ask: Reader, keys: ApiKeys) -> None:
    key, _ = keys.create("ana's phone", ["read", "write"], ODD_USER)
    own = "/v1/users/Ana%2F50%25%20%F0%9F%98%80%3F%23"

    def reply(path: str, method: str = "GET", body: Any = None) -> httpx.Response:
        return ask.get(path, method, body, with_key(key))

    for path in (own, f"{own}/feed", f"{own}/people", f"{own}/events", f"{own}/recommendations/home", "/v1/trending"):
        assert reply(path).status_code == 200, path
    for path in ("/v1/users/u-1-3", "/v1/users/u-1-3/feed", "/v1/users/u-1-3/events", "/v1/users/u-1-3/export"):
        problem(reply(path), 403, "forbidden")
    problem(reply("/v1/users/u-1-3", "DELETE"), 403, "forbidden")
    problem(reply("/v1/placements"), 403, "forbidden")
    problem(reply("/v1/queries"), 403, "forbidden")
    asked = "/v1/recommendations"
    assert reply(asked, "POST", {"user_id": ODD_USER}).status_code == 200
    assert reply(asked, "POST", {"placement": "gift", "user_id": ODD_USER, "users": ["u-1-3"]}).status_code == 200
    problem(reply(asked, "POST", {"user_id": "u-1-3"}), 403, "forbidden")
    problem(reply(asked, "POST", {"placement": "gift", "users": ["u-1-3"]}), 403, "forbidden")
    problem(reply("/v1/search", "POST", {"text": "thing", "user_id": "u-1-3"}), 403, "forbidden")
    problem(reply("/v1/explain?user=u-1-3&product=p-1-3"), 403, "forbidden")
    for event in (
        {"type": "liked", "user_id": "u-1-3", "product_id": "p-1-3"},
        {"type": "product", "product_id": "p-1-3", "properties": {"title": "mine"}},
        [{"type": "liked", "user_id": ODD_USER, "product_id": "p-1-3"}, {"type": "erased", "user_id": "u-1-3"}],
    ):
        problem(reply("/v1/events", "POST", event), 403, "forbidden")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_key_may_ask_so_often_and_is_told_when_again(ask: Reader, keys: ApiKeys) -> None:
    clock = Clock()
    door = Reader(Door(ask.app, keys, rate=2.0, burst=3, clock=clock))  # type: ignore[arg-type]
    first = door.get("/v1/trending", headers=with_key(ADMIN))
    assert first.headers["ratelimit-policy"] == '"key";q=3;w=2'
    assert first.headers["ratelimit"] == '"key";r=2;t=1'
    others, _ = keys.create("other", ["read"])
    for _ in range(2):
        assert door.get("/v1/trending", headers=with_key(ADMIN)).status_code == 200
    refused = door.get("/v1/trending", headers=with_key(ADMIN))
    problem(refused, 429, "too_many_requests")
    assert refused.headers["retry-after"] == "1"
    assert door.get("/v1/trending", headers=with_key(others)).status_code == 200
    clock.now = 0.6
    assert door.get("/v1/trending", headers=with_key(ADMIN)).status_code == 200
    assert door.get("/v1/trending", headers=with_key(ADMIN)).status_code == 429


def test_pages_of_other_origins_may_not_ask_unless_the_settings_say_so(service: Service, keys: ApiKeys) -> None:
    origin = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}
    closed = Reader(create_app(service, keys)).get("/v1/trending", "OPTIONS", headers=origin)
    assert "access-control-allow-origin" not in closed.headers
    auth = AuthSettings(cors_origins=("https://shop.example",))
    opened = Reader(create_app(service, keys, auth)).get("/v1/trending", "OPTIONS", headers=origin)
    assert opened.headers["access-control-allow-origin"] == "https://shop.example"


def test_keys_are_made_listed_and_revoked_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(tmp_path / "data")
    assert run(["keys", "create", "app", "--scope", "read", "--scope", "write", "--data", data]) == 0
    key = capsys.readouterr().out.strip()
    kept = ApiKeys(tmp_path / "data" / "api_keys.json")
    assert kept.caller(key) is not None
    assert run(["keys", "list", "--json", "--data", data]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["name"], listed["scopes"], "hash" in listed) == ("app", ["read", "write"], False)
    assert run(["keys", "revoke", listed["id"], "--data", data]) == 0
    assert kept.caller(key) is None
    assert run(["keys", "create", "app", "--scope", "everything", "--data", data]) != 0
