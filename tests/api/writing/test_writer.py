"""The process that owns a folder and writes to it, as a real process: what it acknowledges stays, whatever happens."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from api.folders import open_folder
from api.privacy import erase
from api.settings import Settings
from api.steps import roll_back
from api.writing.handover import Handover, append_now, build_now
from api.writing.writer import LOOK_EVERY_S
from graph.errors import StoreBusy, StoreLocked, StoreUnavailable
from graph.folder import DataFolder
from graph.frames import ask
from graph.snapshot.shelf import Shelf

AT = 1_700_000_000_000


def event(event_id: str, person: str = "ana") -> dict[str, Any]:
    return {"event_id": event_id, "type": "bought", "user_id": person, "product_id": "boot", "at": AT}


def start(folder: DataFolder, **settings: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **{f"TASTEGRAPH_EVENTS__{name.upper()}": value for name, value in settings.items()}}
    process = subprocess.Popen([sys.executable, "-m", "api.writing.writer", str(folder.path)], env=environment)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            ask(str(folder.writer_socket), {"do": "look"}, timeout_s=1)
        except OSError:
            assert process.poll() is None, "the writer ended"
            time.sleep(0.02)
        else:
            return process
    raise AssertionError("the writer did not get ready")


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return open_folder(Settings.read(data=tmp_path / "data"))


@pytest.fixture
def writer(folder: DataFolder) -> Iterator[subprocess.Popen[bytes]]:
    process = start(folder)
    yield process
    process.kill()
    process.wait()


def kept(folder: DataFolder) -> list[str]:
    with closing(folder.open_log(read_only=True)) as log:
        return [record.body["event_id"] for record in log.read(None, 1_000_000)]


def until(holds: Any) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def in_store(folder: DataFolder) -> int:
    try:
        with closing(folder.open_store(read_only=True)) as store:
            return int(store.counts()["edges"].get("BOUGHT", 0))
    except StoreUnavailable:  # not made yet
        return 0


def test_it_owns_the_folder_and_takes_what_others_hand_over(folder: DataFolder, writer: Any) -> None:
    receipt = append_now(folder, [event("a"), event("b"), event("a")])
    assert receipt.duplicates == {2}
    assert kept(folder) == ["a", "b"]
    assert append_now(folder, [event("b")]).duplicates == {0}
    until(lambda: in_store(folder) == 2)


def test_it_lends_the_folder_to_commands_and_takes_it_back(folder: DataFolder, writer: Any) -> None:
    append_now(folder, [event("a"), event("b", "bo")])
    told, followed = erase(folder, "bo", datetime.now(UTC))  # as a command does: it owns the folder itself
    assert followed
    assert told["removed"]["events"] == 1
    with ThreadPoolExecutor(1) as thread:
        with folder.owned():
            waiting = thread.submit(append_now, folder, [event("c")])
            time.sleep(0.3)
            assert not waiting.done()
            assert "c" not in kept(folder)
        assert waiting.result(20).duplicates == frozenset()
    assert "c" in kept(folder)
    until(lambda: in_store(folder) == 2)


def test_who_has_waited_too_long_for_a_lent_folder_is_refused_and_nothing_is_kept(folder: DataFolder) -> None:
    process = start(folder, wait_s="0.2")
    try:
        with folder.owned(), pytest.raises(StoreBusy, match="in use"):
            append_now(folder, [event("a")])
        append_now(folder, [event("b")])
        assert kept(folder) == ["b"]
    finally:
        process.kill()
        process.wait()


def test_many_at_once_get_each_their_own_answer(folder: DataFolder, writer: Any) -> None:
    async def all_at_once() -> list[int]:
        handover = Handover(folder)
        batches = [[event(f"{one}-{other}") for other in range(one % 7 + 1)] for one in range(200)]
        receipts = await asyncio.gather(*(handover.append(batch) for batch in (*batches, *batches)))
        await handover.close()
        return [len(receipt.duplicates) for receipt in receipts]

    duplicates = asyncio.run(all_at_once())
    sizes = [one % 7 + 1 for one in range(200)]
    assert sum(duplicates) == sum(sizes)
    assert all(
        once + again == size for once, again, size in zip(duplicates[:200], duplicates[200:], sizes, strict=True)
    )
    assert len(kept(folder)) == sum(sizes)


def test_it_builds_for_others_and_obeys_erasures(folder: DataFolder, writer: Any) -> None:
    append_now(folder, [event("a"), event("b", "bo")])
    built = build_now(folder, None)
    assert Shelf(folder.snapshots).current_id() == built
    append_now(folder, [{"event_id": "x", "type": "erased", "user_id": "ana", "at": AT}])
    assert set(kept(folder)) == {"b", "x"}


def test_a_snapshot_is_built_when_enough_is_missing_from_the_last(folder: DataFolder) -> None:
    append_now(folder, [event("a")])
    first = build_now(folder, lambda *_: None)
    process = start(folder, rebuild_events="100")
    try:
        append_now(folder, [event(f"m{n}") for n in range(150)])
        until(lambda: Shelf(folder.snapshots).current_id() != first)
    finally:
        process.kill()
        process.wait()


def test_who_went_back_to_an_older_snapshot_stays_there(folder: DataFolder) -> None:
    append_now(folder, [event("a")])
    first = build_now(folder, lambda *_: None)
    append_now(folder, [event("b")])
    build_now(folder, lambda *_: None)
    roll_back(folder, first)
    process = start(folder, rebuild_events="1")
    try:
        append_now(folder, [event("c")])
        time.sleep(2.5 * LOOK_EVERY_S)
        assert Shelf(folder.snapshots).current_id() == first
        newest = build_now(folder, None)  # when asked for it is made
        assert Shelf(folder.snapshots).current_id() == newest
    finally:
        process.kill()
        process.wait()


def test_more_than_may_wait_is_refused_and_not_half_kept(folder: DataFolder) -> None:
    process = start(folder, waiting="10")
    try:
        with pytest.raises(StoreBusy):
            append_now(folder, [event(f"m{n}") for n in range(11)])
        append_now(folder, [event("a")])
        assert kept(folder) == ["a"]
    finally:
        process.kill()
        process.wait()


def test_it_leaves_in_good_order_and_gives_the_folder_back(folder: DataFolder, writer: Any) -> None:
    append_now(folder, [event("a")])
    writer.send_signal(signal.SIGTERM)
    assert writer.wait(20) == 0
    assert not folder.writer_socket.exists()
    append_now(folder, [event("b")])
    assert kept(folder) == ["a", "b"]


@pytest.mark.slow
def test_whatever_it_acknowledged_before_it_was_killed_is_there_once(folder: DataFolder) -> None:
    """Killed at random moments while several hand over and send again what got no answer."""
    rng = random.Random(7)
    acknowledged: set[str] = set()

    async def send(handover: Handover, name: str, count: int) -> None:
        for number in range(count):
            ids = [f"{name}-{number}-{part}" for part in range(20)]
            while True:
                try:
                    await handover.append([event(each) for each in ids])
                except (StoreBusy, StoreLocked):
                    await asyncio.sleep(0.01)
                else:
                    acknowledged.update(ids)
                    break

    async def round_(number: int, process: subprocess.Popen[bytes]) -> None:
        handover = Handover(folder)
        senders = asyncio.gather(*(send(handover, f"{number}-{one}", 15) for one in range(4)))
        await asyncio.sleep(rng.uniform(0, 0.15))
        process.kill()
        await senders
        await handover.close()

    for number in range(12):
        process = start(folder)
        asyncio.run(round_(number, process))
        process.wait()
    found = kept(folder)
    assert len(found) == len(set(found))
    assert set(found) == acknowledged


def test_what_is_appended_is_monitored_and_remembered_by_the_next_writer(writer, folder):
    now = int(time.time() * 1000)
    liked = {"type": "liked", "user_id": "ana", "product_id": "boot", "at": now}
    append_now(folder, [{**liked, "event_id": "1"}, {**liked, "event_id": "2"}])
    append_now(folder, [{**liked, "event_id": "2"}])
    told = ask(str(folder.writer_socket), {"do": "monitor", "minutes": 60})
    assert (told["counts"]["events"], told["counts"]["duplicates"]) == ({"liked": 2}, 1)
    writer.kill()
    writer.wait()
    again = start(folder)
    try:
        told = ask(str(folder.writer_socket), {"do": "monitor", "minutes": 60})
    finally:
        again.kill()
        again.wait()
    assert [(each["type"], each["count"]) for each in told["report"]["events"]] == [("liked", 2)]


def projector_of(writer: subprocess.Popen[bytes]) -> psutil.Process | None:
    running = [each for each in psutil.Process(writer.pid).children() if is_alive(each)]
    return next((each for each in running if "api.writing.projecting" in each.cmdline()), None)


def is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_a_projector_that_was_killed_is_started_again_and_applies_everything_once(
    folder: DataFolder, writer: subprocess.Popen[bytes]
) -> None:
    for turn in range(3):
        append_now(folder, [event(f"{turn}-{number}") for number in range(500)])
        until(lambda: projector_of(writer) is not None)
        found = projector_of(writer)
        assert found is not None
        found.kill()
    append_now(folder, [event("last")])
    until(lambda: in_store(folder) == 1501)


def test_a_projector_leaves_with_its_writer_and_until_then_nobody_else_owns_the_folder(
    folder: DataFolder, writer: subprocess.Popen[bytes]
) -> None:
    append_now(folder, [event("a")])
    until(lambda: projector_of(writer) is not None)
    found = projector_of(writer)
    assert found is not None
    found.suspend()
    writer.kill()
    writer.wait()
    with pytest.raises(StoreLocked), folder.owned():
        pass
    found.resume()
    with folder.owned(wait_s=20):
        assert not is_alive(found)


def test_a_projector_in_a_long_transaction_leaves_as_soon_as_its_writer_is_gone(tmp_path: Path) -> None:
    busy = "import sys, time; from pathlib import Path; from api.writing import projecting as p"
    code = (
        f"{busy}; p.project = lambda *_: (print('at it', flush=True), time.sleep(60)); p.main(Path({str(tmp_path)!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    DataFolder(tmp_path).open_log().close()
    assert process.stdout.readline() == b"at it\n"
    process.stdin.close()
    assert process.wait(5) == 0
    process.stdout.close()
