"""Several tenants behind one address: the key says whose data answer, and nobody sees another's."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.access.keys import ApiKeys
from api.errors import InvalidSetting
from api.folders import open_folder
from api.settings import AuthSettings, Settings, StoreSettings
from api.steps import build_current, load_source
from api.tenants import application_of, tenants_of
from api.wiring import open_service
from tests.api.conftest import Reader
from tests.api.test_http import problem
from tests.faults.running import free_port, until

TENANTS = ("north", "south")


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Two shops with products, and people, that only one of them has; both have a person ``ana``."""
    for name in TENANTS:
        home = tmp_path / name
        home.mkdir()
        rows = [{"who": who, "what": f"{name}-{n}"} for n in range(5) for who in ("ana", name)]
        (home / "likes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        (home / "mapping.toml").write_text(
            '[[events]]\nfile = "likes.jsonl"\ntype = "liked"\ncolumns = { user_id = "who", product_id = "what" }\n'
        )
        settings = Settings.read(data=home / "data")
        load_source(str(home / "mapping.toml"), open_folder(settings), settings)
        build_current(open_folder(settings))
    return {name: tmp_path / name / "data" for name in TENANTS}


@pytest.fixture
def keys(folders: dict[str, Path]) -> dict[str, dict[str, str]]:
    made = {name: ApiKeys(folder / "api_keys.json").create(name, ["admin"])[0] for name, folder in folders.items()}
    return {name: {"X-API-Key": key} for name, key in made.items()}


@pytest.fixture
def ask(folders: dict[str, Path], keys: dict[str, Any]) -> Iterator[Reader]:
    settings = Settings(data=folders["north"], tenants={"south": folders["south"]})
    services = [open_service(each) for each in tenants_of(settings)]
    yield Reader(application_of(settings, services, 1))  # type: ignore[arg-type]
    for service in services:
        service.close()


def other(name: str) -> str:
    return TENANTS[1 - TENANTS.index(name)]


@pytest.mark.parametrize("name", TENANTS)
def test_a_key_sees_its_own_tenant_and_nothing_of_another(ask: Reader, keys: dict[str, Any], name: str) -> None:
    own, foreign = keys[name], other(name)
    assert ask.get(f"/v1/products/{name}-1", headers=own).status_code == 200
    problem(ask.get(f"/v1/products/{foreign}-1", headers=own), 404, "unknown_node")
    problem(ask.get(f"/v1/users/{foreign}", headers=own), 404, "unknown_node")
    for path in ("/v1/users/nobody/feed", "/v1/trending", "/v1/users/ana/people", "/v1/users/ana/events"):
        answer = ask.get(path, headers=own)
        assert answer.status_code == 200
        assert name in answer.text
        assert foreign not in answer.text
    assert ask.get("/v1/placements", "PUT", {"mine": {"title": name}}, own).status_code == 200
    assert "mine" not in ask.get("/v1/placements", headers=keys[foreign]).json()["placements"]
    told = {"type": "product", "product_id": f"{name}-new", "event_id": f"e-{name}", "properties": {}}
    assert ask.get("/v1/events", "POST", told, own).status_code == 202
    problem(ask.get(f"/v1/events/e-{name}", headers=keys[foreign]), 404, "unknown_event")
    token = ask.get("/v1/users/nobody/feed?limit=1", headers=own).json()["next_page"]
    problem(
        ask.get(f"/v1/users/nobody/feed?limit=1&page_token={token}", headers=keys[foreign]), 422, "invalid_page_token"
    )


def test_a_key_of_nobody_is_refused(ask: Reader) -> None:
    problem(ask.get("/v1/trending"), 401, "unauthenticated")
    problem(ask.get("/v1/trending", headers={"X-API-Key": "tg_none"}), 401, "unauthenticated")


def test_the_admin_key_of_the_settings_is_the_first_tenants_alone(folders: dict[str, Path]) -> None:
    auth = AuthSettings(admin_key="an admin's key of the settings")  # type: ignore[arg-type]  # pydantic makes it secret
    settings = Settings(data=folders["north"], tenants={"south": folders["south"]}, auth=auth)
    assert [each.auth.admin_key is None for each in tenants_of(settings)] == [False, True]


def test_tenants_need_keys_and_stores_of_their_own(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="by their keys"):
        tenants_of(Settings(data=tmp_path, tenants={"b": tmp_path}, auth=AuthSettings(enabled=False)))
    store = StoreSettings(engine="neo4j", url="bolt://127.0.0.1:1", password="x")  # type: ignore[arg-type]
    with pytest.raises(InvalidSetting, match="embedded store"):
        tenants_of(Settings(data=tmp_path, tenants={"b": tmp_path}, store=store))


@pytest.mark.slow
def test_one_service_of_two_workers_answers_both(folders: dict[str, Path], keys: dict[str, dict[str, str]]) -> None:
    import os

    import httpx

    port = free_port()
    command = [sys.executable, "-m", "api.cli", "serve", "--data", str(folders["north"]), "--port", str(port)]
    environment = {**os.environ, "TASTEGRAPH_TENANTS": json.dumps({"south": str(folders["south"])})}
    process = subprocess.Popen([*command, "--workers", "2"], env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"

    def is_up() -> bool:
        try:
            return httpx.get(f"{address}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    try:
        until(is_up)
        for name in TENANTS * 4:
            told = {"type": "liked", "user_id": "ana", "product_id": f"{name}-1"}
            assert httpx.post(f"{address}/v1/events", json=told, headers=keys[name]).status_code == 202
            shown = httpx.get(f"{address}/v1/trending", headers=keys[name]).text
            assert name in shown
            assert other(name) not in shown
    finally:
        process.terminate()
        process.wait(30)
