"""An archive brings back what was there, all of it or nothing, and nobody who was erased."""

from __future__ import annotations

import hashlib
import io
import json
import random
import resource
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from graph.backup.make import make_backup
from graph.backup.manifest import CHECKSUMS, HEADER, INSIDE
from graph.backup.restore import NAMES, Source, restore_backup
from graph.errors import BackupDamaged, FolderInUse, ForeignVersion, StoreError
from graph.folder import DataFolder
from graph.log.events import check_event
from graph.log.project import project
from graph.people.erase import erase_person
from graph.people.erasures import Erasures
from graph.people.purge import purge
from graph.snapshot.build import build_snapshot
from graph.snapshot.shelf import Shelf
from tests.contracts.test_graph_store import read_out

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVENTS: list[dict[str, Any]] = [
    {"type": "user", "user_id": "ana", "properties": {"display_name": "Ana Sample", "city": "Oslo"}},
    {"type": "user", "user_id": "bo", "properties": {"display_name": "Bo Sample"}},
    {"type": "product", "product_id": "shoe", "properties": {"title": "Shoe"}},
    {"type": "rated", "user_id": "ana", "product_id": "shoe", "value": 4, "text": "fits well"},
    {"type": "rated", "user_id": "bo", "product_id": "shoe", "value": 2},
    {"type": "followed", "user_id": "bo", "other_id": "ana"},
    {"type": "posted", "user_id": "ana", "post_id": "p1", "text": "look at my shoe", "product_ids": ["shoe"]},
    {"type": "shared", "user_id": "bo", "product_id": "shoe", "with": ["ana", "cy"]},
    {"type": "searched", "user_id": "ana", "text": "red boots"},
]


def tell(folder: DataFolder, *events: dict[str, Any]) -> None:
    """Append events and bring the store up."""
    with folder.owned(), closing(folder.open_log()) as log, closing(folder.open_store()) as store:
        log.append([check_event(each, NOW) for each in events])
        project(log, store)


def snapshot(folder: DataFolder) -> None:
    with closing(folder.open_store()) as store, folder.owned():
        Shelf(folder.snapshots).publish(build_snapshot(store, folder.snapshots))


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    tell(folder, *EVENTS)
    snapshot(folder)
    return folder


def content(folder: DataFolder) -> tuple[list[Any], Any]:
    """What log and store hold."""
    with closing(folder.open_log()) as log, closing(folder.open_store()) as store:
        return [(each.type, dict(each.body)) for each in log.read(None)], read_out(store)


def members(path: Path) -> dict[str, bytes]:
    with pa.CompressedInputStream(pa.OSFile(str(path)), "zstd") as packed:
        content = io.BytesIO(packed.read())
    with tarfile.open(fileobj=content) as tar:
        return {each.name: tar.extractfile(each).read() for each in tar}  # type: ignore[union-attr]


def pack(path: Path, found: dict[str, bytes]) -> None:
    with pa.CompressedOutputStream(pa.OSFile(str(path), "wb"), "zstd") as packed:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name, body in found.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(body)
                tar.addfile(entry, io.BytesIO(body))
        packed.write(out.getvalue())


def test_what_was_saved_comes_back(folder: DataFolder, tmp_path: Path) -> None:
    before = content(folder)
    made = make_backup(folder, tmp_path / "a.tar.zst", NOW)
    assert (made.store, made.created_at) == ("embedded", "2026-11-23T12:00:00Z")
    other = DataFolder(tmp_path / "other")
    restore_backup(Source(tmp_path / "a.tar.zst"), other, NOW)
    assert content(other) == before
    assert Shelf(other.snapshots).current().id == Shelf(folder.snapshots).current_id()


def test_an_archive_is_for_its_owner_only(folder: DataFolder, tmp_path: Path) -> None:
    make_backup(folder, tmp_path / "a.tar.zst", NOW)
    assert (tmp_path / "a.tar.zst").stat().st_mode & 0o077 == 0
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.tar.zst", "data"]


