"""The worth of kinds of paths, from the command to the answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.cli import run
from api.settings import Settings
from api.wiring import pipeline_of
from graph.errors import TastegraphError
from recommend.sources.knowledge import PATHS


def test_learned_weights_are_printed_as_a_setting_that_can_be_read(
    capsys: pytest.CaptureFixture[str], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["weigh-paths", "--data", str(data), "--people", "50", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["weights"].keys() == PATHS.keys()
    name, _, value = found["setting"].partition("=")
    monkeypatch.setenv(name, value.strip("'"))
    source = next(each for each in pipeline_of(Settings.read(data=data)).sources if each.name == "path_count")
    assert {kind: getattr(source, kind) for kind in PATHS} == found["weights"]


def test_a_weight_of_no_kind_of_path_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASTEGRAPH_RECOMMEND__PATH_WEIGHTS", '{"gossip": 1}')
    with pytest.raises(TastegraphError, match="gossip"):
        Settings.read()
