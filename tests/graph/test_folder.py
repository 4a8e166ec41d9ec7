from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from graph.errors import StoreLocked, StoreUnavailable
from graph.folder import DataFolder

HOLD = """
import sys, time
from pathlib import Path
from graph.folder import DataFolder
with DataFolder(Path(sys.argv[1])).owned():
    print("owned", flush=True)
    time.sleep(60)
"""


def test_everything_of_a_tenant_lies_in_its_folder(tmp_path):
    folder = DataFolder(tmp_path / "data")
    places = [folder.store, folder.log, folder.snapshots, folder.models, folder.rejects, folder.reports, folder.lock]
    assert all(place.parent == tmp_path / "data" for place in places)
    assert len(set(places)) == len(places)


def test_store_and_log_are_made_when_they_are_opened(tmp_path):
    folder = DataFolder(tmp_path / "deep" / "data")
    for opened in (folder.open_store(), folder.open_log()):
        opened.close()
    assert folder.store.exists()
    assert folder.log.exists()


def test_a_folder_has_one_owner_and_the_error_names_it(tmp_path):
    folder = DataFolder(tmp_path)
    owner = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    assert owner.stdout.readline() == "owned\n"
    with pytest.raises(StoreLocked, match=str(owner.pid)), folder.owned():
        pass
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    with folder.owned():
        assert folder.lock.read_text().startswith(f"{os.getpid()} ")


def test_ownership_ends_with_the_block_also_after_an_error(tmp_path):
    folder = DataFolder(tmp_path)
    with pytest.raises(RuntimeError), folder.owned():
        raise RuntimeError
    with folder.owned(), pytest.raises(StoreLocked), folder.owned():
        pass


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(StoreUnavailable), DataFolder(tmp_path / "taken" / "data").owned():
        pass