def test_what_came_after_the_backup_is_gone_after_the_restore(folder: DataFolder, tmp_path: Path) -> None:
    before = content(folder)
    make_backup(folder, tmp_path / "a.tar.zst", NOW)
    tell(folder, {"type": "liked", "user_id": "dee", "product_id": "hat"})
    with pytest.raises(FolderInUse):
        restore_backup(Source(tmp_path / "a.tar.zst"), folder, NOW)
    restore_backup(Source(tmp_path / "a.tar.zst"), folder, NOW, replace_data=True)
    assert content(folder) == before


def test_files_that_are_not_ours_stay(folder: DataFolder, tmp_path: Path) -> None:
    make_backup(folder, tmp_path / "a.tar.zst", NOW)
    (folder.path / "notes.txt").write_text("mine")
    restore_backup(Source(tmp_path / "a.tar.zst"), folder, NOW, replace_data=True)
    assert (folder.path / "notes.txt").read_text() == "mine"
    assert not list(folder.path.glob(".*"))


def test_who_was_erased_after_the_backup_is_erased_again(folder: DataFolder, tmp_path: Path) -> None:
    make_backup(folder, tmp_path / "a.tar.zst", NOW)
    erase_person(folder, "ana", NOW)
    after = content(folder)
    restored = restore_backup(Source(tmp_path / "a.tar.zst"), folder, NOW + timedelta(hours=1), replace_data=True)
    assert restored.erased == 1
    assert content(folder)[1] == after[1]
    assert not any("ana" in str(body) for kind, body in content(folder)[0] if kind != "erased")
    (entry,) = Erasures(folder.erasures).all()
    assert (entry.user_id, entry.purge_by) == ("ana", Erasures(folder.erasures).all()[0].purge_by)


def test_also_when_only_a_hash_is_left_of_them(folder: DataFolder, tmp_path: Path) -> None:
    make_backup(folder, tmp_path / "a.tar.zst", NOW)
    erase_person(folder, "ana", NOW)
    snapshot(folder)
    with folder.owned():
        purge(folder, NOW)
    assert [each.user_id for each in Erasures(folder.erasures).all()] == [None]
    restored = restore_backup(Source(tmp_path / "a.tar.zst"), folder, NOW, replace_data=True)
    assert restored.erased == 1
    assert "Ana Sample" not in str(content(folder))


def test_a_list_of_erasures_that_was_kept_elsewhere_serves_a_new_machine(folder: DataFolder, tmp_path: Path) -> None:
    make_backup(folder, tmp_path / "a.tar.zst", NOW)
    erase_person(folder, "ana", NOW)
    shutil.copy(folder.erasures, tmp_path / "list")
    other = DataFolder(tmp_path / "other")
    assert restore_backup(Source(tmp_path / "a.tar.zst", erasures=tmp_path / "list"), other, NOW).erased == 1
    assert "Ana Sample" not in str(content(other))


def test_any_single_damage_is_refused_and_changes_nothing(folder: DataFolder, tmp_path: Path) -> None:
    file = tmp_path / "a.tar.zst"
    make_backup(folder, file, NOW)
    whole, before = file.read_bytes(), content(folder)
    rng = random.Random(4)
    for _ in range(25):
        place = rng.randrange(len(whole))
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << rng.randrange(8)]) + whole[place + 1 :])
        with suppress(BackupDamaged):  # a bit that means nothing, as in the archive's padding, may go unnoticed
            restore_backup(Source(file), folder, NOW, replace_data=True)
        assert content(folder) == before
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        with pytest.raises(BackupDamaged):
            restore_backup(Source(file), folder, NOW, replace_data=True)
        assert content(folder) == before
        assert not list(folder.path.glob(".restore*"))


