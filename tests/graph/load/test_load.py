"""Once, all or nothing, and healed by running it again."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from graph.errors import ImportInterrupted, StorageFull, StoreLocked
from graph.store.sqlite import SqliteGraphStore
from tests.graph.load.conftest import RATINGS, Shop

CONTENT = "user,product,stars\nu1,p1,5\nu2,p1,4\n"
BOTH = [("u1", "p1", 5.0, -1), ("u2", "p1", 4.0, -1)]


def test_the_same_again_does_nothing_and_says_so(shop: Shop):
    shop.put("ratings.csv", CONTENT)
    first = shop.load(RATINGS)
    second = shop.load(RATINGS)
    assert not first.already_imported
    assert second.already_imported
    assert [file.as_json() for file in second.files] == [file.as_json() for file in first.files]
    assert shop.ratings() == BOTH


def test_rows_that_an_earlier_file_had_are_duplicates(shop: Shop):
    shop.put("ratings.csv", CONTENT)
    shop.load(RATINGS)
    shop.put("ratings.csv", CONTENT + "u3,p1,3\n")
    report = shop.load(RATINGS)
    assert (report.files[0].kept, report.files[0].rejected) == (1, 2)
    assert len(shop.ratings()) == 3


def test_a_dry_run_writes_nothing(shop: Shop):
    shop.put("ratings.csv", CONTENT + "u1,p1,5\nu1,p1,77\n")
    report = shop.load(RATINGS, dry_run=True)
    assert (report.files[0].read, report.files[0].kept, report.edges) == (4, 2, {"RATED": 2})
    assert not shop.data.path.exists()


def test_progress_grows_to_one(shop: Shop):
    shop.put("ratings.csv", CONTENT * 40_000)
    told: list[float] = []
    shop.load(RATINGS, progress=lambda done, _note: told.append(done))
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 2


def test_a_folder_in_use_is_refused(shop: Shop):
    shop.put("ratings.csv", CONTENT)
    with shop.data.owned(), pytest.raises(StoreLocked, match="in use by process"):
        shop.load(RATINGS)


@contextmanager
def dying_after_the_log(shop: Shop) -> Iterator[None]:
    """The process ends between the log's commit and the store's."""

    @contextmanager
    def writing(self: SqliteGraphStore, position: str) -> Iterator[object]:
        with whole(self, position) as writer:
            yield writer
            raise KeyboardInterrupt

    whole = SqliteGraphStore.writing
    SqliteGraphStore.writing = writing  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        SqliteGraphStore.writing = whole  # type: ignore[method-assign]


def test_a_crash_between_log_and_store_is_healed_by_the_same_load(shop: Shop):
    shop.put("ratings.csv", CONTENT)
    with dying_after_the_log(shop), pytest.raises(KeyboardInterrupt):
        shop.load(RATINGS)
    shop.put("others.csv", CONTENT.replace("p1", "p2"))
    with pytest.raises(ImportInterrupted, match=r"ratings\.csv"):
        shop.load(RATINGS.replace("ratings.csv", "others.csv"))
    report = shop.load(RATINGS)
    assert (report.files[0].kept, report.already_imported) == (2, False)
    assert shop.ratings() == BOTH
    shop.load(RATINGS.replace("ratings.csv", "others.csv"))
    assert len(shop.ratings()) == 4


def test_ctrl_c_leaves_nothing_and_a_rerun_loads_all(shop: Shop):
    shop.put("ratings.csv", CONTENT * 40_000)

    def interrupt(done: float, _note: str) -> None:
        if done > 0.5:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        shop.load(RATINGS, progress=interrupt)
    assert shop.ratings() == []
    assert not list(shop.data.rejects.glob("*"))
    report = shop.load(RATINGS)
    assert not report.already_imported
    assert shop.ratings() == BOTH


def test_a_full_disk_leaves_the_store_as_it_was(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    shop.put("before.csv", CONTENT)
    shop.load(RATINGS.replace("ratings.csv", "before.csv"))
    shop.put("ratings.csv", "user,product,stars\n" + "".join(f"v{n},q{n},5\n" for n in range(60_000)))
    whole = SqliteGraphStore.__init__

    def small(self: SqliteGraphStore, path: Path, **options: object) -> None:
        whole(self, path, **options)  # type: ignore[arg-type]
        (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
        self._connection.execute(f"PRAGMA max_page_count = {pages + 20}")

    monkeypatch.setattr(SqliteGraphStore, "__init__", small)
    with pytest.raises(StorageFull, match=r"store\.sqlite; nothing was changed"):
        shop.load(RATINGS)
    monkeypatch.undo()
    assert shop.ratings() == BOTH
    assert not shop.load(RATINGS).already_imported


def test_a_full_disk_for_rejected_rows_is_the_same_clear_error(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    import errno

    from graph.load.report import RejectFile

    def full(self: RejectFile, *_row: object) -> None:
        raise StorageFull(str(self.path)) from OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(RejectFile, "write", full)
    shop.put("ratings.csv", CONTENT + "u1,p1,9\n")
    with pytest.raises(StorageFull):
        shop.load(RATINGS)
    assert shop.ratings() == []


def test_a_store_that_is_none_is_refused(shop: Shop):
    from graph.errors import StoreUnavailable

    shop.put("ratings.csv", CONTENT)
    shop.data.path.mkdir()
    shop.data.store.write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreUnavailable):
        shop.load(RATINGS)


PEAK = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from graph.folder import DataFolder
from graph.load import load
folder = Path(sys.argv[1])
report = load(folder / sys.argv[2], DataFolder(folder / "data"), now=datetime(2026, 11, 22, tzinfo=UTC))
print(report.files[0].kept, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def peak_mib(folder: Path, name: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PEAK), str(folder), name], capture_output=True, text=True, check=True
    )
    return int(done.stdout.split()[1])


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(shop: Shop):
    """Eight times the rows: the difference stays below what the caches of SQLite may take."""
    for name, rows in (("few", 100_000), ("many", 800_000)):
        lines = (f"u{n % 5000},p{n % 7919},{n % 5 + 1},{1_200_000_000 + n}\n" for n in range(rows))
        shop.put(f"{name}.csv", "user,product,stars,at\n" + "".join(lines))
        mapping = RATINGS.replace("ratings.csv", f"{name}.csv").replace('"stars"', '"stars", at = "at"')
        shop.put(f"{name}.toml", mapping + 'time = "unix_s"')
    few, many = peak_mib(shop.files, "few.toml"), peak_mib(shop.files, "many.toml")
    assert many - few < 300
