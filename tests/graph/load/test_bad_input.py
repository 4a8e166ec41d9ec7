"""Each fault of a file or a mapping is one clear error, and the store stays as it was."""

from __future__ import annotations

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.errors import InvalidMapping, TastegraphError, UnreadableFile
from tests.graph.load.conftest import RATINGS, Shop

GOOD = "user,product,stars\nu1,p1,5\n"
MANY = "user,product,stars\n" + "".join(f"u{n},p{n},5\n" for n in range(2000))


@pytest.fixture
def filled(shop: Shop) -> Shop:
    shop.put("before.csv", "user,product,stars\nu0,p0,5\n")
    shop.load(RATINGS.replace("ratings.csv", "before.csv"))
    return shop


def refused(shop: Shop, mapping: str = RATINGS) -> TastegraphError:
    """The one error of a load; afterwards the store holds what it held, and nothing is left lying about."""
    reports = sorted(shop.data.reports.glob("*"))
    with pytest.raises(TastegraphError) as caught:
        shop.load(mapping)
    assert shop.ratings() == [("u0", "p0", 5.0, -1)]
    assert sorted(shop.data.reports.glob("*")) == reports
    assert not list(shop.data.rejects.glob("*"))
    return caught.value


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "ratings.csv: the file is empty; export it again"),
        (MANY.encode()[:-3], "ratings.csv, line 2001: is cut off in the middle of the last row; copy it again"),
        (gzip.compress(MANY.encode())[:-200], "is cut off: the compressed data ends too early; copy it again"),
        (gzip.compress(MANY.encode())[:40] + b"xxxx" * 20, "is damaged"),
        (pa.Codec("zstd").compress(MANY.encode() * 50, asbytes=True)[:-100], "is damaged: Truncated compressed stream"),
        (
            "user,product,stars\nu1,p1,5\nJosé,p1,5\n".encode("latin-1"),
            "line 3: is not utf-8: byte 0xe9; say which it is",
        ),
        (
            GOOD.encode("utf-16"),
            'is not utf-8: byte 0xff; say which it is in the mapping, such as encoding = "latin-1"',
        ),
        (b'user,product,stars\nu1,p1,5\n"u2,p1,5\nu3,p1,5\n', "line 3: a quote is opened and never closed"),
        (
            b'user,product,stars\nu1,p1,5\n"' + b"u2,p1,5\n" * 60_000 + b'"',
            "line 3: a quote is opened and never closed",
        ),
        (b"user,user,stars\nu1,p1,5\n", "line 1: the header names the column 'user' twice"),
        (
            b"user,product,stars\nu1,p1,50\nu2,p1,90\n",
            "none of its 2 rows can be used; 2 of them: value is more than 5",
        ),
    ],
)
def test_a_broken_file_is_one_error_that_says_where_and_how_to_mend_it(filled: Shop, content: bytes, message: str):
    filled.put("ratings.csv", content)
    error = refused(filled)
    assert isinstance(error, UnreadableFile)
    assert message in str(error)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("user;product;stars\nu1;p1;5\n", "it seems to be separated by ';': say delimiter = ';'"),
        ("user\tproduct\tstars\nu1\tp1\t5\n", "it seems to be separated by '\\t': say delimiter = '\\t'"),
        ("user,item,stars\nu1,p1,5\n", "ratings.csv has no column 'product'; its columns are user, item, stars"),
    ],
)
def test_columns_that_are_not_there_are_named_with_those_that_are(filled: Shop, content: str, message: str):
    filled.put("ratings.csv", content)
    error = refused(filled)
    assert isinstance(error, InvalidMapping)
    assert "mapping.toml, [[events]] 1, columns." in str(error)
    assert message in str(error)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("", "has neither [[events]] nor [[nodes]]"),
        ("[[events]", "mapping.toml, TOML:"),
        (RATINGS.replace("ratings.csv", "rating.csv"), "there is no file"),
        (RATINGS.replace("ratings.csv", "*.tsv"), "no file matches '*.tsv'"),
        (RATINGS.replace("rated", "rateed"), "'rateed' is no event type; did you mean 'rated'?"),
        (RATINGS.replace("rated", "product"), 'use [[nodes]] with label = "Product"'),
        (RATINGS.replace("rated", "erased"), "people are erased through the API"),
        (RATINGS.replace("type", "tpye"), "there is no key 'tpye'; did you mean 'type'?"),
        (RATINGS.replace("product_id", "produkt_id"), "'produkt_id' is no field of rated; did you mean 'product_id'?"),
        (RATINGS.replace('user_id = "user", ', ""), "columns must say which column is user_id"),
        (RATINGS.replace(', value = "stars"', ""), "rated needs value: stars; say value = its column"),
        (RATINGS + 'zone = "Mars/North"', "there is no zone 'Mars/North'"),
        (RATINGS + 'encoding = "utf-99"', "there is no encoding 'utf-99'"),
        (RATINGS + "[cleaning]\nmin_actions = 3", "cleaning.min_actions: there is no key 'min_actions'"),
        (RATINGS + "[cleaning]\nmin_actions_per_user = -3", "cleaning.min_actions_per_user"),
        ('[[nodes]]\nfile = "ratings.csv"\nlabel = "Produkt"\ncolumns = { id = "user" }', "did you mean 'Product'?"),
        ('[[nodes]]\nfile = "ratings.csv"\nlabel = "User"\ncolumns = { handle = "user" }', "which column is id"),
    ],
)
def test_a_mapping_that_cannot_be_is_one_error_that_says_where(filled: Shop, mapping: str, message: str):
    filled.put("ratings.csv", GOOD)
    error = refused(filled, mapping)
    assert message in str(error)


