import numpy as np
import pytest

from embeddings.index import STORED, ExactIndex, IvfIndex, build_index, index_arrays
from embeddings.table import EmbeddingTable
from graph.errors import InvalidValue


def vectors(count, dim=16, seed=0):
    return np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)


INDEXES = [ExactIndex, lambda table: IvfIndex(table, cells=20, probes=20)]


@pytest.mark.parametrize("index", INDEXES)
def test_finds_what_comparing_all_finds(index):
    table, asked = vectors(1000), vectors(20, seed=1)
    rows, scores = index(table).search(asked, 10)
    expected = np.argsort(-(asked @ table.T), axis=1)[:, :10]
    shared = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(rows.tolist(), expected.tolist(), strict=True)])
    assert shared > 0.95
    assert rows.dtype == np.int32
    assert (np.diff(scores, axis=1) <= 0).all()
    np.testing.assert_allclose(scores, np.take_along_axis(asked @ table.T, rows.astype(int), axis=1), atol=0.2)


def test_long_vectors_do_not_hide_among_short_ones():
    rng = np.random.default_rng(0)
    lengths = np.exp(rng.standard_normal((20_000, 1)))
    table = ((vectors(40)[rng.integers(0, 40, 20_000)] + 0.3 * vectors(20_000)) * lengths).astype(np.float32)
    asked = vectors(50, seed=1)
    rows, _ = build_index(EmbeddingTable("Product", table), exact_up_to=100).search(asked, 50)
    expected = np.argsort(-(asked @ table.T), axis=1)[:, :50]
    shared = np.mean([len(set(a) & set(b)) / 50 for a, b in zip(rows.tolist(), expected.tolist(), strict=True)])
    assert shared > 0.9


@pytest.mark.parametrize("index", INDEXES)
def test_fills_up_where_there_are_fewer_vectors(index):
    rows, scores = index(vectors(25)).search(vectors(2, seed=1), 30)
    assert rows.shape == scores.shape == (2, 30)
    assert (rows[:, 25:] == -1).all()
    assert np.isneginf(scores[:, 25:]).all()


@pytest.mark.parametrize("index", INDEXES)
def test_refuses_vectors_of_another_width(index):
    with pytest.raises(InvalidValue, match="16 numbers"):
        index(vectors(30)).search(vectors(1, dim=3), 5)


def test_the_size_of_the_table_decides():
    table = EmbeddingTable("Product", vectors(500))
    assert isinstance(build_index(table), ExactIndex)
    large = build_index(table, exact_up_to=100)
    assert isinstance(large, IvfIndex)
    assert len(large) == 500


def test_a_stored_index_finds_what_it_found_before_it_was_stored(tmp_path):
    table, asked = vectors(1000), vectors(20, seed=1)
    index = IvfIndex(table, cells=20, probes=5)
    np.save(tmp_path / "index.npy", index.stored())
    opened = IvfIndex.opened(np.load(tmp_path / "index.npy", mmap_mode="r"))
    assert len(opened) == 1000
    for found, expected in zip(opened.search(asked, 10), index.search(asked, 10), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_few_products_have_no_stored_index():
    assert index_arrays(vectors(500)) == {}
    assert index_arrays(None) == {}
    assert list(index_arrays(vectors(500), exact_up_to=100)) == [STORED]
