"""The recorded answers belong to the queries as they are now."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.queries_page import SHOWN, public_queries, recorded
from api.query_examples import Subjects
from graph.queries import NamedQuery
from graph.query_parameters import checked

EXAMPLES = recorded(Path(__file__).parents[2] / "docs" / "reference")
ABOUT = Subjects(("a", "b"), ("p", "q"), ("c",), 0)
ALL = [pytest.param(each, id=each.name) for each in public_queries()]
AGAIN = "run `python -m api.query_examples` against a server"


@pytest.mark.parametrize("found", [each for each in ALL if each.id in EXAMPLES])
def test_an_example_has_the_parameters_and_columns_of_its_query(found: NamedQuery) -> None:
    example = EXAMPLES[found.name]
    assert example["columns"] == list(found.columns), AGAIN
    assert len(example["rows"]) <= SHOWN
    assert all(len(row) == len(found.columns) for row in example["rows"]), AGAIN
    checked(found.name, found.parameters, example["given"], 0)


def test_no_example_is_of_a_query_that_is_gone() -> None:
    assert EXAMPLES.keys() <= {each.name for each in public_queries()}, AGAIN


@pytest.mark.parametrize("found", ALL)
def test_whatever_a_query_needs_can_be_filled_in(found: NamedQuery) -> None:
    checked(found.name, found.parameters, ABOUT.parameters(found, 3), 0)
