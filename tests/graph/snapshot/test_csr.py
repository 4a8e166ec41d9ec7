import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InvalidValue
from graph.snapshot import csr as csr_module
from graph.snapshot.csr import Csr, build_adjacency, build_csr

SOURCES, TARGETS = 7, 5
edges = st.lists(
    st.tuples(st.integers(0, SOURCES - 1), st.integers(0, TARGETS - 1), st.sampled_from([0, 1, 64, 2**31, 2**32 - 1])),
    max_size=120,
)


def columns(found):
    source, target, stamp = zip(*found, strict=True) if found else ((), (), ())
    return np.array(source, np.int32), np.array(target, np.int32), np.array(stamp, np.uint32)


def by_sorting(found, rows):
    """Oracle: for each row its edges, newest first, ties by the other end."""
    return [sorted(((-stamp, other) for row, other, stamp in found if row == each)) for each in range(rows)]


def listed(csr: Csr):
    return [
        list(zip((-csr.stamps_of(row).astype(np.int64)).tolist(), csr.neighbours(row).tolist(), strict=True))
        for row in range(csr.node_count)
    ]


@settings(deadline=None)  # the first example compiles
@given(edges)
def test_both_directions_agree_with_sorting(found):
    adjacency = build_adjacency(*columns(found), SOURCES, TARGETS)
    assert listed(adjacency.out) == by_sorting(found, SOURCES)
    assert listed(adjacency.into) == by_sorting([(t, s, stamp) for s, t, stamp in found], TARGETS)


@settings(deadline=None)  # the first example compiles
@given(edges)
def test_edges_without_time_are_in_the_order_of_rows(found):
    source, target, _ = columns(found)
    csr = build_csr(source, target, None, SOURCES, TARGETS)
    assert csr.stamps is None
    assert listed(csr) == by_sorting([(s, t, 0) for s, t, _ in found], SOURCES)


@settings(deadline=None)  # the first example compiles
@given(edges, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(found, random):
    mixed = random.sample(found, len(found))
    first, second = (build_csr(*columns(each), SOURCES, TARGETS) for each in (found, mixed))
    np.testing.assert_array_equal(first.indptr, second.indptr)
    np.testing.assert_array_equal(first.indices, second.indices)
    np.testing.assert_array_equal(first.stamps, second.stamps)


def test_threads_and_hubs_give_what_one_thread_gives(monkeypatch):
    rng = np.random.default_rng(5)
    rows = (50 * rng.random(40_000) ** 6).astype(np.int32)
    others = rng.integers(0, 900, 40_000).astype(np.int32)
    stamps = rng.integers(0, 30, 40_000).astype(np.uint32)
    alone = build_csr(rows, others, stamps, 60, 900)
    monkeypatch.setattr(csr_module, "WORTH_THREADS", 1)
    monkeypatch.setattr(csr_module, "THREADS", 5)
    together = build_csr(rows, others, stamps, 60, 900)
    order = np.lexsort((others, -stamps.astype(np.int64), rows))
    np.testing.assert_array_equal(alone.indices, others[order])
    np.testing.assert_array_equal(together.indices, alone.indices)
    np.testing.assert_array_equal(together.stamps, alone.stamps)


def test_read_only_input_is_taken(tmp_path):
    for name, array in zip("abc", columns([(0, 1, 5), (0, 0, 6)]), strict=True):
        np.save(tmp_path / f"{name}.npy", array)
    mapped = [np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in "abc"]
    assert build_csr(*mapped, 1, 2).neighbours(0).tolist() == [0, 1]


@pytest.mark.parametrize(("row", "other"), [(3, 0), (-1, 0), (0, 2), (0, -1)])
def test_a_row_out_of_range_is_refused(row, other):
    with pytest.raises(InvalidValue, match="edges"):
        build_csr(np.array([0, row], np.int32), np.array([0, other], np.int32), None, 3, 2)


def test_columns_of_different_length_are_refused():
    with pytest.raises(InvalidValue, match="differ in length"):
        build_csr(np.zeros(2, np.int32), np.zeros(2, np.int32), np.zeros(3, np.uint32), 1, 1)


def test_degrees_and_counts():
    csr = build_csr(*columns([(1, 0, 0), (1, 0, 0), (3, 2, 0)]), 4, 3)
    assert csr.degrees().tolist() == [0, 2, 0, 1]
    assert [csr.degree(row) for row in range(4)] == [0, 2, 0, 1]
    assert (csr.node_count, csr.edge_count) == (4, 3)
