"""A store that is made anew from the log serves the same answers, and no model of other rows."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.folders import open_folder
from api.settings import Settings
from api.steps import build_current
from api.wiring import open_models
from graph.folder import DataFolder
from graph.people.erase import erase_person
from graph.snapshot.snapshot import Snapshot


@pytest.fixture
def folder(data: Path, tmp_path: Path) -> DataFolder:
    shutil.copytree(data, tmp_path / "data")
    return open_folder(Settings.read(data=tmp_path / "data"))


def made_anew(folder: DataFolder) -> Snapshot:
    for path in folder.path.glob("store.sqlite*"):
        path.unlink()
    return build_current(folder)


def ids(snapshot: Snapshot) -> dict[str, list[str]]:
    return {label: each.ids(range(len(each))) for label, each in snapshot.vocabularies.items()}


def test_the_rows_are_the_same_and_the_model_is_used(folder):
    before = build_current(folder)
    after = made_anew(folder)
    assert ids(before) == ids(after)
    assert dict(before.manifest.edges) == dict(after.manifest.edges)
    assert list(open_models(folder)) == ["spectral"]


def test_after_an_erasure_the_rows_are_others_and_the_model_is_not(folder, caplog):
    before = build_current(folder)
    erase_person(folder, before.vocabularies["User"].id(0), datetime(2026, 11, 22, tzinfo=UTC))
    assert list(open_models(folder)) == ["spectral"]
    after = made_anew(folder)
    assert ids(before)["User"][0] not in ids(after)["User"]
    assert open_models(folder) == {}
    assert "train again" in caplog.text
