"""The catalogue, where data sets are looked for, and what they hold. The real files are used where they are at hand."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from graph.datasets import Places, dataset, datasets, default_places
from graph.datasets.entry import Entry, File
from graph.datasets.places import git_blob_of, locate
from graph.errors import ChecksumMismatch, DatasetUnavailable, UnknownDataset
from graph.folder import DataFolder
from graph.load import load

NAMES = {
    "amazon-beauty",
    "ciao",
    "ciao-full",
    "ciao-recdiff",
    "epinions",
    "gowalla",
    "groceries",
    "lastfm",
    "lastfm-clicks",
    "lastfm-lightgcn",
    "yelp-diffnet",
}
LOCAL = replace(default_places(), public="")

RATINGS = b"user\titem\n1\t2\n"
FILES = (File(path="ratings.tsv", sha256=hashlib.sha256(RATINGS).hexdigest(), bytes=len(RATINGS), source="data/r.tsv"),)


def entry(files: tuple[File, ...] = FILES) -> Entry:
    return Entry(
        name="tiny",
        title="Tiny",
        summary="",
        licence="none",
        citation="none",
        repository="owner/tiny",
        commit="abc",
        folder="tiny-folder",
        files=files,
        load={},
    )


def at_hand(name: str) -> None:
    try:
        dataset(name, LOCAL).locate()
    except DatasetUnavailable:
        pytest.skip(f"{name} is not on this machine")


def test_the_catalogue_names_all_sets_with_licence_and_citation():
    assert {each.name for each in datasets()} == NAMES
    for each in datasets():
        assert each.title
        assert each.licence
        assert each.citation
        assert each.bytes > 0
        assert each.entry.commit in each.source


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(UnknownDataset, match=r"no data set is called 'siao'; known: amazon-beauty, ciao"):
        dataset("siao")


def test_the_first_folder_that_has_all_files_wins(tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / name / "tiny-folder").mkdir(parents=True)
    (tmp_path / "two" / "tiny-folder" / "ratings.tsv.gz").write_bytes(gzip.compress(RATINGS))
    places = Places((tmp_path / "none", tmp_path / "one", tmp_path / "two"), tmp_path / "cache", "")
    assert locate(entry(), places) == tmp_path / "two" / "tiny-folder"


def test_something_else_under_its_name_is_refused(tmp_path: Path):
    folder = tmp_path / "tiny-folder"
    folder.mkdir()
    (folder / "ratings.tsv").write_bytes(RATINGS + b"9\t9\n")
    with pytest.raises(ChecksumMismatch, match=r"ratings\.tsv has the checksum"):
        locate(entry(), Places((tmp_path,), tmp_path / "cache", ""))


def test_where_it_cannot_be_had_the_message_names_every_place(tmp_path: Path):
    with pytest.raises(DatasetUnavailable) as caught:
        locate(entry(), Places((tmp_path / "a",), tmp_path / "cache", ""))
    assert str(tmp_path / "a" / "tiny-folder") in str(caught.value)
    assert "downloads are switched off" in str(caught.value)


def test_a_set_without_a_public_form_says_so(tmp_path: Path):
    closed = (FILES[0].model_copy(update={"source": ""}),)
    with pytest.raises(DatasetUnavailable, match=r"nothing public has ratings\.tsv in this form"):
        locate(entry(closed), Places((), tmp_path / "cache"))


@pytest.fixture
def public(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server that stands for the public address, and the folder that it serves."""
    root = tmp_path / "public"
    (root / "owner/tiny/abc/data").mkdir(parents=True)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", root / "owner/tiny/abc/data/r.tsv"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_download_is_checked_and_kept(tmp_path: Path, public: tuple[str, Path]):
    address, served = public
    served.write_bytes(RATINGS)
    places = Places((), tmp_path / "cache", address)
    folder = locate(entry(), places)
    assert (folder / "ratings.tsv").read_bytes() == RATINGS
    served.unlink()
    assert locate(entry(), places) == folder


def test_a_download_that_is_something_else_is_refused_and_not_kept(tmp_path: Path, public: tuple[str, Path]):
    address, served = public
    served.write_bytes(b"<html>please log in</html>")
    with pytest.raises(ChecksumMismatch, match=r"/owner/tiny/abc/data/r\.tsv has the checksum"):
        locate(entry(), Places((), tmp_path / "cache", address))
    assert not list((tmp_path / "cache").rglob("*.tsv*"))


def test_another_form_of_the_same_rows_may_be_known_by_its_git_checksum(tmp_path: Path, public: tuple[str, Path]):
    address, served = public
    served.write_bytes(b"other order")
    other = (FILES[0].model_copy(update={"git_blob": git_blob_of(served)}),)
    folder = locate(entry(other), Places((), tmp_path / "cache", address))
    assert (folder / "ratings.tsv").read_bytes() == b"other order"


