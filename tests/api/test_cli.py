"""Commands: what they print, and that every bad input is one clear line and an exit code."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli import run
from api.cli.app import COMMANDS
from api.errors import BUSY, FAILED, NOT_THERE, USAGE
from api.server import listen
from graph.folder import DataFolder

Printed = pytest.CaptureFixture[str]


def told(printed: Printed) -> str:
    """The one line on stderr."""
    found = printed.readouterr()
    assert found.out == ""
    lines = [line for line in found.err.splitlines() if line]
    assert len(lines) == 1, found.err
    return lines[0]


def json_of(arguments: list[str], printed: Printed) -> object:
    assert run([*arguments, "--json"]) == 0
    return json.loads(printed.readouterr().out)


def test_without_arguments_the_commands_are_listed(capsys: Printed) -> None:
    assert run([]) == 0
    page = capsys.readouterr().out
    assert all(command.__name__.replace("_", "-") in page for command in COMMANDS)
    assert "snapshot" in page
    assert "datasets" in page


@pytest.mark.parametrize(
    ("arguments", "code", "mends"),
    [
        (["fly"], "usage", "--help"),
        (["load"], "usage", "--help"),
        (["load", "x.toml", "--sideways"], "usage", "--help"),
        (["snapshot"], "usage", "--help"),
        (["inspect", "user"], "usage", "--help"),
        (["batch", "--interactions", "x.tsv", "--out", "y.parquet", "--top", "0"], "usage", "--help"),
    ],
)
def test_a_wrong_call_is_one_line(capsys: Printed, arguments: list[str], code: str, mends: str) -> None:
    assert run(arguments) == USAGE
    line = told(capsys)
    assert line.startswith(f"error[{code}]: ")
    assert mends in line


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code", "says"),
    [
        (["load", "missing.toml"], "invalid_mapping", FAILED, "missing.toml"),
        (["load", "nonsense:folder"], "unknown_source", NOT_THERE, "gorse:"),
        (["load", "dataset:nothing"], "unknown_dataset", NOT_THERE, "known: "),
        (["load", "gorse:missing"], "invalid_mapping", FAILED, "missing"),
        (["datasets", "show", "nothing"], "unknown_dataset", NOT_THERE, "ciao"),
        (["evaluate", "--dataset", "nothing"], "unknown_dataset", NOT_THERE, "ciao"),
        (["evaluate"], "snapshot_missing", NOT_THERE, "tastegraph load"),
        (["snapshot", "build"], "nothing_loaded", NOT_THERE, "tastegraph load"),
        (["inspect"], "nothing_loaded", NOT_THERE, "tastegraph load"),
        (["train", "oracle"], "unknown_model", NOT_THERE, "spectral"),
        (["train", "spectral", "--set", "dim"], "invalid_value", FAILED, "name=value"),
        (["train", "spectral", "--set", "colour=3"], "unknown_setting", FAILED, "colour"),
        (["train", "spectral"], "snapshot_missing", NOT_THERE, "tastegraph load"),
        (["serve", "--port", "0"], "snapshot_missing", NOT_THERE, "tastegraph load"),
        (["batch", "--interactions", "no.tsv", "--out", "x.parquet"], "unreadable_file", FAILED, "no.tsv"),
        (["simulate", "town", "--people", "3"], "invalid_value", FAILED, "100"),
        (["simulate", "/dev/null/town", "--people", "100"], "system_refused", FAILED, "/dev/null"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_bad_input_is_one_line_that_says_what_where_and_how_to_mend_it(
    capsys: Printed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: str,
    exit_code: int,
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == exit_code
    line = told(capsys)
    assert line.startswith(f"error[{code}]: ")
    assert says in line
    assert not (tmp_path / "data" / "store.sqlite").exists()


def test_an_unknown_person_or_product_is_one_line(capsys: Printed, data: Path) -> None:
    for kind in ("user", "product"):
        assert run(["inspect", kind, "nobody", "--data", str(data)]) == NOT_THERE
        assert told(capsys).startswith("error[unknown_node]: ")


def test_a_taken_port_is_one_line_before_anything_is_loaded(capsys: Printed, tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as listener:
        port = str(listener.getsockname()[1])
        for command in ("serve", "demo"):
            assert run([command, "--data", str(tmp_path / "data"), "--port", port]) == BUSY
            line = told(capsys)
            assert line.startswith(f"error[port_taken]: cannot listen on 127.0.0.1:{port}")
            assert "--port" in line
    assert not (tmp_path / "data").exists()


def test_a_folder_in_use_is_one_line_that_names_its_owner(capsys: Printed, tmp_path: Path, mapping: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    with folder.owned():
        assert run(["load", str(mapping), "--data", str(folder.path)]) == BUSY
    line = told(capsys)
    assert line.startswith("error[store_locked]: ")
    assert "process" in line


def test_a_setting_that_cannot_be_is_one_line(capsys: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASTEGRAPH_SERVE__PORT", "many")
    assert run(["inspect"]) == USAGE
    assert told(capsys).startswith("error[invalid_setting]: TASTEGRAPH_SERVE__PORT")


def test_the_demo_leaves_a_folder_with_other_data_alone(capsys: Printed, data: Path) -> None:
    before = (data / "store.sqlite").read_bytes()
    assert run(["demo", "--check", "--port", "0", "--data", str(data)]) == FAILED
    assert "error[other_data]: " in capsys.readouterr().err
    assert (data / "store.sqlite").read_bytes() == before


def test_a_dry_run_reports_and_writes_nothing(capsys: Printed, tmp_path: Path, mapping: Path) -> None:
    report = json_of(["load", str(mapping), "--dry-run", "--data", str(tmp_path / "data")], capsys)
    assert isinstance(report, dict)
    assert report["dry_run"] is True
    assert all(file["read"] == file["kept"] + file["rejected"] for file in report["files"])
    assert not (tmp_path / "data").exists()


def test_inspect_tells_what_the_folder_holds(capsys: Printed, data: Path) -> None:
    found = json_of(["inspect", "--data", str(data)], capsys)
    assert isinstance(found, dict)
    assert found["nodes"]["User"] == 24
    assert found["edges"]["RATED"] == 96
    assert set(found["models"]) - {"search"} == {"spectral"}


def test_inspect_tells_the_same_of_a_person_as_the_service(capsys: Printed, data: Path) -> None:
    found = json_of(["inspect", "user", "u-1-3", "--data", str(data)], capsys)
    assert isinstance(found, dict)
    assert found["actions"] == {"rated": 4}


def test_the_snapshots_are_listed_with_the_current_one_marked(capsys: Printed, data: Path) -> None:
    found = json_of(["snapshot", "list", "--data", str(data)], capsys)
    assert isinstance(found, list)
    assert [each["current"] for each in found] == [True]


def test_the_models_are_listed_with_the_trained_version(capsys: Printed, data: Path) -> None:
    found = json_of(["models", "--data", str(data)], capsys)
    assert isinstance(found, list)
    trained = {each["model"]: each["trained"] for each in found}
    assert trained["spectral"]
    assert trained["popularity"] is None


def test_the_data_sets_are_listed_with_size_licence_and_citation(capsys: Printed) -> None:
    found = json_of(["datasets", "list"], capsys)
    assert isinstance(found, list)
    assert {"ciao", "epinions", "gowalla"} <= {each["name"] for each in found}
    assert all(each["bytes"] and each["licence"] and each["citation"] for each in found)
    assert run(["datasets"]) == 0
    assert "ciao" in capsys.readouterr().out


def test_evaluate_always_has_popularity_and_item_knn(capsys: Printed, data: Path) -> None:
    found = json_of(["evaluate", "--model", "spectral", "--data", str(data)], capsys)
    assert isinstance(found, dict)
    assert [each["model"] for each in found["results"]] == ["popularity", "item_knn", "spectral"]


def test_batch_writes_what_it_says(capsys: Printed, tmp_path: Path) -> None:
    rows = [f"u{user}\ti{(user + step) % 7}" for user in range(12) for step in range(3)]
    train, out = tmp_path / "train.tsv", tmp_path / "recs.parquet"
    train.write_text("\n".join(("user_id\titem_id", *rows)) + "\n", encoding="utf-8")
    arguments = ["batch", "--interactions", str(train), "--model", "item_knn", "--top", "2", "--out", str(out)]
    assert run(arguments) == 0
    assert "12 users" in capsys.readouterr().out
    assert out.is_file()


def test_a_reader_who_has_had_enough_is_no_error() -> None:
    command = f"{shlex.quote(sys.executable)} -m api.cli datasets show ciao | head -c 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""
