"""The analysts' notebook, run as it stands against a real server that holds a simulated town."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli import run
from tests.servers.neo4j import RunningNeo4j

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebooks" / "analysts.ipynb"
EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
found = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(found, timeout=120, kernel_name="python3").execute()
nbformat.write(found, sys.argv[2])
"""


@pytest.mark.neo4j
@pytest.mark.slow
def test_it_runs_from_the_driver_to_the_pictures(
    neo4j_server: RunningNeo4j, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    neo4j_server.empty()
    environment = {
        "TASTEGRAPH_DATA": str(tmp_path / "data"),
        "TASTEGRAPH_STORE__ENGINE": "neo4j",
        "TASTEGRAPH_STORE__URL": neo4j_server.url,
        "TASTEGRAPH_STORE__PASSWORD": neo4j_server.password,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    town = tmp_path / "town"
    for command in (
        ["simulate", str(town), "--people", "600", "--seed", "5"],
        ["load", str(town / "mapping.toml")],
        ["snapshot", "build"],
        ["train", "spectral"],
        ["neo4j", "write-back"],
    ):
        assert run(command) == 0
    executed = tmp_path / "executed.ipynb"
    done = subprocess.run(
        [sys.executable, "-c", EXECUTE, str(NOTEBOOK), str(executed)],
        env={**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    cells = [each for each in json.loads(executed.read_text("utf-8"))["cells"] if each["cell_type"] == "code"]
    pictures = [out for each in cells for out in each["outputs"] if "image/png" in out.get("data", {})]
    tables = [out for each in cells for out in each["outputs"] if "text/html" in out.get("data", {})]
    assert (len(pictures), len(tables)) == (3, 7)
    share, chance = _shares(tables[5]["data"]["text/plain"])
    assert share > 2 * chance  # the vectors know categories that they were never shown


def _shares(text: str | list[str]) -> tuple[float, float]:
    lines = "".join(text).splitlines()
    nearest, chance = (float(line.split()[-1]) for line in lines[-2:])
    return nearest, chance


def test_it_is_kept_without_outputs() -> None:
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    assert not [each for each in cells if each.get("outputs") or each.get("execution_count")]
