import gzip

import numpy as np
import pytest

from graph.errors import UnreadableFile
from recommend.batch.inputs import read_input

GOOD = "user_id\titem_id\nu1\ta\nu1\tb\nu2\ta\n"


@pytest.fixture
def written(tmp_path):
    def write(content, name="train.tsv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_rows_are_numbered_by_first_appearance(written):
    source = read_input(written(GOOD))
    assert source.user_ids.to_pylist() == ["u1", "u2"]
    assert source.item_ids.to_pylist() == ["a", "b"]
    assert source.data.matrix().toarray().tolist() == [[1, 1], [1, 0]]


def test_gzip_is_known_by_its_content_not_its_name(written):
    assert read_input(written(gzip.compress(GOOD.encode()))).active_count == 2


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(written):
    source = read_input(written(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()))
    assert source.item_ids.to_pylist() == ["a", "b"]


def test_ids_may_hold_spaces_quotes_and_emoji(written):
    ids = ['say "hi"', "two words", "🦊", "007", "7"]
    source = read_input(written("u\ti\n" + "".join(f"{each}\tx\n" for each in ids)))
    assert source.user_ids.to_pylist() == ids


def test_a_repeated_pair_counts_once_with_its_newest_time(written):
    source = read_input(written("user\titem\ttime\nu\ta\t60\nu\ta\t180\nu\tb\t120\n"))
    assert source.data.minutes is not None
    assert source.data.minutes.tolist() == [3, 2]
    assert any("repeated" in note for note in source.notes)


@pytest.mark.parametrize(
    ("header", "cell"),
    [("value\ttimestamp", "5\t86400"), ("timestamp", "1970-01-02T00:00:00Z"), ("date", "1970-01-02")],
)
def test_value_and_time_may_be_there(written, header, cell):
    source = read_input(written(f"user\titem\t{header}\nu\ta\t{cell}\n"))
    assert source.data.minutes is not None
    assert source.data.minutes.tolist() == [1440]


def test_follows_bring_people_who_get_no_list_and_self_follows_go(written):
    follows = written("a\tb\nu1\tu2\nu1\tu1\nu2\tu9\n", "follows.tsv")
    source = read_input(written(GOOD), follows=follows)
    assert source.user_ids.to_pylist() == ["u1", "u2", "u9"]
    assert source.active_count == 2
    assert source.data.followees.tolist() == [1, 2]


def test_attributes_bring_items_that_nobody_has_and_keep_relations_apart(written):
    attributes = written("item\trelation\tentity\na\tbrand\t7\nc\tcategory\t7\n", "attributes.tsv")
    source = read_input(written(GOOD), attributes=attributes)
    assert source.item_ids.to_pylist() == ["a", "b", "c"]
    assert source.data.attribute_count == 2
    assert sorted(source.data.attribute_relations.tolist()) == [0, 1]


BAD = {
    "empty": ("", "empty", None),
    "header only": ("user_id\titem_id\n", "no row", None),
    "no header": ("1\t2\n3\t4\n", "not a header", 1),
    "commas": ("user_id,item_id\nu,a\n", "commas", 1),
    "one column": ("user_id\nu\n", "1 column", 1),
    "columns exchanged": ("item_id\tuser_id\na\tu\n", "order", 1),
    "a row cut off": ("user_id\titem_id\nu\ta\nu\n", "1 columns", 3),
    "an empty id": ("user_id\titem_id\nu\ta\n\tb\n", "empty", 3),
    "an id of 10 kB": ("user_id\titem_id\nu\t" + "x" * 10240 + "\n", "10240", 2),
    "not UTF-8": (b"user_id\titem_id\nu\t\xff\xfe\n", "UTF-8", 2),
    "UTF-16": (GOOD.encode("utf-16"), "UTF-16", None),
    "binary": (b"PAR1\x00\x00\x01", "binary", None),
    "gzip cut off": (gzip.compress(GOOD.encode() * 50)[:-20], "gzip", None),
    "NaN": ("user\titem\tvalue\nu\ta\t1\nu\tb\tNaN\n", "nan", 3),
    "not a number": ("user\titem\tvalue\nu\ta\tgood\n", "not a number", 2),
    "before 1970": ("user\titem\ttime\nu\ta\t-5\n", "before 1970", 2),
    "far future": ("user\titem\ttime\nu\ta\t99999999999\n", "future", 2),
    "not a time": ("user\titem\ttime\nu\ta\t2020-01-01\nu\tb\tsoon\n", "not a time", 3),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_one_error_with_place_and_reason(written, case):
    content, words, line = BAD[case]
    path = written(content)
    with pytest.raises(UnreadableFile) as caught:
        read_input(path)
    assert words.lower() in str(caught.value).lower()
    assert str(path) in str(caught.value)
    assert caught.value.line == line


def test_a_missing_file_and_a_folder_are_said_so(tmp_path):
    for path, words in ((tmp_path / "none.tsv", "no such file"), (tmp_path, "folder")):
        with pytest.raises(UnreadableFile, match=words):
            read_input(path)


def test_files_with_other_ids_are_refused(written):
    other = written("a\tb\nx\ty\n", "other.tsv")
    with pytest.raises(UnreadableFile, match="none of its people"):
        read_input(written(GOOD), follows=other)
    with pytest.raises(UnreadableFile, match="none of its items"):
        read_input(written(GOOD), attributes=other)


def test_no_row_of_a_pair_is_lost_or_invented(written):
    rng = np.random.default_rng(3)
    pairs = {(f"u{a}", f"i{b}") for a, b in rng.integers(0, 30, (200, 2))}
    source = read_input(written("u\ti\n" + "".join(f"{a}\t{b}\n" for a, b in pairs)))
    users, items = source.user_ids.to_pylist(), source.item_ids.to_pylist()
    found = {(users[a], items[b]) for a, b in zip(source.data.users, source.data.items, strict=True)}
    assert found == pairs


def test_an_attribute_with_the_id_of_an_item_is_that_item(written):
    rows = "a\tgoes_with\tb\nb\tbrand\tacme\na\tgoes_with\tz\n"
    data = read_input(written(GOOD), attributes=written("item\trelation\tentity\n" + rows, "known.tsv")).data
    assert data.entity_items is not None
    pairs = zip(data.attribute_items, data.entity_items[data.attribute_entities], strict=True)
    assert sorted(pairs) == [(0, -1), (0, 1), (1, -1)]


def test_without_such_an_attribute_none_is_an_item(written):
    known = written("item\trelation\tentity\na\tbrand\tacme\n", "known.tsv")
    assert read_input(written(GOOD), attributes=known).data.entity_items is None


def test_numbers_of_a_relation_are_a_numbering_of_their_own(written):
    known = written(
        "item\trelation\tentity\n7\tcategory\t7\n8\tcategory\t8\n7\tgoes_with\t8\n7\tgoes_with\tx\n", "known.tsv"
    )
    data = read_input(written("user\titem\nu\t7\nu\t8\n"), attributes=known).data
    assert data.entity_items is not None
    joined = data.entity_items[data.attribute_entities] >= 0
    assert data.attribute_relations[joined].tolist() == [1]
