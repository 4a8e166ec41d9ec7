"""``tastegraph backup`` and ``restore``, with the keys inside and apart."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.cli import run
from api.settings import Settings
from api.wiring import open_service
from tests.api.conftest import Reader

FEED = "/v1/users/u-1-3/feed?limit=50"


def tastegraph(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    assert run([str(each) for each in arguments]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def answers(data: Path) -> tuple[Any, ...]:
    """What a service over the folder says, but for what differs from request to request."""
    feed = Reader(create_app(open_service(Settings.read(data=data)))).get(FEED).json()
    return feed["items"], feed["snapshot"], feed["model"]


def test_a_restored_folder_answers_as_the_one_that_was_saved(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tastegraph(capsys, "backup", tmp_path / "all.tar.zst", "--data", data)
    assert (made["store"], made["keys"]) == ("embedded", "inside")
    restored = tastegraph(capsys, "restore", tmp_path / "all.tar.zst", "--data", tmp_path / "new")
    assert (restored["erased_again"], restored["next"]) == (0, [])
    assert answers(tmp_path / "new") == answers(data)


def test_keys_may_lie_apart(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive, keys = tmp_path / "all.tar.zst", tmp_path / "keys"
    assert tastegraph(capsys, "backup", archive, "--keys", keys, "--data", data)["keys"] == "apart"
    assert keys.stat().st_mode & 0o077 == 0
    assert run(["restore", str(archive), "--data", str(tmp_path / "new")]) == 1
    assert "error[keys_apart]" in capsys.readouterr().err
    tastegraph(capsys, "restore", archive, "--keys", keys, "--data", tmp_path / "new")
    before, after = (tastegraph(capsys, "export-person", "u-1-3", "--data", each) for each in (data, tmp_path / "new"))
    assert before["events"] == after["events"]
    assert {"display_name": "Person 1.3"} in [each.get("properties") for each in after["events"]]


def test_keys_of_later_open_an_older_archive_but_for_the_erased(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town = tmp_path / "town"
    shutil.copytree(data, town)
    archive, keys = tmp_path / "all.tar.zst", tmp_path / "keys"
    tastegraph(capsys, "backup", archive, "--keys", keys, "--data", town)
    tastegraph(capsys, "erase", "u-1-3", "--data", town)
    tastegraph(capsys, "backup", tmp_path / "newer.tar.zst", "--keys", keys, "--data", town)
    tastegraph(capsys, "restore", archive, "--keys", keys, "--data", tmp_path / "new")
    gone, other = (
        tastegraph(capsys, "export-person", each, "--data", tmp_path / "new")["events"] for each in ("u-1-3", "u-1-4")
    )
    assert "Person 1.3" not in str(gone)
    assert "Person 1.4" in str(other)


@pytest.mark.parametrize(("arguments", "code"), [(["backup", "x"], 3), (["restore", "nothing-there"], 2)])
def test_what_is_not_there_is_told(tmp_path: Path, arguments: list[str], code: int) -> None:
    arguments = [arguments[0], str(tmp_path / arguments[1])]
    assert run([*arguments, "--data", str(tmp_path / "none")]) == code
