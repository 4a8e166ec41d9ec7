import logging
import os
import shutil

import pytest

from graph.errors import ForeignVersion, SnapshotDamaged, SnapshotMissing
from graph.snapshot.shelf import Shelf
from tests.graph.snapshot.small import small_snapshot
from tests.graph.snapshot.test_files import rewritten


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "snapshots")


@pytest.fixture
def published(shelf, tmp_path):
    """Three snapshots, published one after the other; the one at index 2 is current."""

    def one(number):
        snapshot = small_snapshot(tmp_path, users=[f"u{each}" for each in range(number + 1)])
        shelf.publish(snapshot)
        return snapshot

    return [one(number) for number in range(3)]


def damage(snapshot):
    path = snapshot.folder / "user.id.bytes.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def test_the_published_snapshot_is_current(shelf, published):
    assert shelf.current().id == shelf.current_id() == published[2].id
    assert [each.id for each in shelf.history()] == [each.id for each in reversed(published)]


def test_a_snapshot_that_was_only_built_is_not_served(shelf, published, tmp_path):
    small_snapshot(tmp_path, users=["new"])
    assert shelf.current().id == published[2].id


def test_a_damaged_one_makes_place_for_the_one_before_and_says_so(shelf, published, caplog):
    damage(published[2])
    with caplog.at_level(logging.WARNING):
        assert shelf.current().id == published[1].id
    assert "user.id.bytes.npy is damaged" in caplog.text
    assert f"{published[1].id} of before is used instead" in caplog.text


def test_a_foreign_one_makes_place_for_the_one_before(shelf, published):
    rewritten(published[2].folder, schema_version=99)
    assert shelf.current().id == published[1].id


def test_two_damaged_ones_make_place_for_the_third(shelf, published):
    damage(published[2])
    damage(published[1])
    assert shelf.current().id == published[0].id


def test_when_none_can_be_used_the_error_names_the_newest(shelf, published):
    for snapshot in published:
        damage(snapshot)
    with pytest.raises(SnapshotDamaged, match=published[2].id):
        shelf.current()


def test_when_the_newest_is_foreign_and_no_other_can_be_used_it_says_so(shelf, published):
    rewritten(published[2].folder, schema_version=99)
    damage(published[1])
    damage(published[0])
    with pytest.raises(ForeignVersion):
        shelf.current()


def test_publishing_an_older_one_is_the_way_back(shelf, published):
    shelf.publish(published[0])
    assert shelf.current().id == published[0].id
    assert len(shelf.history()) == 3


@pytest.mark.parametrize("content", [None, b"", b"nothing", b"\xff\xfe"])
def test_a_lost_pointer_leads_to_the_newest(shelf, published, content):
    shelf.pointer.unlink()
    if content is not None:
        shelf.pointer.write_bytes(content)
    assert shelf.current().id == published[2].id


def test_an_empty_or_absent_folder_has_no_snapshot(shelf):
    with pytest.raises(SnapshotMissing, match="tastegraph snapshot build"):
        shelf.current()
    shelf.folder.mkdir()
    with pytest.raises(SnapshotMissing):
        shelf.current()
    assert shelf.history() == ()


def test_only_the_last_ones_are_kept_and_open_ones_stay_readable(shelf, published, tmp_path):
    open_one = published[0]
    shelf.publish(small_snapshot(tmp_path, users=["new"]))
    assert not open_one.folder.exists()
    assert open_one.vocabularies["User"].row("u0") == 0
    assert len(shelf.history()) == 3


def test_what_a_killed_build_left_is_swept_after_a_day(shelf, published):
    fresh, old = shelf.folder / ".unfinished-new", shelf.folder / ".unfinished-old"
    fresh.mkdir()
    old.mkdir()
    os.utime(old, (0, 0))
    shelf.publish(published[2])
    assert fresh.exists()
    assert not old.exists()


def test_a_snapshot_of_another_folder_is_not_published(shelf, published, tmp_path):
    elsewhere = small_snapshot(tmp_path / "elsewhere", users=["u"])
    with pytest.raises(SnapshotDamaged, match="does not lie"):
        shelf.publish(elsewhere)
    shutil.rmtree(published[1].folder)
    with pytest.raises(SnapshotDamaged, match="does not lie"):
        shelf.publish(published[1])
    assert shelf.current().id == published[2].id


def test_a_damaged_one_is_left_out_of_the_history(shelf, published):
    (published[1].folder / "manifest.json").write_text("{}")
    assert [each.id for each in shelf.history()] == [published[2].id, published[0].id]
