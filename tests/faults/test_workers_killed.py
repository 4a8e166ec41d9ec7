"""`tastegraph serve --workers 2` as real processes: workers and writer are killed, nothing acknowledged is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from api.folders import open_folder
from api.settings import Settings
from tests.faults.running import SOON_S, children, is_alive, serving, until, with_role
from tests.faults.torture import small_folder, torture


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, Path]]:
    data = small_folder(tmp_path)
    with serving(data, 2, dict(os.environ)) as (process, address):
        yield process, address, data


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
        (writer,), workers = with_role(process.pid, "writer"), with_role(process.pid, "worker")
        (writer if round_ % 2 else workers[0]).kill()
        # the next acknowledged event is in the next answer, whichever process answers
        position = tell(address, f"after-{round_}")
        sent.append(f"after-{round_}")
        answer = httpx.get(f"{address}/v1/users/u-1-1/feed", headers={"X-After-Position": position}, timeout=60)
        assert answer.status_code == 200
        until(lambda: len(with_role(process.pid, "writer")) == 1)
        until(lambda: len(with_role(process.pid, "worker")) == 2)
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
    until(lambda: not any(is_alive(each) for each in running))


@pytest.mark.slow
def test_a_worker_that_is_killed_while_it_is_asked_for_a_sign_of_life_is_replaced_at_once(
    served: tuple[subprocess.Popen[bytes], str, Path],
) -> None:
    process, _, _ = served
    one = with_role(process.pid, "worker")[0]
    one.suspend()
    time.sleep(1.5)  # by now it has been asked
    one.kill()
    until(lambda: one not in with_role(process.pid, "worker") and len(with_role(process.pid, "worker")) == 2, 10)


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_when_any_of_its_processes_is_killed_at_any_moment(tmp_path: Path) -> None:
    tally = torture(small_folder(tmp_path), kills=8, seed=7)
    assert tally.problems == []
    assert sum(tally.kills.values()) == 8
    assert len(tally.acknowledged) > 100