def test_a_format_that_the_name_does_not_tell_has_to_be_said(filled: Shop):
    filled.put("ratings", GOOD)
    error = refused(filled, RATINGS.replace("ratings.csv", "ratings"))
    assert "does not tell its format; say format" in str(error)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("ratings.json", b'[{"user": "u1", "product": "p1", "stars": 5}, {"user"', "is cut off or no JSON"),
        ("ratings.json", b'{"rows": []}', "is no array of rows; say where it is"),
        ("ratings.jsonl", b'{"user": "u1", "product": "p1", "stars": 5}\n{"user": "u2', "line 2: is cut off"),
        ("ratings.parquet", b"PAR1 not really", "is no whole Parquet file"),
    ],
)
def test_a_broken_document_is_one_error(filled: Shop, name: str, content: bytes, message: str):
    filled.put(name, content)
    assert message in str(refused(filled, RATINGS.replace("ratings.csv", name)))


def test_a_cut_off_parquet_file_is_one_error(filled: Shop):
    table = pa.table({"user": ["u1"], "product": ["p1"], "stars": [5]})
    pq.write_table(table, filled.files / "whole.parquet")
    filled.put("ratings.parquet", (filled.files / "whole.parquet").read_bytes()[:-20])
    assert "is no whole Parquet file" in str(refused(filled, RATINGS.replace("ratings.csv", "ratings.parquet")))


def test_a_folder_is_no_file(filled: Shop):
    (filled.files / "ratings.csv").mkdir()
    assert "is a folder" in str(refused(filled))


def test_a_fault_late_in_the_file_leaves_nothing_of_it(filled: Shop):
    filled.put("ratings.csv", b"user,product,stars\n" + b"u1,p1,5\n" * 60_000 + b"\xff,p1,5\n")
    assert "line 60002" in str(refused(filled))


def test_a_mapping_that_is_not_there_is_one_error(shop: Shop):
    from graph.load import read_mapping

    with pytest.raises(InvalidMapping, match="No such file"):
        read_mapping(shop.files / "none.toml")
