"""A built wheel, installed into a clean environment without torch, loads, trains and serves."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PATIENCE_S = 120

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` folder of an environment that holds the wheel and the serving requirements, nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, cwd=ROOT)
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    uv = Path(sys.executable).parent / "uv"
    pip = (uv, "pip", "install", "--quiet", "--python", folder / "venv" / "bin" / "python")
    run(*pip, "--require-hashes", "-r", ROOT / "requirements" / "serve.txt", cwd=folder)
    run(*pip, "--no-deps", next(folder.glob("*.whl")), cwd=folder)
    return folder / "venv" / "bin"


@contextmanager
def serving(program: Path, folder: Path) -> Iterator[str]:
    """The address of a running service."""
    log = folder / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [program, "serve", "--port", "0", "--no-auth"], cwd=folder, stdout=output, stderr=output
        )
        try:
            yield address_in(log, process)
        finally:
            process.terminate()
            process.wait(30)


def address_in(log: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text()):
            return found.group()
        time.sleep(0.2)
    pytest.fail(f"the service did not start:\n{log.read_text()}")


def ask(address: str) -> dict[str, object]:
    """The answer, waited for while the service is still opening its snapshot."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return dict(json.load(answer))
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def test_serves_without_torch(installed: Path, tmp_path: Path) -> None:
    program = installed / "tastegraph"
    run(installed / "python", "-c", "import importlib.util as u; assert u.find_spec('torch') is None", cwd=tmp_path)
    run(program, "simulate", "town", "--people", "200", cwd=tmp_path)
    run(program, "load", "town/mapping.toml", cwd=tmp_path)
    run(program, "snapshot", "build", cwd=tmp_path)
    run(program, "train", "spectral", cwd=tmp_path)
    person = json.loads(run(program, "inspect", "--json", cwd=tmp_path))
    assert person["nodes"]["User"] >= 200
    with serving(program, tmp_path) as address:
        answer = ask(f"{address}/v1/trending?limit=5")
        items = answer["items"]
        assert isinstance(items, list)
        assert len(items) == 5
        assert all(item["reasons"] for item in items)


def test_says_what_training_needs(installed: Path, tmp_path: Path) -> None:
    run(installed / "tastegraph", "simulate", "town", "--people", "100", cwd=tmp_path)
    run(installed / "tastegraph", "load", "town/mapping.toml", cwd=tmp_path)
    run(installed / "tastegraph", "snapshot", "build", cwd=tmp_path)
    done = subprocess.run(
        [installed / "tastegraph", "train", "lightgcn"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "error[training_missing]" in done.stderr
    assert "tastegraph[train]" in done.stderr
