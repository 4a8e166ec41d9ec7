"""From a town to files, and by ``load`` into a store and a view."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from graph.errors import StorageFull
from graph.load import load
from graph.simulate import Town
from graph.simulate.people import FAKE, INFLUENCER
from graph.snapshot.view import LiveView
from tests.graph.simulate.small import DataFolder, small_town, town_view


@pytest.fixture(scope="module")
def town() -> Town:
    return small_town()


@pytest.fixture(scope="module")
def files(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return town.write(tmp_path_factory.mktemp("town")).parent


@pytest.fixture(scope="module")
def view(town: Town, tmp_path_factory: pytest.TempPathFactory) -> LiveView:
    return town_view(tmp_path_factory.mktemp("view"), town)


def column(files: Path, table: str, name: str) -> list[object]:
    return pq.read_table(files / f"{table}.parquet", columns=[name]).column(name).to_pylist()


def test_load_keeps_every_row(town: Town, files: Path, tmp_path: Path) -> None:
    report = load(files / "mapping.toml", DataFolder(tmp_path))
    assert sum(file.rejected + file.repaired for file in report.files) == 0
    assert sum(file.read for file in report.files if "events" in file.table) == sum(map(len, town.events.values()))
    assert report.nodes["User"] == len(town.people)
    assert report.edges["BOUGHT"] == len(town.events["bought"])


def test_rows_of_the_view_are_rows_of_the_town(town: Town, view: LiveView) -> None:
    follows = view.edges("User", "FOLLOWS", "User").out
    followed = town.events["followed"]
    assert view.count("User") == len(town.people)
    for person in range(0, len(town.people), 37):
        expected = followed.fields["other"][followed.user == person]
        assert sorted(follows.neighbours(person).tolist()) == sorted(expected.tolist())
        assert view.row_of("User", f"u{person:03d}") == person


def test_products_have_titles_prices_and_categories_in_the_view(town: Town, view: LiveView) -> None:
    prices = view.number("Product", "price_minor")
    assert prices is not None
    np.testing.assert_array_equal(prices, town.catalogue.price_minor)
    for product in range(len(town.catalogue)):
        title = view.text("Product", "title", product)
        kind = town.catalogue.category_names[town.catalogue.first_leaf + town.catalogue.leaf[product]]
        assert title is not None
        assert kind in title


def test_truth_is_keyed_by_the_ids_of_the_tables(files: Path, town: Town) -> None:
    users = set(column(files, "users", "id"))
    for table in ("communities", "segments", "tastes", "influencers", "celebrities", "fakes", "true_lift"):
        assert set(column(files, f"truth/{table}", "user_id")) <= users
    assert set(column(files, "truth/communities", "community_id")) == set(column(files, "communities", "id"))
    assert set(column(files, "truth/tastes", "category_id")) <= set(column(files, "categories", "id"))
    assert set(column(files, "truth/triggers", "effect_event_id")) <= set(column(files, "bought", "event_id"))
    assert len(column(files, "truth/fakes", "user_id")) == len(town.people.rows(FAKE))
    assert len(column(files, "truth/influencers", "user_id")) == len(town.people.rows(INFLUENCER))


def test_the_tables_do_not_say_who_is_what(files: Path) -> None:
    told = {name for table in files.glob("*.parquet") for name in pq.read_schema(table).names}
    assert not told & {"role", "segment", "farm", "power", "topic", "quality", "featured", "cause_event_id"}


def test_writing_twice_gives_the_same_bytes(town: Town, files: Path, tmp_path: Path) -> None:
    town.write(tmp_path)
    for table in files.rglob("*.*"):
        assert (tmp_path / table.relative_to(files)).read_bytes() == table.read_bytes()


def test_a_full_disk_is_one_clear_error(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(StorageFull, match="no space left"):
        town.write(tmp_path)