def test_an_address_that_does_not_answer_is_one_of_the_places_tried(tmp_path: Path, public: tuple[str, Path]):
    address, _ = public
    with pytest.raises(DatasetUnavailable, match="404"):
        locate(entry(), Places((), tmp_path / "cache", address))


def test_git_names_the_empty_file_as_git_does(tmp_path: Path):
    (tmp_path / "empty").write_bytes(b"")
    assert git_blob_of(tmp_path / "empty") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


COUNTS = {  # interactions, people, products, follows, facts
    "amazon-beauty": (198_502, 22_363, 12_101, 0, 1_115_330),
    "ciao": (36_065, 2_248, 16_861, 57_544, 36_065),
    "ciao-full": (284_086, 7_375, 105_114, 111_781, 284_086),
    "ciao-recdiff": (33_175, 1_925, 15_053, 65_084, 15_056),
    "epinions": (922_267, 22_164, 296_277, 355_754, 922_267),
    "gowalla": (1_027_370, 29_858, 40_981, 0, 0),
    "groceries": (43_367, 9_835, 169, 0, 0),
    "lastfm": (92_834, 1_892, 17_632, 25_434, 0),
    "lastfm-clicks": (42_346, 1_872, 3_846, 0, 15_518),
    "lastfm-lightgcn": (52_668, 1_880, 4_489, 25_434, 0),
    "yelp-diffnet": (207_945, 17_235, 37_378, 143_765, 0),
}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_set_holds_what_its_authors_say(name: str):
    at_hand(name)
    found = dataset(name, LOCAL)
    table, follows, facts = found.interactions(), found.follows(), found.attributes()
    counts = (len(table), len(set(table.users)), len(set(table.items)))
    assert (*counts, len(follows[0]) if follows else 0, len(facts[0]) if facts else 0) == COUNTS[name]


SPLITS = {
    "amazon-beauty": (149_844, 0, 48_658, 10),
    "ciao-recdiff": (23_223, 3_317, 6_635, 20),
    "gowalla": (810_128, 0, 217_242, 20),
    "lastfm-lightgcn": (42_135, 0, 10_533, 20),
    "yelp-diffnet": (185_869, 3_497, 18_579, 10),
}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_split_has_the_published_sizes_and_no_overlap(name: str):
    at_hand(name)
    split = dataset(name, LOCAL).split()
    if name not in SPLITS:
        assert split is None
        return
    assert split is not None
    sizes = (len(split.train), len(split.validation) if split.validation else 0, len(split.test), split.protocol.k)
    assert sizes == SPLITS[name]
    assert set(zip(*split.train.pairs, strict=True)).isdisjoint(zip(*split.test.pairs, strict=True))


def test_ciao_loads_with_its_faults_counted(tmp_path: Path):
    at_hand("ciao")
    report = load(dataset("ciao", LOCAL).mapping(), DataFolder(tmp_path / "data"))
    assert [(file.read, file.kept, file.rejected) for file in report.files] == [
        (36_065, 36_065, 0),
        (36_065, 36_007, 58),
        (57_544, 57_544, 0),
    ]
    assert report.nodes == {"User": 2_375, "Product": 16_861, "Category": 6}
    assert report.edges == {"FOLLOWS": 57_544, "RATED": 36_007, "IN_CATEGORY": 16_864}


@pytest.mark.parametrize("name", sorted(NAMES - {"epinions"}))
def test_a_sets_mapping_fits_its_files(tmp_path: Path, name: str):
    """Every table can be read; what is rejected is known. A slow test loads epinions."""
    at_hand(name)
    report = load(dataset(name, LOCAL).mapping(), DataFolder(tmp_path / "data"), dry_run=True)
    rejected = {reason: count for file in report.files for reason, count in file.reasons.items()}
    expected = {
        "ciao": {"duplicate: says what an earlier row said": 58},
        "ciao-full": {"duplicate: says what an earlier row said": 967, "value is less than 1": 34},
        "lastfm-clicks": {"label names no event type": 21_173},
    }
    assert rejected == expected.get(name, {})


@pytest.mark.slow
def test_epinions_loads_whole(tmp_path: Path):
    at_hand("epinions")
    report = load(dataset("epinions", LOCAL).mapping(), DataFolder(tmp_path / "data"))
    assert report.nodes == {"User": 22_165, "Product": 296_277, "Category": 27}
    assert report.edges["FOLLOWS"] == 355_754 - 224 - 27
    assert report.edges["IN_CATEGORY"] == 296_877
    assert report.seconds < 90
