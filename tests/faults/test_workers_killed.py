"""`tastegraph serve --workers 2` as real processes: workers and writer are killed, nothing acknowledged is lost."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.folders import open_folder
from api.settings import Settings
from api.steps import build_current, load_source
from tests.api.conftest import write_files

SOON_S = 90.0


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def children(process: int) -> list[int]:
    """The processes that a process started, and those that they did."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        if int(fields[1]) == process:
            found += [int(place.parent.name), *children(int(place.parent.name))]
    return found


def told_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, Path]]:
    data = tmp_path / "data"
    settings = Settings.read(data=data)
    folder = open_folder(settings)
    load_source(str(write_files(tmp_path)), folder, settings)
    build_current(folder)
    port = free_port()
    command = [sys.executable, "-m", "api.cli", "serve", "--data", str(data), "--port", str(port), "--workers", "2"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    until(lambda: asked(address, "/readyz") == 200)
    yield process, address, data
    process.send_signal(signal.SIGTERM)
    process.wait(SOON_S)
    shutil.rmtree(data)


def asked(address: str, path: str) -> int:
    try:
        return httpx.get(address + path, timeout=20).status_code
    except httpx.HTTPError:
        return 0


def until(holds: Any) -> None:
    deadline = time.monotonic() + SOON_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def tell(address: str, event_id: str) -> str:
    """Send an event until it is acknowledged, as a client does; its position."""
    body = {"event_id": event_id, "type": "viewed", "user_id": "u-1-1", "product_id": "p-1-1"}
    while True:
        try:
            answer = httpx.post(f"{address}/v1/events", json=body, timeout=20)
        except httpx.HTTPError:
            continue
        if answer.status_code == 202:
            return str(answer.json()["position"])
        assert answer.status_code == 503, answer.text


@pytest.mark.slow
def test_workers_and_writer_may_be_killed_and_nothing_acknowledged_is_lost(
    served: tuple[subprocess.Popen[bytes], str, Path],
) -> None:
    process, address, data = served
    sent = []
    for round_ in range(6):
        for number in range(10):
            sent.append(f"e-{round_}-{number}")
            position = tell(address, sent[-1])
        running = children(process.pid)
        writers = [each for each in running if "api.writing.writer" in told_of(each)]
        workers = [each for each in running if "spawn_main" in told_of(each)]
        assert len(writers) == 1
        os.kill(writers[0] if round_ % 2 else workers[0], signal.SIGKILL)
        # the next acknowledged event is in the next answer, whichever process answers
        position = tell(address, f"after-{round_}")
        sent.append(f"after-{round_}")
        answer = httpx.get(f"{address}/v1/users/u-1-1/feed", headers={"X-After-Position": position}, timeout=60)
        assert answer.status_code == 200
        until(lambda: any("api.writing.writer" in told_of(each) for each in children(process.pid)))
        until(lambda: sum("spawn_main" in told_of(each) for each in children(process.pid)) == 2)
    with closing(open_folder(Settings.read(data=data)).open_log(read_only=True)) as log:
        kept = [record.body["event_id"] for record in log.read(None, 10_000) if record.type == "viewed"]
    assert sorted(kept) == sorted(sent)


@pytest.mark.slow
def test_a_stopped_service_leaves_no_process_behind(served: tuple[subprocess.Popen[bytes], str, Path]) -> None:
    process, _, _ = served
    running = children(process.pid)
    assert running
    process.send_signal(signal.SIGTERM)
    assert process.wait(SOON_S) == 0
    until(lambda: not any(told_of(each) for each in running))
