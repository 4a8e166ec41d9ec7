"""What serves must not need torch or an extra: a process that may not import them loads the application and answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FORBIDDING = """
import sys

class Forbidden:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"torch", "torch_geometric", "PIL", "imagehash", "av", "onnxruntime", "networkx"}:
            raise ImportError(f"{name} may not be imported here")

sys.meta_path.insert(0, Forbidden())
"""

ANSWERING = """
import asyncio, os
from pathlib import Path
from api.settings import Settings, one_thread_per_library
one_thread_per_library()
from api.app import create_app
from api.wiring import open_service
service = open_service(Settings.read(data=Path(sys.argv[1])))
create_app(service)
answer = service.recommender.feed("u-1-3")
assert answer["items"] and "spectral" in answer["model"], answer
assert os.environ["OMP_NUM_THREADS"] == "1"
"""

WHOLE_CLI = "from api.cli import run; run(['--help']); assert run(['warm']) == 0"


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", FORBIDDING + code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_hook_forbids_torch() -> None:
    assert python("import torch").returncode != 0


def test_answers_come_without_torch(data: Path) -> None:
    done = python(ANSWERING, str(data))
    assert done.returncode == 0, done.stderr


def test_the_command_line_and_its_kernels_come_without_torch() -> None:
    done = python(WHOLE_CLI)
    assert done.returncode == 0, done.stderr
