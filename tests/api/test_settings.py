from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from api.errors import InvalidSetting
from api.settings import Settings
from api.wiring import pipeline_of
from recommend.pipeline import DEFAULTS


def test_the_defaults_need_nothing() -> None:
    settings = Settings.read()
    assert settings.data == Path("data")
    assert settings.serve.host == "127.0.0.1"
    assert settings.serve.port == 8000


def test_the_environment_sets_nested_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASTEGRAPH_SERVE__PORT", "9001")
    monkeypatch.setenv("TASTEGRAPH_RECOMMEND__ACTIONS", '["rated>=3"]')
    settings = Settings.read()
    assert settings.serve.port == 9001
    assert settings.recommend.actions == ("rated>=3",)


def test_what_is_given_stands_above_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASTEGRAPH_DATA", "elsewhere")
    assert Settings.read(data=Path("here")).data == Path("here")
    assert Settings.read(data=None).data == Path("elsewhere")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TASTEGRAPH_SERVE__PORT", "many"),
        ("TASTEGRAPH_SERVE__PORT", "70000"),
        ("TASTEGRAPH_SERVE__COLOUR", "red"),
        ("TASTEGRAPH_RECOMMEND__ACTIONS", '["dreamt"]'),
        ("TASTEGRAPH_RECOMMEND__ACTIONS", "[]"),
        ("TASTEGRAPH_RECOMMEND__ACTIONS", "not json"),
        ("TASTEGRAPH_RECOMMEND__SEEN", '["dreamt"]'),
        ("TASTEGRAPH_RECOMMEND__WEIGHTS", '{"oracle": 1}'),
    ],
)
def test_a_wrong_value_is_refused_with_the_name_of_its_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSetting, match=name.split("__")[0]):
        Settings.read()


def test_reading_settings_does_not_import_numpy() -> None:
    """Serving sets the number of threads between the two (`one_thread_per_library`)."""
    code = "import sys; from api.settings import Settings; Settings.read(); assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_defaults_are_those_of_the_pipeline() -> None:
    made = pipeline_of(Settings.read())
    assert dataclasses.replace(made, fusion=DEFAULTS.fusion) == DEFAULTS
    assert dict(made.fusion.weights) == dict(DEFAULTS.fusion.weights)


def test_a_setting_reaches_the_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASTEGRAPH_RECOMMEND__WEIGHTS", '{"walk": 2.5}')
    monkeypatch.setenv("TASTEGRAPH_RECOMMEND__DIVERSITY__PER_BRAND", "1")
    made = pipeline_of(Settings.read())
    assert made.fusion.weights["walk"] == 2.5
    assert made.diversity.per_brand == 1


@pytest.mark.parametrize(("given", "lacks"), [({}, "STORE__URL"), ({"URL": "bolt://127.0.0.1"}, "STORE__PASSWORD")])
def test_neo4j_without_an_address_or_password_is_refused_at_start(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], lacks: str
) -> None:
    for name, value in {"ENGINE": "neo4j", **given}.items():
        monkeypatch.setenv(f"TASTEGRAPH_STORE__{name}", value)
    with pytest.raises(InvalidSetting, match=f"TASTEGRAPH_{lacks}"):
        Settings.read()


def test_a_password_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASTEGRAPH_STORE__PASSWORD", "very secret")
    assert "very secret" not in repr(Settings.read())
