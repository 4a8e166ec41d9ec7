"""The same three ratings in every format give the same graph."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.io import savemat

from tests.graph.load.conftest import Shop

ROWS = [("u1", "p1", 5), ("u1", "p2", 3), ("u 2", 'p"3', 1)]
EXPECTED = [("u 2", 'p"3', 1.0, -1), ("u1", "p1", 5.0, -1), ("u1", "p2", 3.0, -1)]
TABLE = """
[[events]]
file = "{file}"
type = "rated"
{more}
columns = {{ user_id = "user", product_id = "product", value = "stars" }}
"""

CSV = 'user,product,stars\nu1,p1,5\nu1,p2,3\nu 2,"p""3",1\n'
TSV = 'user\tproduct\tstars\nu1\tp1\t5\nu1\tp2\t3\nu 2\tp"3\t1\n'
OBJECTS = [dict(zip(("user", "product", "stars"), row, strict=True)) for row in ROWS]


def zstd(content: bytes) -> bytes:
    return pa.Codec("zstd").compress(content, asbytes=True)


FORMS = {
    "ratings.csv": (CSV, ""),
    "ratings.tsv": (TSV, ""),
    "crlf.csv": (CSV.replace("\n", "\r\n"), ""),
    "cr.csv": (CSV.replace("\n", "\r"), ""),
    "bom.csv": ("\ufeff" + CSV, ""),
    "semicolon.csv": (CSV.replace(",", ";"), 'delimiter = ";"'),
    "ratings.json": (json.dumps(OBJECTS), ""),
    "nested.json": (json.dumps({"a": {"b": OBJECTS}, "c": 1}), 'records = "a.b"'),
    "ratings.jsonl": ("\n".join(map(json.dumps, OBJECTS)), ""),
    "ratings.csv.zst": (zstd(CSV.encode()), ""),
    "utf16.csv": (CSV.encode("utf-16"), 'encoding = "utf-16"'),
    "bare.txt": (TSV.split("\n", 1)[1], 'format = "tsv"\nnames = ["user", "product", "stars"]'),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_format_gives_the_same_graph(shop: Shop, name: str):
    content, more = FORMS[name]
    shop.put(name, content)
    report = shop.load(TABLE.format(file=name, more=more))
    assert shop.ratings() == EXPECTED
    assert (report.files[0].read, report.files[0].kept) == (3, 3)


def test_gzip_is_told_from_the_content_not_the_name(shop: Shop):
    shop.put("ratings.csv", CSV, packed=True)
    shop.load(TABLE.format(file="ratings.csv", more=""))
    assert shop.ratings() == EXPECTED


def test_parquet_gives_the_same_graph(shop: Shop):
    pq.write_table(pa.Table.from_pylist(OBJECTS), shop.files / "ratings.parquet")
    shop.load(TABLE.format(file="ratings.parquet", more=""))
    assert shop.ratings() == EXPECTED


def test_times_of_parquet_need_no_form(shop: Shop):
    times = pa.array([1_290_000_000_123_456_789], pa.timestamp("ns", "UTC"))
    table = pa.table({"user": ["u1"], "product": ["p1"], "stars": [5], "at": times})
    pq.write_table(table, shop.files / "ratings.parquet")
    shop.load(TABLE.format(file="ratings.parquet", more="").replace('"stars"', '"stars", at = "at"'))
    assert shop.ratings() == [("u1", "p1", 5.0, 1_290_000_000_123)]


def test_a_file_with_only_a_header_has_no_rows(shop: Shop):
    shop.put("ratings.csv", "user,product,stars\n")
    report = shop.load(TABLE.format(file="ratings.csv", more=""))
    assert (report.files[0].read, report.nodes) == (0, {})


def test_files_of_a_pattern_are_one_table(shop: Shop):
    for number, row in enumerate(OBJECTS):
        pq.write_table(pa.Table.from_pylist([row]), shop.files / f"part-{number}.parquet")
    report = shop.load(TABLE.format(file="part-*.parquet", more=""))
    assert shop.ratings() == EXPECTED
    assert [file.file for file in report.files] == ["part-0.parquet", "part-1.parquet", "part-2.parquet"]


def test_a_matrix_gives_numbered_ids(shop: Shop):
    savemat(shop.files / "ratings.mat", {"rating": [[1, 2, 5], [3, 4, 1]]})
    more = 'records = "rating"\nnames = ["user", "product", "stars"]'
    shop.load(TABLE.format(file="ratings.mat", more=more))
    assert shop.ratings() == [("1", "2", 5.0, -1), ("3", "4", 1.0, -1)]


def test_a_list_names_its_user_first(shop: Shop):
    shop.put("train.txt", "u1 p1 p2\nu2\nu3 p1\n")
    mapping = """
    [[events]]
    file = "train.txt"
    format = "lists"
    type = "liked"
    columns = { user_id = "user", product_id = "item" }
    """
    report = shop.load(mapping)
    assert shop.edges("User", "LIKED", "Product") == [("u1", "p1"), ("u1", "p2"), ("u3", "p1")]
    assert report.files[0].read == 3


def test_ids_that_were_written_as_numbers_are_whole(shop: Shop):
    shop.put("ratings.txt", "  1.0000000e+000  2.0000000e+000  5.0000000e+000\n")
    more = 'format = "text"\nnames = ["user", "product", "stars"]\nwhole_ids = true'
    shop.load(TABLE.format(file="ratings.txt", more=more))
    assert shop.ratings() == [("1", "2", 5.0, -1)]


def test_a_dotted_column_reaches_into_objects(shop: Shop):
    shop.put("ratings.jsonl", '{"who": {"id": "u1"}, "product": "p1", "stars": 5}\n')
    shop.load(TABLE.format(file="ratings.jsonl", more="").replace('"user"', '"who.id"'))
    assert shop.ratings() == [("u1", "p1", 5.0, -1)]


def test_a_quoted_value_may_span_lines_and_lines_are_still_counted(shop: Shop):
    shop.put("reviews.csv", 'user,product,text\nu1,p1,"two\nlines"\nu2,,x\n')
    mapping = """
    [[events]]
    file = "reviews.csv"
    type = "reviewed"
    columns = { user_id = "user", product_id = "product", text = "text" }
    """
    report = shop.load(mapping)
    assert report.files[0].samples == [
        {"line": 4, "reason": "product_id is missing", "row": {"user": "u2", "product": "", "text": "x"}}
    ]
