"""What is kept, mended and given up, and that it adds up."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.folder import DataFolder
from graph.load import load
from tests.graph.load.conftest import NOW, RATINGS, Shop

TIMED = RATINGS.replace('value = "stars"', 'value = "stars", at = "at"')


def reasons(shop: Shop, mapping: str, content: str) -> dict[str, int]:
    shop.put("ratings.csv", content)
    report = shop.load(mapping)
    (file,) = report.files
    assert file.read == file.kept + file.rejected
    return dict(file.reasons)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("u1,p1,5", "duplicate: says what an earlier row said"),
        (",p2,5", "user_id is missing"),
        ("u1,NULL,5", "product_id is missing"),
        ("u1,p2,", "value is missing"),
        ("u1,p2,great", "value is not a number"),
        ("u1,p2,NaN", "value is not a number"),
        ("u1,p2,1_0", "value is not a number"),
        (f"u1,p2,{'9' * 5000}", "value is not a number"),
        ("u1,p2,0", "value is less than 1"),
        ("u1,p2,6", "value is more than 5"),
        (f"{'x' * 10_000},p2,5", "user_id is longer than 256 bytes"),
        (f"{'🦊' * 65},p2,5", "user_id is longer than 256 bytes"),
        ("u1,p2", "too few columns"),
        ("u1,p2,5,9", "too many columns"),
    ],
)
def test_a_row_that_cannot_be_is_rejected_with_its_reason(shop: Shop, row: str, reason: str):
    assert reasons(shop, RATINGS, f"user,product,stars\nu1,p1,5\n{row}\n") == {reason: 1}


def test_the_report_cuts_long_texts_and_the_reject_file_has_them_whole(shop: Shop):
    shop.put("ratings.csv", f"user,product,stars\nu1,p1,5\n{'x' * 10_000},p2,5\n")
    report = shop.load(RATINGS)
    assert len(json.dumps(report.as_json())) < 5_000
    assert report.rejects is not None
    assert "x" * 10_000 in Path(report.rejects).read_text()


@pytest.mark.parametrize("name", ["with space", 'q"uote', "it's", "🦊", "a,b", "u" * 256, "🦊" * 64, "DROP TABLE;--"])
def test_odd_ids_are_kept_as_they_are(shop: Shop, name: str):
    out = io.StringIO()
    csv.writer(out).writerows([["user", "product", "stars"], [name, "p1", 5]])
    assert reasons(shop, RATINGS, out.getvalue()) == {}
    assert shop.ratings()[0][0] == name


@pytest.mark.parametrize(
    ("at", "form", "expected"),
    [
        ("1290000000", 'time = "unix_s"', 1_290_000_000_000),
        ("1.29e9", 'time = "unix_s"', 1_290_000_000_000),
        ("1290000000123", 'time = "unix_ms"', 1_290_000_000_123),
        ("2010-11-17T13:20:00Z", "", 1_290_000_000_000),
        ("2010-11-17T14:20:00+01:00", 'time = "rfc3339"', 1_290_000_000_000),
        ("17.11.2010 14:20", 'time = "%d.%m.%Y %H:%M"\nzone = "Europe/Berlin"', 1_290_000_000_000),
        ("2010-11-17 13:20:00.5 +0000 UTC", 'time = "go"', 1_290_000_000_500),
        ("", 'time = "unix_s"', -1),
    ],
)
def test_times_come_out_in_milliseconds_of_utc(shop: Shop, at: str, form: str, expected: int):
    assert reasons(shop, TIMED + form, f"user,product,stars,at\nu1,p1,5,{at}\n") == {}
    assert shop.ratings()[0][3] == expected


@pytest.mark.parametrize(
    ("at", "form", "reason"),
    [
        ("-5", 'time = "unix_s"', "at is before 1970"),
        ("1960-01-01T00:00:00Z", "", "at is before 1970"),
        ("9999999999", 'time = "unix_s"', "at is in the future"),
        ("2999-01-01T00:00:00Z", "", "at is in the future"),
        ("2010-11-17 13:20", 'time = "%Y-%m-%d %H:%M"', 'at has no zone: say zone = "UTC" or whichever it is'),
        ("2010-11-17T13:20:00", "", "at is no RFC 3339 time with a zone"),
        ("9" * 5000, 'time = "unix_s"', "at is not a number of seconds or milliseconds"),
        ("yesterday", 'time = "unix_s"', "at is not a number of seconds or milliseconds"),
    ],
)
def test_impossible_times_are_rejected(shop: Shop, at: str, form: str, reason: str):
    content = f"user,product,stars,at\nu1,p1,5,\nu1,p2,5,{at}\n"
    assert reasons(shop, TIMED + form, content) == {reason: 1}


def test_a_clock_that_runs_fast_is_set_back_to_now(shop: Shop):
    shop.put("ratings.csv", "user,product,stars,at\nu1,p1,5,2026-11-22T20:00:00Z\n")
    report = shop.load(TIMED)
    assert report.files[0].repaired == 1
    assert shop.ratings()[0][3] == (NOW.timestamp() + 300) * 1000


def test_white_space_around_text_is_cut_and_counted(shop: Shop):
    shop.put("ratings.csv", "user,product,stars\n u1 ,p1,5\n")
    report = shop.load(RATINGS)
    assert (report.files[0].kept, report.files[0].repaired) == (1, 1)
    assert shop.ratings()[0][0] == "u1"


def test_nobody_follows_themselves(shop: Shop):
    shop.put("follows.csv", "a,b\nu1,u2\nu1,u1\n")
    report = shop.load(
        '[[events]]\nfile = "follows.csv"\ntype = "followed"\ncolumns = { user_id = "a", other_id = "b" }'
    )
    assert dict(report.files[0].reasons) == {"other_id is the person themself": 1}
    assert shop.edges("User", "FOLLOWS", "User") == [("u1", "u2")]


PRODUCTS = """
[[nodes]]
file = "products.csv"
label = "Product"
columns = { id = "asin", title = "name", categories = "cats", price_minor = "price", colour = "colour" }
split = { categories = "|" }
scale = { price_minor = 100 }
"""


def test_nodes_take_scaled_prices_split_lists_and_unknown_properties(shop: Shop):
    shop.put("products.csv", "asin,name,cats,price,colour\np1,Lamp,home|light,19.90,red\n")
    shop.load(PRODUCTS)
    assert shop.properties("Product", "p1") == {
        "title": "Lamp",
        "categories": ["home", "light"],
        "price_minor": 1990,
        "attributes": {"colour": "red"},
    }


@pytest.mark.parametrize("price", ["NaN", "-3", "inf", "cheap"])
def test_a_price_that_cannot_be_is_dropped_and_the_product_kept(shop: Shop, price: str):
    shop.put("products.csv", f"asin,name,cats,price,colour\np1,Lamp,home,{price},\n")
    report = shop.load(PRODUCTS)
    assert (report.files[0].kept, report.files[0].repaired) == (1, 1)
    assert shop.properties("Product", "p1") == {"title": "Lamp", "categories": ["home"]}


def test_a_rule_may_reject_what_would_be_dropped(shop: Shop):
    shop.put("products.csv", "asin,name,cats,price,colour\np1,Lamp,home,NaN,\np2,Lamp,home,1,\n")
    report = shop.load(PRODUCTS + 'bad = { price_minor = "reject" }')
    assert dict(report.files[0].reasons) == {"price_minor is not a number": 1}


def test_rows_about_one_node_are_united_and_the_last_word_counts(shop: Shop):
    shop.put(
        "products.csv",
        "asin,name,cats,price,colour\np1,Lamp,home,1,\np1,Lamp 2,light,,\np1,Lamp 2,light,,\n",
    )
    report = shop.load(PRODUCTS)
    known = shop.properties("Product", "p1")
    assert known == {"title": "Lamp 2", "categories": ["home", "light"], "price_minor": 100}
    assert dict(report.files[0].reasons) == {"duplicate: says what an earlier row said": 1}


def test_repeats_may_be_the_nature_of_a_file(shop: Shop):
    shop.put("products.csv", "asin,name,cats,price,colour\np1,Lamp,home,1,\np1,Lamp,home,1,\n")
    report = shop.load(PRODUCTS + 'repeats = "merge"')
    assert (report.files[0].kept, report.files[0].rejected) == (2, 0)


def test_a_column_can_tell_the_event_type(shop: Shop):
    shop.put("log.csv", "who,what,which\nu1,Purchase,p1\nu1,view,p2\nu1,dance,p3\n")
    report = shop.load(
        """
        [[events]]
        file = "log.csv"
        type_column = "what"
        types = { purchase = "bought", view = "viewed" }
        columns = { user_id = "who", product_id = "which" }
        """
    )
    assert shop.edges("User", "BOUGHT", "Product") == [("u1", "p1")]
    assert shop.edges("User", "VIEWED", "Product") == [("u1", "p2")]
    assert dict(report.files[0].reasons) == {"what names no event type": 1}


def test_nodes_can_be_ended(shop: Shop):
    shop.put("ratings.csv", "user,product,stars\nu1,p1,5\nu1,p2,5\n")
    shop.put("gone.csv", "what,which\nProduct,p1\nProdukt,p2\n")
    report = shop.load(
        RATINGS + '[[events]]\nfile = "gone.csv"\ntype = "deleted"\ncolumns = { label = "what", id = "which" }'
    )
    assert dict(report.files[1].reasons) == {"label is none of the schema's": 1}
    store = shop.data.open_store(read_only=True)
    try:
        assert len(store.deleted_rows("Product")) == 1
    finally:
        store.close()


def test_events_that_make_no_edge_are_counted_with_a_note(shop: Shop):
    shop.put("searches.csv", "who,what\nu1,lamp\n")
    report = shop.load(
        '[[events]]\nfile = "searches.csv"\ntype = "searched"\ncolumns = { user_id = "who", text = "what" }'
    )
    assert (report.files[0].kept, report.edges) == (1, {})
    assert report.files[0].notes == ["searched makes no edge: a load from files keeps only the count of it"]


def test_rejected_rows_lie_in_a_file_with_line_and_reason(shop: Shop):
    shop.put("ratings.csv", "user,product,stars\nu1,p1,5\nu1,p2,9\nu1\n")
    report = shop.load(RATINGS)
    assert report.rejects is not None
    lines = [json.loads(line) for line in Path(report.rejects).read_text().splitlines()]
    assert lines == [
        {"file": "ratings.csv", "line": 4, "reason": "too few columns", "row": ["u1"]},
        {
            "file": "ratings.csv",
            "line": 3,
            "reason": "value is more than 5",
            "row": {"user": "u1", "product": "p2", "stars": "9"},
        },
    ]


def test_the_report_is_kept_as_json_and_readable(shop: Shop):
    shop.put("ratings.csv", "user,product,stars\nu1,p1,5\nu1,p2,9\n")
    report = shop.load(RATINGS)
    kept = json.loads((shop.data.reports / f"{report.import_id}.json").read_text())
    assert kept["files"][0]["read"] == 2
    assert kept["nodes"] == {"User": 1, "Product": 1}
    assert kept["edges"] == {"RATED": 1}
    assert "value is more than 5" in report.text()


cell = st.one_of(
    st.sampled_from(["u1", "u2", "p1", "5", "3.5", "0", "", "NULL", " u1 ", "NaN", "x" * 300, "1e3", "-1"]),
    st.text(st.characters(exclude_characters="\r\n\x00", codec="utf-8"), max_size=5),
)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(cell, min_size=1, max_size=5), max_size=12))
def test_whatever_the_rows_read_is_kept_plus_rejected(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]):
    folder = tmp_path_factory.mktemp("shop")
    out = io.StringIO()
    csv.writer(out).writerows([["user", "product", "stars", "at"], ["u0", "p0", "5", "1"], *rows])
    (folder / "ratings.csv").write_text(out.getvalue(), newline="")
    (folder / "mapping.toml").write_text(TIMED + 'time = "unix_s"')
    report = load(folder / "mapping.toml", DataFolder(folder / "data"), now=NOW)
    (file,) = report.files
    assert file.read == file.kept + file.rejected == 1 + len(rows)
    assert sum(file.reasons.values()) == file.rejected
    assert file.repaired <= file.kept
    rejected = Path(report.rejects).read_bytes().splitlines() if report.rejects else []
    assert len([json.loads(line) for line in rejected]) == file.rejected
