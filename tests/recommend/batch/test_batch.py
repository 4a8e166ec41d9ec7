import errno

import numpy as np
import pyarrow.parquet as pq
import pytest

from embeddings.errors import UnknownModel
from graph.errors import InvalidValue, StorageFull, UnreadableFile
from recommend.batch import auto, batch

KINDS, PEOPLE, ITEMS = 4, 120, 60


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """People of four kinds who mostly take items of their kind; half of each one's items are hidden as test."""
    folder = tmp_path_factory.mktemp("planted")
    rng = np.random.default_rng(5)
    train, test = ["user_id\titem_id"], {}
    for person in range(PEOPLE):
        own = [item for item in range(ITEMS) if item % KINDS == person % KINDS]
        taken = [*rng.permutation(own)[:10], *rng.permutation(ITEMS)[:2]]
        train += [f"u{person}\ti{item}" for item in taken[::2]]
        test[f"u{person}"] = {f"i{item}" for item in taken[1::2]} - {f"i{item}" for item in taken[::2]}
    (folder / "train.tsv").write_text("\n".join(train) + "\n")
    follows = [f"u{person}\tu{(person + KINDS) % PEOPLE}" for person in range(PEOPLE)]
    (folder / "follows.tsv").write_text("a\tb\n" + "\n".join(follows) + "\n")
    attributes = [f"i{item}\tkind\t{item % KINDS}" for item in range(ITEMS)] + ["fresh\tkind\t0"]
    (folder / "attributes.tsv").write_text("item\trelation\tentity\n" + "\n".join(attributes) + "\n")
    return folder, test


@pytest.fixture(autouse=True)
def _without_slow_models(monkeypatch):
    monkeypatch.setattr(auto, "slow_searches", lambda: ())


def recommended(path):
    lists = {}
    for row in pq.read_table(path).to_pylist():
        lists.setdefault(row["user_id"], []).append(row)
    return lists


def recall(lists, test):
    return np.mean([len({row["item_id"] for row in lists[user]} & right) / len(right) for user, right in test.items()])


def known(folder):
    lines = (folder / "train.tsv").read_text().splitlines()[1:]
    return {tuple(line.split("\t")) for line in lines}


def test_lists_are_ranked_whole_and_never_hold_a_known_item(files, tmp_path):
    folder, _ = files
    report = batch(folder / "train.tsv", tmp_path / "out.parquet", model="item_knn", top=7)
    lists = recommended(tmp_path / "out.parquet")
    assert report.rows == sum(map(len, lists.values())) == 7 * PEOPLE
    for user, rows in lists.items():
        assert [row["rank"] for row in rows] == list(range(1, 8))
        scores = [row["score"] for row in rows]
        assert scores == sorted(scores, reverse=True)
        assert not {(user, row["item_id"]) for row in rows} & known(folder)


def test_auto_beats_popularity_on_planted_kinds_and_says_why(files, tmp_path):
    folder, test = files
    batch(folder / "train.tsv", tmp_path / "popular.parquet", model="popularity", top=10)
    report = batch(
        folder / "train.tsv",
        tmp_path / "auto.parquet",
        follows=folder / "follows.tsv",
        attributes=folder / "attributes.tsv",
        top=10,
    )
    chosen = recall(recommended(tmp_path / "auto.parquet"), test)
    assert chosen > 2 * recall(recommended(tmp_path / "popular.parquet"), test)
    assert {trial.model for trial in report.trials} >= {"popularity", "item_knn", "paths", "friends", "attribute_taste"}
    assert report.reason
    assert report.validation["hidden_interactions"] > 0


def test_the_same_seed_gives_the_same_file(files, tmp_path):
    folder, _ = files
    for name in ("one", "two"):
        batch(folder / "train.tsv", tmp_path / name, seed=4, top=5)
    assert pq.read_table(tmp_path / "one").equals(pq.read_table(tmp_path / "two"))


def test_a_tiny_file_falls_back_to_what_is_popular(tmp_path):
    (tmp_path / "train.tsv").write_text("user\titem\nu1\ta\nu2\tb\n")
    report = batch(tmp_path / "train.tsv", tmp_path / "out.parquet")
    assert report.chosen["model"] == "popularity"
    lists = recommended(tmp_path / "out.parquet")
    assert {user: [row["item_id"] for row in rows] for user, rows in lists.items()} == {"u1": ["b"], "u2": ["a"]}


def test_a_tiny_budget_still_answers(files, tmp_path):
    folder, _ = files
    report = batch(folder / "train.tsv", tmp_path / "out.parquet", budget_s=0.001)
    assert report.rows
    assert report.notes


@pytest.mark.parametrize("change", [{"top": 0}, {"budget_s": 0.0}, {"settings": {"dim": 3}}])
def test_settings_without_sense_are_refused(files, tmp_path, change):
    folder, _ = files
    with pytest.raises(InvalidValue):
        batch(folder / "train.tsv", tmp_path / "out.parquet", **change)


def test_an_unknown_model_and_a_missing_folder_are_refused_before_reading(tmp_path):
    (tmp_path / "train.tsv").write_text("user\titem\nu1\ta\n")
    with pytest.raises(UnknownModel):
        batch(tmp_path / "train.tsv", tmp_path / "out.parquet", model="oracle")
    with pytest.raises(UnreadableFile, match="folder does not exist"):
        batch(tmp_path / "none.tsv", tmp_path / "none" / "out.parquet")


def test_a_full_disk_leaves_no_half_file(files, tmp_path, monkeypatch):
    folder, _ = files

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(StorageFull):
        batch(folder / "train.tsv", tmp_path / "out.parquet", model="popularity")
    assert not list(tmp_path.glob("out*"))
