"""A service whose disk is full says so and goes on; what it acknowledged is there when there is room again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from api.folders import open_folder
from api.settings import Settings
from tests.faults.running import SOON_S, asked, free_port, until
from tests.faults.torture import small_folder, wrong

ROOM_MIB = 96
FEED = "/v1/users/u-1-1/feed"
BATCH = 500
"""Events of one request."""


def may_mount() -> bool:
    """Whether this machine lets a process have a small disk of its own."""
    with suppress(FileNotFoundError):
        return subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode == 0
    return False


@contextmanager
def on_a_small_disk(data: Path, disk: Path) -> Iterator[tuple[str, Path]]:
    """A service with a folder on a disk of its own: its address, and that disk as seen from here.

    Afterwards the folder is what it was on that disk.
    """
    disk.mkdir()
    port = free_port()
    script = f"""
        trap : TERM
        mount -t tmpfs -o size={ROOM_MIB}m tmpfs "$1" && mv "$2" "$1/data" || exit 1
        "$3" -m api.cli serve --data "$1/data" --port {port} --workers 2 --no-auth & wait $!; wait
        mv "$1/data" "$2"
    """
    command = ["unshare", "-rm", "sh", "-c", script, "sh", str(disk), str(data), sys.executable]
    environment = {**os.environ, "TASTEGRAPH_EVENTS__REBUILD_EVENTS": "1000000"}
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: asked(address, "/readyz") == 200)
        yield address, Path(f"/proc/{process.pid}/root") / disk.relative_to("/")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(SOON_S)


def tell(address: str, number: int) -> tuple[int, list[str]]:
    """Send events once: the answer's status, and their ids."""
    ids = [f"torture-{number}-{each}" for each in range(BATCH)]
    body = [{"event_id": each, "type": "viewed", "user_id": "u-1-1", "product_id": f"x{each}"} for each in ids]
    return httpx.post(f"{address}/v1/events", json=body, timeout=60).status_code, ids


def fill(path: Path) -> None:
    """Write until nothing more goes on the disk."""
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * (1 << 16))
    with suppress(OSError), path.open("ab", buffering=0) as file:
        while True:
            file.write(b"x")


@pytest.mark.slow
@pytest.mark.skipif(not may_mount(), reason="needs unshare(1) and leave to mount a disk of its own")
def test_a_full_disk_is_told_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    data = small_folder(tmp_path)
    acknowledged: set[str] = set()
    with on_a_small_disk(data, tmp_path / "disk") as (address, disk):
        status, ids = tell(address, 0)
        assert status == 202
        acknowledged.update(ids)
        fill(disk / "filler")
        for number in range(1, 40):
            status, ids = tell(address, number)
            acknowledged.update(ids if status == 202 else ())
            assert asked(address, FEED) == 200
            if status == 507:
                break
        assert status == 507
        assert (asked(address, FEED), asked(address, "/readyz")) == (200, 200)
        (disk / "filler").unlink()
        until(lambda: tell(address, 1_000)[0] == 202)
        acknowledged.update(tell(address, 1_000)[1])
        assert asked(address, FEED) == 200
    folder = open_folder(Settings.read(data=data))
    assert wrong(folder, acknowledged) == []
    with closing(folder.open_log(read_only=True)) as log:
        assert log.find(ids[0]) is None, "it was refused"
