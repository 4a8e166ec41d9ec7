"""Exports of other recommenders load with the mappings that come with the program."""

from __future__ import annotations

import pytest

from graph.errors import InvalidMapping, InvalidValue
from graph.load import load, shipped_mapping, shipped_mappings
from tests.graph.load.conftest import NOW, Shop


def test_all_shipped_mappings_can_be_read(shop: Shop):
    assert {name: shipped_mapping(name, shop.files).base for name in shipped_mappings()} == {
        "gorse": shop.files,
        "personalize": shop.files,
    }


def test_gorse_csv_exports_load(shop: Shop):
    shop.put("users.csv", "user_id,labels\nu1,a|b\n")
    shop.put(
        "items.csv",
        "item_id,is_hidden,categories,time_stamp,labels,description\r\n"
        '1,false,x|y,2020-01-01 01:01:01.000000001 +0000 UTC,a|b,"o,n,e"\r\n'
        "2,true,,0001-01-01 00:00:00 +0000 UTC,,two\r\n",
    )
    shop.put(
        "feedback.csv",
        "feedback_type,user_id,item_id,time_stamp\r\n"
        "read,u1,1,2020-01-02 00:00:00 +0000 UTC\r\n"
        "like,u1,2,0001-01-01 00:00:00 +0000 UTC\r\n",
    )
    report = load(shipped_mapping("gorse", shop.files), shop.data, now=NOW)
    assert [file.rejected for file in report.files] == [0, 0, 0]
    assert shop.properties("Product", "1") == {
        "available": True,
        "categories": ["x", "y"],
        "created_at": 1_577_840_461_000,
        "description": "o,n,e",
        "attributes": {"labels": "a|b"},
    }
    assert shop.properties("Product", "2") == {"available": False, "description": "two"}
    assert shop.edges("User", "VIEWED", "Product") == [("u1", "1")]
    assert shop.edges("User", "LIKED", "Product") == [("u1", "2")]


def test_gorse_json_lines_exports_load(shop: Shop):
    shop.put("users.jsonl", '{"UserId":"u1","Labels":{"city":"Rome"},"Comment":""}\n')
    shop.put(
        "items.jsonl",
        '{"ItemId":"1","IsHidden":true,"Categories":["x"],"Timestamp":"2020-01-01T01:01:01Z","Labels":null,"Comment":"one"}\n',
    )
    shop.put(
        "feedback.jsonl",
        '{"FeedbackType":"buy","UserId":"u1","ItemId":"1","Value":0,"Timestamp":"2020-01-02T00:00:00Z"}\n',
    )
    load(shipped_mapping("gorse", shop.files), shop.data, now=NOW)
    assert shop.properties("User", "u1") == {"attributes": {"labels": {"city": "Rome"}}}
    product = shop.properties("Product", "1")
    assert product is not None
    assert (product["available"], product["categories"], product["description"]) == (False, ["x"], "one")
    assert shop.edges("User", "BOUGHT", "Product") == [("u1", "1")]


def test_personalize_exports_load_with_the_columns_that_they_have(shop: Shop):
    shop.put("users.csv", "USER_ID,AGE\nu1,30\n")
    shop.put("items.csv", "ITEM_ID,PRICE,CATEGORY_L1\np1,19.9,shoes|summer\n")
    shop.put(
        "interactions/interactions-1.csv",
        "USER_ID,ITEM_ID,EVENT_TYPE,TIMESTAMP\nu1,p1,Purchase,1290000000\nu1,p1,View,1280000000\n",
    )
    load(shipped_mapping("personalize", shop.files), shop.data, now=NOW)
    assert shop.properties("User", "u1") == {"attributes": {"age": "30"}}
    assert shop.properties("Product", "p1") == {"price_minor": 1990, "categories": ["shoes", "summer"]}
    assert shop.edges("User", "BOUGHT", "Product") == [("u1", "p1")]
    assert shop.edges("User", "VIEWED", "Product") == [("u1", "p1")]


def test_personalize_interactions_without_a_type_are_views(shop: Shop):
    shop.put("Interactions.csv", "USER_ID,ITEM_ID,TIMESTAMP\nu1,p1,1290000000\n")
    load(shipped_mapping("personalize", shop.files), shop.data, now=NOW)
    assert shop.edges("User", "VIEWED", "Product") == [("u1", "p1")]


def test_a_folder_without_any_of_the_files_is_refused(shop: Shop):
    with pytest.raises(InvalidMapping, match=r"has none of users\.csv"):
        load(shipped_mapping("gorse", shop.files), shop.data, now=NOW)


def test_a_name_that_is_not_shipped_is_refused(shop: Shop):
    with pytest.raises(InvalidValue, match="known: gorse, personalize"):
        shipped_mapping("netflix", shop.files)
