"""Once, all or nothing, and healed by running it again."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from graph.errors import ArchiveDamaged, StorageFull, StoreBehind, StoreLocked, StoreUnavailable
from graph.folder import DataFolder
from graph.log.project import project
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
def store_that_fails(error: BaseException) -> Iterator[None]:
    """Every write to the store ends like this, just before it would be kept."""

    @contextmanager
    def writing(self: SqliteGraphStore, position: str, *, more: bool = False) -> Iterator[object]:
        with whole(self, position, more=more) as writer:
            yield writer
            raise error

    whole = SqliteGraphStore.writing
    SqliteGraphStore.writing = writing  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        SqliteGraphStore.writing = whole  # type: ignore[method-assign]


def test_a_load_interrupted_between_log_and_store_goes_on_with_the_next_load_of_anything(shop: Shop):
    shop.put("ratings.csv", CONTENT)
    with store_that_fails(KeyboardInterrupt()), pytest.raises(KeyboardInterrupt):
        shop.load(RATINGS)
    assert shop.ratings() == []
    shop.put("others.csv", CONTENT.replace("p1", "p2"))
    shop.load(RATINGS.replace("ratings.csv", "others.csv"))
    assert len(shop.ratings()) == 4
    assert shop.load(RATINGS).already_imported


def test_the_same_load_again_goes_on_without_its_files_and_reports_what_was_read(shop: Shop):
    shop.put("ratings.csv", CONTENT + "u3,p1,77\n")
    with store_that_fails(KeyboardInterrupt()), pytest.raises(KeyboardInterrupt):
        shop.load(RATINGS)
    report = shop.load(RATINGS)
    assert (report.files[0].kept, report.files[0].rejected, report.already_imported) == (2, 1, False)
    assert report.edges == {"RATED": 2}
    assert report.rejects is not None
    assert shop.ratings() == BOTH
    assert shop.load(RATINGS).already_imported


def test_a_store_that_is_lost_after_the_files_were_read_leaves_the_load_in_the_log(shop: Shop):
    shop.put("ratings.csv", CONTENT)
    lost = StoreUnavailable("bolt://somewhere", "the connection broke")
    with store_that_fails(lost), pytest.raises(StoreBehind, match=r"ratings\.csv is kept in the log.*connection broke"):
        shop.load(RATINGS)
    log, store = shop.data.open_log(), shop.data.open_store()
    assert project(log, store) == 2
    store.close()
    log.close()
    assert shop.ratings() == BOTH


def test_a_lost_store_is_rebuilt_from_the_log_alone(shop: Shop):
    shop.put("ratings.csv", CONTENT)
    shop.load(RATINGS)
    before = shop.ratings()
    for path in shop.data.path.glob("store.sqlite*"):
        path.unlink()
    shop.put("others.csv", CONTENT.replace("p1", "p2"))
    shop.load(RATINGS.replace("ratings.csv", "others.csv"))
    assert [each for each in shop.ratings() if each[1] == "p1"] == before
    assert len(shop.ratings()) == 4


def forget_rows(shop: Shop) -> None:
    """As version 0.1 left the log: the import is known, its rows are not."""
    log = shop.data.open_log()
    log._connection.execute("UPDATE imports SET archive = NULL")
    log._connection.execute("DELETE FROM chunks")
    log.close()


def test_an_import_of_version_0_1_that_the_store_has_is_fine(shop: Shop):
    shop.put("ratings.csv", CONTENT)
    shop.load(RATINGS)
    forget_rows(shop)
    assert shop.load(RATINGS).already_imported
    assert shop.ratings() == BOTH


def test_an_import_of_version_0_1_that_the_store_lacks_asks_for_the_same_load(shop: Shop):
    shop.put("ratings.csv", CONTENT)
    shop.load(RATINGS)
    forget_rows(shop)
    for path in shop.data.path.glob("store.sqlite*"):
        path.unlink()
    shop.put("others.csv", CONTENT.replace("p1", "p2"))
    with pytest.raises(ArchiveDamaged, match=r"ratings\.csv cannot be replayed.*same .tastegraph load. again"):
        shop.load(RATINGS.replace("ratings.csv", "others.csv"))
    report = shop.load(RATINGS)
    assert (report.files[0].kept, report.already_imported) == (2, False)
    assert shop.ratings() == BOTH


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?")])
def test_a_damaged_import_is_named_and_healed_by_the_same_load(shop: Shop, harm):
    shop.put("ratings.csv", CONTENT)
    shop.load(RATINGS)
    for path in shop.data.path.glob("store.sqlite*"):
        path.unlink()
    (chunk,) = shop.data.imports.rglob("*.arrow")
    harm(chunk)
    log, store = shop.data.open_log(), shop.data.open_store()
    with pytest.raises(ArchiveDamaged, match=r"000001\.arrow"):
        project(log, store)
    store.close()
    log.close()
    assert not shop.load(RATINGS).already_imported
    assert shop.ratings() == BOTH


def test_ctrl_c_leaves_nothing_and_a_rerun_loads_all(shop: Shop):
    shop.put("ratings.csv", CONTENT * 40_000)

    def interrupt(done: float, _note: str) -> None:
        if done > 0.5:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        shop.load(RATINGS, progress=interrupt)
    assert shop.ratings() == []
    folders = (shop.data.rejects, shop.data.reports, shop.data.imports)
    assert not [path for folder in folders for path in folder.glob("*")]
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
    with pytest.raises(StoreBehind, match=r"kept in the log.*no space left.*store\.sqlite"):
        shop.load(RATINGS)
    assert shop.ratings() == BOTH
    monkeypatch.undo()
    assert not shop.load(RATINGS).already_imported
    assert len(shop.ratings()) == 60_002


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


KILLED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from graph.folder import DataFolder
from graph.load import load
folder = Path(sys.argv[1])
print("began", flush=True)
load(folder / "mapping.toml", DataFolder(folder / "data"), now=datetime(2026, 11, 22, tzinfo=UTC),
     progress=lambda done, note: print(round(done, 2), note, flush=True))
"""


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2, 3))])
def test_a_load_that_is_killed_again_and_again_ends_in_the_right_graph(shop: Shop, seed: int):
    """Each run is killed at a random one of the moments at which it tells of its progress, until one gets through."""
    rng = random.Random(seed)
    lines = "".join(f"u{n % 50},p{n % 997},{n % 5 + 1}\n" for n in range(120_000))
    shop.put("ratings.csv", "user,product,stars\n" + lines)
    shop.put("mapping.toml", RATINGS)
    lives = 0
    while not killed_somewhere(shop.files, rng.randint(0, 9)):
        lives += 1
    assert lives
    data = DataFolder(shop.files / "data")
    with data.owned():
        log, store = data.open_log(), data.open_store()
        imported = [record for record in log.read(None) if record.type == "imported"]
        assert sum(record.body["rows"] for record in imported) == 50 * 997
        assert store.counts() == {"nodes": {"User": 50, "Product": 997}, "edges": {"RATED": 50 * 997}}
        assert store.position() == log.last_position()
        log.sweep()
        assert len(list(data.imports.rglob("*.arrow"))) == len(imported)
        store.close()
        log.close()


def killed_somewhere(folder: Path, after: int) -> bool:
    """Run the load and kill it after so many lines of progress; whether it was done before that."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as told:
        for _ in range(after + 1):
            told.readline()
        process.send_signal(signal.SIGKILL)
    return process.wait() == 0
