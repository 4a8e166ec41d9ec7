"""The index against looking at every code."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.images.hamming import HammingIndex
from graph.errors import InvalidValue

codes = st.integers(0, 2**64 - 1)


def slowly(all_codes, code, radius):
    found = sorted(((a ^ code).bit_count(), place) for place, a in enumerate(all_codes))
    return [(place, far) for far, place in found if far <= radius]


def found_by(index, code, radius):
    return list(zip(*(each.tolist() for each in index.within(code, radius)), strict=True))


@settings(deadline=None, max_examples=200)
@given(codes, st.lists(st.sets(st.integers(0, 63), max_size=14), max_size=30), st.integers(0, 16))
def test_everything_within_the_radius_is_found_once_nearest_first(code, flips, radius):
    near = [code ^ sum(1 << bit for bit in bits) for bits in flips]
    assert found_by(HammingIndex.of(np.array(near, np.uint64)), code, radius) == slowly(near, code, radius)


@pytest.mark.parametrize("radius", [0, 3, 7, 8, 11, 12, 20, 64])
def test_random_codes_are_found_as_by_looking_at_each(radius):
    rng = np.random.default_rng(radius)
    many = rng.integers(0, 2**64, 3000, np.uint64)
    many[1500:] = many[:1500] ^ (np.uint64(1) << rng.integers(0, 64, 1500).astype(np.uint64))
    index = HammingIndex.of(many)
    for code in many[::300].tolist():
        assert found_by(index, code, radius) == slowly(many.tolist(), code, radius)


def test_a_crowd_of_equal_codes_is_found_whole():
    index = HammingIndex.of(np.full(5000, 77, np.uint64))
    rows, distances = index.within(77, 2)
    assert rows.tolist() == list(range(5000))
    assert not distances.any()


def test_pairs_are_all_pairs():
    rng = np.random.default_rng(0)
    few = rng.integers(0, 2**64, 60, np.uint64)
    few[30:] = few[:30] ^ (np.uint64(3) << rng.integers(0, 63, 30).astype(np.uint64))
    expected = [
        (a, b, (int(few[a]) ^ int(few[b])).bit_count())
        for a in range(60)
        for b in range(a + 1, 60)
        if (int(few[a]) ^ int(few[b])).bit_count() <= 5
    ]
    assert sorted(HammingIndex.of(few).pairs(5)) == expected
    assert len(expected) >= 30


def test_no_codes_are_no_trouble_and_a_radius_that_is_none_is_refused():
    index = HammingIndex.of(np.zeros(0, np.uint64))
    assert found_by(index, 5, 9) == []
    with pytest.raises(InvalidValue, match="0–64"):
        index.within(5, 65)