@pytest.mark.parametrize("name", ["data/../../evil", "/etc/evil", "data/other.txt", "evil"])
def test_a_member_that_we_never_put_there_is_refused(folder: DataFolder, tmp_path: Path, name: str) -> None:
    make_backup(folder, tmp_path / "a.tar.zst", NOW)
    found = members(tmp_path / "a.tar.zst")
    sums = json.loads(found.pop(CHECKSUMS))
    sums[name] = {"sha256": hashlib.sha256(b"x").hexdigest(), "bytes": 1}
    pack(tmp_path / "b.tar.zst", {**found, name: b"x", CHECKSUMS: json.dumps(sums).encode()})
    with pytest.raises(BackupDamaged, match="never put there"):
        restore_backup(Source(tmp_path / "b.tar.zst"), DataFolder(tmp_path / "other"), NOW)
    assert not (tmp_path / "other" / "log.sqlite").exists()


def test_what_a_newer_program_made_is_refused(folder: DataFolder, tmp_path: Path) -> None:
    make_backup(folder, tmp_path / "a.tar.zst", NOW)
    found = members(tmp_path / "a.tar.zst")
    header = json.loads(found[HEADER])
    pack(tmp_path / "b.tar.zst", {HEADER: json.dumps({**header, "form": 99, "more": 1}).encode()})
    with pytest.raises(ForeignVersion):
        restore_backup(Source(tmp_path / "b.tar.zst"), DataFolder(tmp_path / "other"), NOW)


@contextmanager
def files_at_most(size: int) -> Iterator[None]:
    """No file can grow beyond this, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_backup_that_fails_leaves_the_one_before(folder: DataFolder, tmp_path: Path) -> None:
    file = tmp_path / "a.tar.zst"
    make_backup(folder, file, NOW)
    before = file.read_bytes()
    with files_at_most(5000), pytest.raises(StoreError):
        make_backup(folder, file, NOW)
    assert file.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.tar.zst", "data"]


def test_a_restore_that_runs_out_of_space_changes_nothing(folder: DataFolder, tmp_path: Path) -> None:
    file = tmp_path / "a.tar.zst"
    make_backup(folder, file, NOW)
    tell(folder, {"type": "liked", "user_id": "dee", "product_id": "hat"})
    before = content(folder)
    with files_at_most(30_000), pytest.raises(StoreError):
        restore_backup(Source(file), folder, NOW, replace_data=True)
    assert content(folder) == before
    assert not list(folder.path.glob(".*"))


def test_every_member_is_in_the_list_of_what_a_restore_replaces(folder: DataFolder, tmp_path: Path) -> None:
    make_backup(folder, tmp_path / "a.tar.zst", NOW)
    names = [each for each in members(tmp_path / "a.tar.zst") if each.startswith(INSIDE)]
    assert {each.split("/")[1] for each in names} <= set(NAMES)


RESTORE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from graph.backup.restore import Source, restore_backup
from graph.folder import DataFolder
print("ready", flush=True)
sys.stdin.readline()
restore_backup(Source(Path(sys.argv[1])), DataFolder(Path(sys.argv[2])), datetime.now(UTC), replace_data=True)
"""


@pytest.mark.slow
def test_a_restore_killed_at_any_moment_leaves_the_old_or_the_new(folder: DataFolder, tmp_path: Path) -> None:
    file = tmp_path / "a.tar.zst"
    make_backup(folder, file, NOW)
    new = content(folder)
    seen = set()
    rng = random.Random(11)
    for number in range(24):
        tell(folder, {"type": "liked", "user_id": f"late{number}", "product_id": "hat"})
        old = content(folder)
        process = subprocess.Popen(
            [sys.executable, "-c", RESTORE, str(file), str(folder.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        process.stdin.write(b"\n")
        process.stdin.flush()
        time.sleep(rng.uniform(0, 0.12))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdin.close()
        process.stdout.close()
        folder.settle()
        found = content(folder)
        assert found in (old, new)
        seen.add(found == new)
        Shelf(folder.snapshots).current()
    assert seen == {False, True}
