"""The whole way with the command line, on a simulated town, with a real service on a real port."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from api.cli import run
from api.demo.check import Reply, ask, wrong_answers
from api.demo.prepare import TOWN, prepare
from api.errors import INTERRUPTED
from api.examples import Examples, choose_examples
from api.settings import Settings
from api.wiring import open_service
from graph.datasets import Dataset, Places, dataset

PEOPLE = 300


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that the commands made: simulate, load, snapshot build, train."""
    folder = tmp_path_factory.mktemp("town")
    data = str(folder / "data")
    commands = (
        ["simulate", str(folder / "files"), "--people", str(PEOPLE)],
        ["load", str(folder / "files" / "mapping.toml"), "--data", data],
        ["snapshot", "build", "--data", data],
        ["train", "spectral", "--set", "dim=16", "--data", data],
    )
    for command in commands:
        assert run(command) == 0
    return folder / "data"


@pytest.fixture(scope="module")
def examples(town: Path) -> Examples:
    found = choose_examples(open_service(Settings.read(data=town)))
    assert found is not None
    return found


@pytest.fixture
def service(town: Path) -> Iterator[tuple[list[str], subprocess.Popen[str]]]:
    """The lines that `tastegraph serve` prints before it answers, and its process."""
    command = [sys.executable, "-m", "api.cli", "serve", "--data", str(town), "--port", "0", "--new-key"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield [process.stdout.readline().strip() for _ in range(7)], process
        process.kill()


def address_in(line: str) -> str:
    parts = urlsplit(shlex.split(line)[-1])
    return f"{parts.scheme}://{parts.netloc}"


def pasted(line: str) -> Reply:
    """What the printed call answers; a shell's quoting, but without needing curl here."""
    program, silent, option, header, url = shlex.split(line)
    assert (program, silent, option) == ("curl", "-s", "-H")
    name, _, key = header.partition(": ")
    assert name == "X-API-Key"
    parts = urlsplit(url)
    return ask(f"{parts.scheme}://{parts.netloc}", f"{parts.path}?{parts.query}", key)


def test_the_service_prints_calls_that_work_and_answers_every_question(
    service: tuple[list[str], subprocess.Popen[str]], examples: Examples
) -> None:
    lines, process = service
    calls = [line for line in lines if line.startswith("curl")]
    assert len(calls) == 3
    assert all(pasted(call).json()["items"] for call in calls)
    address = address_in(calls[0])
    assert f"Documentation: {address}/docs" in lines[-1]
    key = lines[0].removeprefix("Key: ")
    assert ask(address, "/v1/trending").status == 401
    assert wrong_answers(address, examples, key=key) == []
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=30)
    assert process.returncode == INTERRUPTED
    assert err.splitlines()[-1] == "interrupted"


def test_sigterm_ends_the_service_cleanly(service: tuple[list[str], subprocess.Popen[str]]) -> None:
    _lines, process = service
    process.terminate()
    _out, err = process.communicate(timeout=30)
    assert process.returncode == 143
    assert "Traceback" not in err


def test_a_missing_answer_is_noticed(examples: Examples) -> None:
    wrong = wrong_answers("http://127.0.0.1:9", Examples(examples.users[:1], examples.products[:1]))
    assert len(wrong) == 13
    assert all("gave no answer" in each for each in wrong)


def test_the_demo_takes_the_town_where_ciao_cannot_be_had_and_uses_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nowhere(name: str, _settings: Settings) -> Dataset:
        return dataset(name, Places((), tmp_path / "cache", public=""))

    monkeypatch.setattr("api.demo.prepare.dataset_named", nowhere)
    monkeypatch.setattr("api.demo.prepare.TOWN_PEOPLE", PEOPLE)
    monkeypatch.setattr("api.demo.prepare.SERVED", ("spectral",))
    settings = Settings.read(data=tmp_path / "data")
    first = prepare(settings)
    assert first.dataset == TOWN
    assert "item_knn" in first.evaluation
    assert "simulated town is used instead" in capsys.readouterr().err
    assert prepare(settings) == first
    assert capsys.readouterr().err.count("as before") == 4


@pytest.mark.slow
def test_the_demo_ends_with_every_answer_explained(town: Path) -> None:
    """`demo --check` starts a service of its own; here on a folder whose demo was the town above."""
    (town / "demo.json").write_text('{"dataset": "town", "snapshot": "", "evaluation": ""}', encoding="utf-8")
    mapping = town.parent / "files"
    (town / TOWN).symlink_to(mapping)
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "api.cli", "demo", "--check", "--port", "0", "--data", str(town)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert "0 wrong answers" in done.stderr
    assert "lightgcn" in done.stdout
