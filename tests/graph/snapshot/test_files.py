"""A snapshot is proved before it is served."""

import json
import random
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from graph.errors import ForeignVersion, SnapshotDamaged, StorageFull, StoreUnavailable
from graph.snapshot import write
from graph.snapshot.files import open_array, save_array
from graph.snapshot.manifest import CHECKSUM, MANIFEST, SCHEMA_VERSION, Manifest, content_checksum
from graph.snapshot.snapshot import Snapshot
from graph.snapshot.write import write_snapshot
from tests.graph.snapshot.small import small_snapshot

FLIPS = 200


@pytest.fixture
def snapshot(tmp_path):
    return small_snapshot(
        tmp_path,
        rated=[("ana", "pan", 5, 50), ("bo", "pot", 3.5, 60)],
        follows=[("ana", "bo")],
        properties={"Product": {"pan": {"title": "Pan", "price_minor": 990, "brand": "acme"}}},
    )


def rewritten(folder, **changes):
    """Change the manifest as a program would, its own checksum included."""
    content = json.loads((folder / MANIFEST).read_text())
    content.pop(CHECKSUM)
    content.update(changes)
    content[CHECKSUM] = content_checksum(content)
    (folder / MANIFEST).write_text(json.dumps(content))


@pytest.mark.slow
def test_none_of_200_flipped_bits_in_any_of_its_files_is_served(snapshot):
    rng = random.Random(3)
    served = []
    for path in sorted(snapshot.folder.iterdir()):
        whole = path.read_bytes()
        for bit in (rng.randrange(len(whole) * 8) for _ in range(FLIPS)):
            damaged = bytearray(whole)
            damaged[bit // 8] ^= 1 << bit % 8
            path.write_bytes(damaged)
            try:
                Snapshot.open(snapshot.folder)
                served.append((path.name, bit))
            except (SnapshotDamaged, ForeignVersion):
                pass
        path.write_bytes(whole)
    assert served == []
    Snapshot.open(snapshot.folder)


def test_a_file_that_is_cut_longer_or_not_there_is_refused(snapshot):
    path = snapshot.folder / "product.title.bytes.npy"
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole + b"\0", b""):
        path.write_bytes(damaged)
        with pytest.raises(SnapshotDamaged, match=r"product\.title\.bytes\.npy is damaged"):
            Snapshot.open(snapshot.folder, verify=False)
    path.unlink()
    with pytest.raises(SnapshotDamaged, match="No such file"):
        Snapshot.open(snapshot.folder)


@pytest.mark.parametrize("text", ["", "[]", "{", "{}", "\ufeff{}"])
def test_a_manifest_that_is_none_is_refused(snapshot, text):
    (snapshot.folder / MANIFEST).write_text(text)
    with pytest.raises(SnapshotDamaged, match="manifest"):
        Snapshot.open(snapshot.folder)


def test_a_folder_without_manifest_is_refused(tmp_path):
    with pytest.raises(SnapshotDamaged, match="No such file"):
        Snapshot.open(tmp_path)


def test_a_newer_version_is_refused_and_says_so(snapshot):
    rewritten(snapshot.folder, schema_version=SCHEMA_VERSION + 1)
    with pytest.raises(ForeignVersion, match=f"schema version {SCHEMA_VERSION + 1}"):
        Snapshot.open(snapshot.folder)


def test_a_manifest_that_forgets_a_file_is_refused(snapshot):
    content = json.loads((snapshot.folder / MANIFEST).read_text())
    content["files"].pop("user-acted-product.into.stamps.npy")
    rewritten(snapshot.folder, files=content["files"])
    with pytest.raises(SnapshotDamaged, match=r"into\.stamps"):
        Snapshot.open(snapshot.folder)


def test_a_manifest_with_a_file_outside_the_folder_is_refused(snapshot, tmp_path):
    content = json.loads((snapshot.folder / MANIFEST).read_text())
    shutil.copy(snapshot.folder / "user.gone.npy", tmp_path / "user.gone.npy")
    content["files"]["../../user.gone.npy"] = content["files"]["user.gone.npy"]
    rewritten(snapshot.folder, files=content["files"])
    with pytest.raises(SnapshotDamaged, match="outside"):
        Snapshot.open(snapshot.folder)


def test_the_manifest_comes_back_as_it_was_written(snapshot):
    assert Manifest.read(snapshot.folder) == snapshot.manifest
    assert snapshot.manifest.nodes["User"] == 2
    assert snapshot.manifest.edges["User-ACTED-Product"] == 2
    assert snapshot.manifest.kinds == ("RATED",)
    assert snapshot.position == "7"


def test_an_id_is_a_uuid_of_version_7_and_grows_with_time(tmp_path):
    first, second = (small_snapshot(tmp_path / name, users=["u"]).id for name in "ab")
    assert first[14] == second[14] == "7"
    assert first[19] in "89ab"
    assert first[:13] <= second[:13]


@pytest.mark.parametrize("array", [np.zeros(0, np.int32), np.arange(7, dtype=np.uint8), np.eye(3, dtype=np.float32)])
def test_arrays_come_back_from_files(tmp_path, array):
    record = save_array(tmp_path / "a.npy", array)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), array)
    found = open_array(tmp_path / "a.npy", record)
    np.testing.assert_array_equal(found, array)
    assert (found.dtype, found.flags.writeable) == (array.dtype, False)


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(_path, _array, *, durable):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write, "save_array", full)
    with pytest.raises(StorageFull):
        write_snapshot(tmp_path, ids={"User": ["a"]}, edges={})
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_build_leaves_nothing_behind(tmp_path):
    def interrupted(_done, _note):
        raise KeyboardInterrupt

    edges = {("User", "FOLLOWS", "User"): (np.zeros(1, np.int32), np.zeros(1, np.int32), None)}
    with pytest.raises(KeyboardInterrupt):
        write_snapshot(tmp_path, ids={"User": ["a"]}, edges=edges, progress=interrupted)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_one_clear_error(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(StoreUnavailable, match="taken"):
        write_snapshot(tmp_path / "taken", ids={"User": ["a"]}, edges={})


def test_many_threads_may_open_it_at_once(snapshot):
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: Snapshot.open(snapshot.folder), range(24)))
    assert {each.manifest == snapshot.manifest for each in found} == {True}
