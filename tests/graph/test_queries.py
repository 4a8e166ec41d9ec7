"""The catalogue of named queries: every file keeps the form, and text and front matter agree."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from graph.errors import InvalidValue
from graph.queries import catalogue, parse, query

EVERY = list(catalogue().values())
every_query = pytest.mark.parametrize("found", EVERY, ids=[each.name for each in EVERY])

WHOLE = """// name: people
// summary: People of a city,
//   by name.
// access: read
// param city: STRING, where they live
// column user_id: STRING, who
MATCH (u:`{label}` {city: $city}) RETURN u.id AS user_id ORDER BY user_id"""


@every_query
def test_its_parameters_are_those_that_its_text_uses(found):
    assert set(re.findall(r"\$(\w+)", re.sub(r"//.*", "", found.text))) == set(found.parameters)


@every_query
def test_its_columns_stand_in_its_text(found):
    last = re.split(r"(?m)^RETURN\b|\bYIELD\b", found.text)[-1]
    for column in found.columns:
        assert re.search(rf"\b{column}\b", last), column


@every_query
def test_what_it_agrees_with_can_be_imported(found):
    if found.same_as:
        module, _, name = found.same_as.rpartition(".")
        assert hasattr(import_module(module), name)


def test_front_matter_is_read_and_names_are_filled_in():
    found = parse("people", "read", WHOLE)
    assert (found.summary, found.parameters, found.columns) == (
        "People of a city, by name.",
        {"city": "STRING, where they live"},
        {"user_id": "STRING, who"},
    )
    assert found.filled(label="User").startswith("MATCH (u:`User` {city: $city})")


@pytest.mark.parametrize("label", ["User`) DETACH DELETE (n", "", "a b", "é"])
def test_only_plain_names_are_filled_in(label):
    with pytest.raises(InvalidValue, match="plain name"):
        parse("people", "read", WHOLE).filled(label=label)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("// access: read", "// access: all"), "access"),
        (("// summary: People of a city,\n//   by name.\n", ""), "lacks summary"),
        (("// access: read", "// acess: read"), "lacks access"),
        (("// access: read", "// access: read\n// speed: fast"), "unknown keys: speed"),
        (("// access: read", "// access: read\n// nonsense"), "cannot be read"),
        (("// name: people", "// name: person"), "stem"),
    ],
)
def test_a_file_that_breaks_the_form_is_refused(change, reason):
    with pytest.raises(InvalidValue, match=reason):
        parse("people", "read", WHOLE.replace(*change))


def test_an_unknown_query_is_refused():
    with pytest.raises(InvalidValue, match="no query is called 'nothing'"):
        query("nothing")
