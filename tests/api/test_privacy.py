"""One person's data over HTTP and on the command line: given out, erased, forgotten by services that run already."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.cli import run
from api.folders import open_folder
from api.privacy import erase, purge_folder
from api.schemas.privacy import Erasure, Export
from api.settings import Settings
from api.steps import build_current
from api.training import train_model
from api.wiring import Service, open_service
from graph.people.erasures import Erasures
from tests.api.conftest import ODD_USER, Reader

GONE = "u-1-3"
FRIEND = "u-1-2"
"""Follows the person who is erased."""
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass(frozen=True)
class Town:
    """A data folder of its own, and a service that has it open."""

    path: Path
    service: Service
    reader: Reader

    def ask(self, path: str, method: str = "GET") -> httpx.Response:
        return self.reader.get(path, method)


@pytest.fixture
def town(data: Path, tmp_path: Path) -> Town:
    path = tmp_path / "data"
    shutil.copytree(data, path)
    service = open_service(Settings.read(data=path))
    return Town(path, service, Reader(create_app(service)))


def tastegraph(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run(list(arguments)) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def everything_said(town: Town) -> str:
    """All answers that might name somebody, in one text."""
    people = [f"u-1-{number}" for number in range(8)]
    paths = [f"/v1/users/{each}{part}" for each in people for part in ("/feed?limit=100", "/people?limit=100")]
    paths += ["/v1/users/nobody/people?limit=100", "/v1/trending", "/v1/products/p-1-3/similar"]
    return "\n".join(town.ask(path).text for path in paths)


def test_an_export_holds_properties_edges_snapshot_and_vectors(town: Town) -> None:
    reply = town.ask(f"/v1/users/{GONE}/export")
    assert reply.status_code == 200
    held = Export.model_validate_json(reply.content)
    assert held.properties == {"display_name": "Person 1.3"}
    kinds = [(each["type"], each["direction"]) for each in held.edges]
    assert kinds.count(("RATED", "outgoing")) == 4
    assert kinds.count(("FOLLOWS", "outgoing")) == kinds.count(("FOLLOWS", "incoming")) == 2
    assert [each["current"] for each in held.snapshots] == [True]
    assert [len(each["vectors"]["User"]) for each in held.models] == [8]


def test_the_person_is_in_answers_before_and_in_none_after(town: Town) -> None:
    assert GONE in everything_said(town)
    reply = town.ask(f"/v1/users/{GONE}", "DELETE")
    assert reply.status_code == 200, reply.text
    told = Erasure.model_validate_json(reply.content)
    assert told.removed.edges == {"FOLLOWS": 4, "RATED": 4}
    assert told.left.people == 1
    said = everything_said(town)
    assert GONE not in said.replace('"instance":"/v1/users/u-1-3"', "")
    assert "Person 1.3" not in said
    assert '"id":""' not in said  # nor a place where they stood
    assert town.ask(f"/v1/users/{GONE}").status_code == 404
    assert town.ask(f"/v1/users/{GONE}/export").status_code == 200  # the snapshot in use still holds them


def test_an_erased_person_is_answered_as_nobody(town: Town) -> None:
    town.ask(f"/v1/users/{GONE}", "DELETE")
    with closing(open_folder(Settings.read(data=town.path)).open_log(read_only=True)) as log:
        assert town.service.tail.wait_for(str(log.last_position()), 20)  # what is popular counts the person no more
    feed = town.ask(f"/v1/users/{GONE}/feed").json()
    assert feed["cold_start"]
    unknown = town.ask("/v1/users/nobody/feed").json()
    assert [each["id"] for each in feed["items"]] == [each["id"] for each in unknown["items"]]


def test_a_service_forgets_whom_a_command_erased(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert GONE in town.ask(f"/v1/users/{FRIEND}/feed").text
    tastegraph(capsys, "erase", GONE, "--data", str(town.path))
    assert GONE not in town.ask(f"/v1/users/{FRIEND}/feed").text
    assert town.ask(f"/v1/users/{GONE}").status_code == 404


def test_a_service_forgets_even_when_snapshot_and_list_were_purged_meanwhile(town: Town) -> None:
    folder = open_folder(Settings.read(data=town.path))
    erase(folder, GONE, datetime.now(UTC))
    purge_folder(folder, datetime.now(UTC), at_once=True)
    assert [each.user_id for each in Erasures(folder.erasures).all()] == [None]
    assert GONE not in town.ask(f"/v1/users/{FRIEND}/feed").text


def test_a_service_that_starts_later_has_forgotten(town: Town) -> None:
    erase(open_folder(Settings.read(data=town.path)), GONE, NOW)
    service = open_service(Settings.read(data=town.path))
    assert service.view.snapshot_id == town.service.view.snapshot_id
    assert GONE not in Reader(create_app(service)).get(f"/v1/users/{FRIEND}/feed").text


def test_erasing_twice_is_harmless(town: Town) -> None:
    first, second = (town.ask(f"/v1/users/{GONE}", "DELETE").json() for _ in range(2))
    assert (first["again"], second["again"]) == (False, True)
    assert first["erased_at"] == second["erased_at"]
    assert second["removed"] == {"events": 0, "edges": {}, "properties": 0, "posts": 0, "rows": 0}


def test_ids_with_slashes_are_erased_too(town: Town) -> None:
    assert town.ask("/v1/users/Ana%2F50%25%20%F0%9F%98%80%3F%23", "DELETE").json()["user_id"] == ODD_USER


@pytest.mark.parametrize(("path", "method"), [("/v1/users/nobody", "DELETE"), ("/v1/users/nobody/export", "GET")])
def test_an_unknown_person_is_told(town: Town, path: str, method: str) -> None:
    reply = town.ask(path, method)
    assert (reply.status_code, reply.json()["code"]) == (404, "unknown_node")


def test_a_new_snapshot_takes_the_old_one_away_and_training_the_old_model(town: Town) -> None:
    settings = Settings.read(data=town.path)
    folder = open_folder(settings)
    told, _ = erase(folder, GONE, datetime.now(UTC))
    (old,) = told["left"]["snapshots"]
    build_current(folder)
    assert not (folder.snapshots / old).exists()
    (left,) = purge_folder(folder, datetime.now(UTC), at_once=False)["left"]["models"]
    train_model(folder, "spectral", {"dim": 8}, settings)
    told = purge_folder(folder, datetime.now(UTC), at_once=False)
    assert told["purged"]["models"] == [left]
    assert told["left"] == {"snapshots": [], "models": [], "people": 0, "until": None}


def test_what_is_in_use_goes_when_its_thirty_days_are_over(town: Town) -> None:
    folder = open_folder(Settings.read(data=town.path))
    erase(folder, GONE, NOW)
    early = purge_folder(folder, NOW + timedelta(days=29), at_once=False)
    assert early["purged"] == {"snapshots": [], "models": []}
    assert early["left"]["until"] == "2026-12-23T00:00:00Z"
    late = purge_folder(folder, NOW + timedelta(days=30), at_once=False)
    assert [len(late["purged"][kind]) for kind in ("snapshots", "models")] == [1, 1]
    assert late["left"]["people"] == 0
    assert GONE.encode() not in b"".join(each.read_bytes() for each in town.path.rglob("*.npy"))


def test_after_all_is_purged_nothing_is_held(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    tastegraph(capsys, "erase", GONE, "--data", str(town.path))
    tastegraph(capsys, "purge", "--now", "--data", str(town.path))
    assert run(["export-person", GONE, "--data", str(town.path)]) == 3
    assert "Person 1.3" not in str([each.read_bytes() for each in town.path.rglob("*") if each.is_file()])


def test_models_are_not_used_once_rows_were_numbered_anew(town: Town) -> None:
    settings = Settings.read(data=town.path)
    folder = open_folder(settings)
    build_current(folder)
    assert (folder.models / "spectral" / "current").exists()
    erase(folder, "u-0-1", datetime.now(UTC))
    build_current(folder)
    assert (folder.models / "spectral" / "current").exists()  # the row stays, empty
    for part in ("", "-wal", "-shm"):
        folder.store.with_name(f"{folder.store.name}{part}").unlink(missing_ok=True)
    build_current(folder)
    assert not (folder.models / "spectral" / "current").exists()
    assert open_service(settings).recommender.model is None


@pytest.mark.parametrize("command", [["erase", "ana"], ["export-person", "ana"], ["purge"]])
def test_a_folder_that_is_not_there_is_told_and_not_made(tmp_path: Path, command: list[str]) -> None:
    assert run([*command, "--data", str(tmp_path / "none")]) == 3
    assert not (tmp_path / "none").exists()
