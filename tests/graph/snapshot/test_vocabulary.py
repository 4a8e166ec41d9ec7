import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InvalidValue
from graph.snapshot.kernels import hash_of
from graph.snapshot.vocabulary import build_vocabulary

CASES = ["a", "A", " a", "a ", "a b", "\0", "/", "%2F", "x" * 256, "\u00e9", "e\u0301", "🍳", "👩\u200d🍳"]
AWKWARD = [*CASES, '"a"', "'a'", "a\tb", "a\n", "ß"]
id_texts = st.one_of(st.sampled_from(AWKWARD), st.text(min_size=1, max_size=64), st.text("ab", min_size=1, max_size=9))
id_lists = st.lists(st.one_of(st.none(), id_texts), max_size=60, unique_by=lambda each: each or object())


@settings(deadline=None)  # the first example compiles
@given(id_lists, st.lists(id_texts))
def test_agrees_with_a_dictionary(ids, others):
    vocabulary = build_vocabulary(ids)
    rows = {node_id: row for row, node_id in enumerate(ids) if node_id is not None}
    asked = [*rows, *others, ""]
    assert [vocabulary.row(each) for each in asked] == [rows.get(each, -1) for each in asked]
    assert vocabulary.rows(asked).tolist() == [rows.get(each, -1) for each in asked]
    assert vocabulary.ids(range(len(ids))) == [node_id or "" for node_id in ids]
    assert len(vocabulary) == len(ids)


def test_awkward_ids_stay_apart():
    vocabulary = build_vocabulary(AWKWARD)
    assert [vocabulary.row(each) for each in AWKWARD] == list(range(len(AWKWARD)))


def test_text_that_is_no_unicode_is_unknown():
    assert build_vocabulary(["a"]).row("\ud800") == -1


def test_an_empty_vocabulary_knows_nothing():
    vocabulary = build_vocabulary([])
    assert vocabulary.row("a") == -1
    assert vocabulary.rows(["a", "b"]).tolist() == [-1, -1]


def test_an_id_that_is_there_twice_is_refused():
    with pytest.raises(InvalidValue, match="'b' is there twice"):
        build_vocabulary(["a", "b", None, "b"])


def test_an_empty_id_is_refused():
    with pytest.raises(InvalidValue, match="at least one byte"):
        build_vocabulary(["a", ""])


def test_the_hash_is_the_published_one_folded():
    """FNV-1a of "foobar" is 0x85944171f73967e8 in its authors' table of test vectors."""
    published = 0x85944171F73967E8
    text = np.frombuffer(b"foobar", np.uint8)
    assert int(hash_of(text, 0, 6)) == published ^ published >> 32


def test_numbered_ids_spread_over_the_table():
    """With half of the slots free, a good hash needs about 1.5 steps to an id; a bad one runs into long chains."""
    vocabulary = build_vocabulary([f"user-{number}" for number in range(50_000)])
    taken = vocabulary.slots >= 0
    edges = np.flatnonzero(np.diff(np.concatenate(([0], taken.astype(np.int8), [0]))))
    assert (edges[1::2] - edges[::2]).max() < 200
