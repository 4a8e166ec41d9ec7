"""The catalogue on the command line."""

from __future__ import annotations

import json

import pytest

from api.cli import run
from api.errors import NOT_THERE
from api.queries_page import public_queries


def test_every_query_is_listed_with_what_it_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cypher", "list"]) == 0
    shown = capsys.readouterr().out
    assert len(list(public_queries())) >= 40
    for each in public_queries():
        assert f"{each.name} " in shown
        assert each.summary in shown


def test_a_query_is_shown_with_parameters_and_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cypher", "show", "friends_purchases", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    required = {each["name"]: each["required"] for each in shown["parameters"]}
    assert required == {"user_id": True, "actions": False, "min_stars": False, "limit": False}
    assert [each["name"] for each in shown["columns"]] == ["product_id", "title", "friends", "last_at"]
    assert shown["query"].startswith("MATCH (me:User {id: $user_id})")


def test_an_unknown_query_is_one_clear_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cypher", "show", "nothing"]) == NOT_THERE
    assert capsys.readouterr().err.startswith("error[unknown_query]: no query is called 'nothing'")
